// SPDX-License-Identifier: MIT
//
// The fastest road out, for MIDI 1.0 channel voice: what music is mostly made of. Each number comes
// from a table together with the key behind it, so that a line is a handful of copies of fixed
// size.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <jamnet/json/digits.hpp>
#include <jamnet/jsonmidi/detail/canonical_writer.hpp>
#include <jamnet/jsonmidi/messages.hpp>
#include <jamnet/midi/midi_event.hpp>

namespace jamnet::inline v0::jsonmidi::detail {

/// Text and its length in one array, to be copied as a whole: what is too much is written over.
template <std::size_t Size>
struct table_text {
  std::array<char, Size> bytes{};

  constexpr table_text() = default;
  constexpr table_text(std::string_view before, unsigned number, std::string_view after) noexcept {
    const short_number& n = short_numbers[number];
    std::size_t size = 0;
    for (const std::string_view part : {before, std::string_view{n.chars.data(), n.size}, after})
      for (const char c : part) bytes[size++] = c;
    bytes[Size - 1] = static_cast<char>(size);
  }
  [[nodiscard]] char* copy_to(char* at) const noexcept {
    std::memcpy(at, bytes.data(), Size);
    return at + bytes[Size - 1];
  }
};

/// A number from `first` on and the key behind it, for each number and each of the keys.
template <unsigned Numbers, std::size_t Size, std::size_t Keys>
constexpr auto number_texts(std::string_view before, unsigned first,
                            const std::array<key, Keys>& keys) noexcept {
  std::array<std::array<table_text<Size>, Numbers>, Keys> texts{};
  for (std::size_t k = 0; k < Keys; ++k)
    for (unsigned n = 0; n < Numbers; ++n) texts[k][n] = {before, n + first, key_text(keys[k])};
  return texts;
}
// Behind the channel, and behind that.
inline constexpr std::array<key, 4> second_keys{"note", "controller", "program", "value"};
inline constexpr std::array<key, 2> third_keys{"velocity", "value"};
inline constexpr auto channel_texts = number_texts<16, 32>(key_text("channel"), 1, second_keys);
inline constexpr auto second_texts = number_texts<128, 16>({}, 0, third_keys);

/// A message whose fields are channel and one number of 14 bits, or channel and two of seven.
struct voice_text {
  padded_text<48> begin{{}};
  std::uint32_t word = 0, mask = 0;
  std::uint8_t second = 0, third = 0; // places in the keys above
  bool three = false;
};

/// By the upper half of the status byte, from 8 on; the last is not there.
inline constexpr auto voice_texts = [] {
  std::array<voice_text, 8> texts{};
  texts[7].word = 1; // which no packet has
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const message& row = messages[i];
    if (row.kind != variant::midi1) continue;
    voice_text& text = texts[(row.word >> 20 & 15) - 8];
    text.begin = padded_text<48>{begin_texts[i]};
    text.word = row.word;
    text.mask = message_masks[i][0];
    text.three = row.fields.size() == 3;
    while (second_keys[text.second] != row.fields[1].name) ++text.second;
    while (text.three && third_keys[text.third] != row.fields[2].name) ++text.third;
  }
  return texts;
}();

/// The text of a packet that is exactly a MIDI 1.0 channel voice message, or null. O(1)
[[nodiscard]] inline const voice_text* find_voice_text(const ump& packet) noexcept {
  const std::uint32_t word = packet.words[0];
  const voice_text& text = voice_texts[word >> 20 & 7];
  return (word & ~text.mask) == text.word ? &text : nullptr;
}

/// Writes numbers that rarely change but for their last `Digits`: what comes before those is kept
/// as text. Any other number is written as well.
template <unsigned Digits>
class slow_integer {
  static_assert(Digits == 4 || Digits == 8);

public:
  [[nodiscard]] char* write(char* at, std::int64_t value) noexcept {
    constexpr std::uint64_t step = json::detail::powers_of_ten[Digits];
    std::uint64_t low = static_cast<std::uint64_t>(value) - base_;
    if (low >= step) {
      constexpr auto least = static_cast<std::int64_t>(step);
      if (value < least || value > INT64_MAX - least) // it has nothing before, or wraps
        return json::detail::write_integer(at, value);
      const auto whole = static_cast<std::uint64_t>(value);
      char* const end = json::detail::write_integer(high_.data(), whole / step);
      size_ = static_cast<std::size_t>(end - high_.data());
      low = whole % step;
      base_ = whole - low;
    }
    std::memcpy(at, high_.data(), 16);
    const auto digits = static_cast<std::uint32_t>(low);
    if constexpr (Digits == 8)
      json::detail::store_digits(at + size_, json::detail::split_digits(digits));
    else
      json::detail::store_digits(at + size_, json::detail::split_four_digits(digits));
    return at + size_ + Digits;
  }

private:
  std::uint64_t base_ = json::detail::powers_of_ten[Digits]; // what the text stands for
  std::array<char, 32> high_{'1'};
  std::size_t size_ = 1;
};

/// What the time and the number of the last event were.
struct writer_memory {
  slow_integer<8> time;
  slow_integer<4> seq;
};

/// No memory.
struct no_memory {
  struct plain_integer {
    [[nodiscard]] static char* write(char* at, std::int64_t value) noexcept {
      return json::detail::write_integer(at, value);
    }
  };
  plain_integer time, seq;
};

/// Writes a packet of this text to the max_encoded_size bytes at `to`. O(1)
[[nodiscard]] inline std::string_view write_voice(const midi_event& e, const voice_text& text,
                                                  char* to, auto&& memory) noexcept {
  // Each step takes where it writes and gives where it ends: a pointer kept in one place would go
  // through memory every time.
  const auto put = [](char* at, const auto& piece) {
    std::memcpy(at, piece.chars.data(), piece.chars.size());
    return at + piece.size;
  };
  const std::uint32_t word = e.packet.words[0], group = word >> 24 & 15;
  const std::uint32_t first = word >> 8 & 0x7f, second = word & 0x7f;
  char* at = memory.time.write(put(to, text.begin), e.time.time_since_epoch().count());
  if (e.seq != midi_event::no_seq)
    at = memory.seq.write(put(at, key_text("seq")), static_cast<std::int64_t>(e.seq));
  if (group != 0) at = put(put(at, key_text("group")), short_numbers[group]);
  at = channel_texts[text.second][word >> 16 & 15].copy_to(at);
  if (text.three) {
    at = put(second_texts[text.third][first].copy_to(at), short_numbers[second]);
  } else {
    const std::uint32_t value = first | second << 7;
    at = value < short_numbers.size() ? put(at, short_numbers[value])
                                      : json::detail::write_integer(at, std::uint64_t{value});
  }
  *at++ = '}';
  return {to, static_cast<std::size_t>(at - to)};
}

} // namespace jamnet::inline v0::jsonmidi::detail
