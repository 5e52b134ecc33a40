// SPDX-License-Identifier: MIT
//
// The fastest road in, for MIDI 1.0 channel voice: what music is mostly made of.
//
// The one idea: the places of all digits in the last 64 bytes, one bit each, tell where every field
// begins and ends. So the fields are read side by side, none waiting for the one before it, and
// nothing branches on how long a number is. Only how those bits are made depends on the processor
// (digit_map.hpp).
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <jamnet/json/digits.hpp>
#include <jamnet/jsonmidi/detail/canonical_writer.hpp>
#include <jamnet/jsonmidi/detail/digit_map.hpp>
#include <jamnet/jsonmidi/messages.hpp>
#include <jamnet/midi/midi_event.hpp>

namespace jamnet::inline v0::jsonmidi::detail {

/// A key with its comma and colon, at the end of sixteen bytes, so that it can be compared with the
/// sixteen bytes before a number.
struct key_before {
  masked_text<16> text{};
  std::uint32_t size = 0;

  constexpr key_before() = default;
  constexpr explicit key_before(std::string_view key) noexcept
      : size{static_cast<std::uint32_t>(key.size())} {
    for (std::size_t i = 0; i < key.size(); ++i) {
      text.chars[16 - key.size() + i] = key[i];
      text.mask[16 - key.size() + i] = static_cast<char>(0xff);
    }
  }
};

/// A message of channel and one number, or channel and two.
struct alignas(256) voice_row {
  masked_text<48> header{}; // {"type":"noteOn","timestamp":
  key_before second, third;
  std::size_t header_size = 0;
  std::uint64_t name = 0;           // the first eight bytes of it
  bool three = false;               // there is a third
  std::uint32_t word = 0, most = 0; // of the second; a third is below 128
};
inline constexpr key_before channel_before{key_text("channel")};

/// The first eight bytes of a text, when the compiler asks.
constexpr std::uint64_t first_word(std::string_view text) noexcept {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < 8 && i < text.size(); ++i)
    word |= std::uint64_t{static_cast<unsigned char>(text[i])} << (8 * i);
  return word;
}

/// Which row a line may be of, by the first eight bytes of its type; another line is found out when
/// the header is compared.
constexpr std::size_t voice_slot(std::uint64_t name) noexcept {
  return static_cast<std::size_t>(name * 0x060c43bbe3252033 >> 61);
}
inline constexpr auto voice_rows = [] {
  std::array<voice_row, 8> rows{};
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const message& m = messages[i];
    if (m.kind != variant::midi1) continue;
    const std::string_view begin = begin_texts[i];
    voice_row& row = rows[voice_slot(first_word(begin.substr(type_text.size())))];
    JAMNET_EXPECTS(row.header_size == 0); // two names in one slot: choose another factor
    row.header = masked_text<48>{begin};
    row.header_size = begin.size();
    row.name = first_word(begin.substr(type_text.size()));
    row.second = key_before{key_text(m.fields[1].name)};
    row.three = m.fields.size() == 3;
    if (row.three) row.third = key_before{key_text(m.fields[2].name)};
    row.word = m.word;
    row.most = static_cast<std::uint32_t>(m.fields[1].max);
  }
  return rows;
}();

inline const voice_row& find_voice_row(std::string_view line) noexcept {
  return voice_rows[voice_slot(json::detail::load8(line.data() + type_text.size()))];
}

/// Whether the name may be that of the row.
inline bool begins_as(const voice_row& row, std::string_view line) noexcept {
  return json::detail::load8(line.data() + type_text.size()) == row.name;
}

/// The word of a message with these fields; `bad` is not zero when one is out of its range.
inline std::uint32_t voice_word(const voice_row& row, std::uint32_t first, std::uint32_t second,
                                std::uint32_t third, std::uint64_t& bad) noexcept {
  bad |= static_cast<unsigned>(first - 1 > 15) | static_cast<unsigned>(second > row.most) |
         static_cast<unsigned>(third > 127);
  // Of fourteen bits the upper seven come last, where a third field has its place.
  return row.word | (first - 1) << 16 | (second & 0x7f) << 8 | second >> 7 | third;
}

/// The key text of `seq`, which has seven bytes, as the low bytes of a word.
inline constexpr std::uint64_t seq_word = first_word(",\"seq\":");
inline constexpr std::size_t seq_size = 7;
inline constexpr std::uint64_t seq_mask = 0x00ffffffffffffff;

/// Takes an integer of 1 to 16 digits, of which `at` begins 16 readable bytes.
inline std::uint64_t take_digits(const char*& at, std::uint64_t& bad) noexcept {
  json::detail::digit_run run = json::detail::leading_digits(json::detail::load8(at));
  std::uint64_t value = run.value;
  unsigned size = run.size;
  if (size == 8) {
    run = json::detail::leading_digits(json::detail::load8(at + 8));
    value = value * json::detail::powers_of_ten[run.size] + run.value;
    size += run.size;
  }
  bad |= static_cast<unsigned>(size == 0) | (static_cast<unsigned>(*at == '0') & (size > 1));
  at += size;
  return value;
}

/// Where the numbers of the fields begin and end in the last 64 bytes of a line. They are found
/// from the last back to the first, for which nothing before them need be known.
struct field_places {
  std::size_t start;                                           // of the key of the first
  std::size_t channel, channel_end, second, second_end, third; // the last ends at 63
};

/// Finds them by the bits of the digits there; false when those lie otherwise than they must in
/// this row, and then no place may be used.
[[gnu::always_inline]] inline bool find_places(const voice_row& row, bool three,
                                               std::uint64_t digits, field_places& at) noexcept {
  std::uint64_t begins = digits & ~(digits << 1), ends = std::uint64_t{1} << 63;
  const auto take_last = [&]() {
    const auto place = 63u ^ static_cast<unsigned>(std::countl_zero(begins | 1));
    begins ^= std::uint64_t{1} << place;
    return std::size_t{place};
  };
  at.second = at.third = take_last();
  at.second_end = 63;
  if (three) {
    at.second_end = at.third - row.third.size;
    ends |= std::uint64_t{1} << (at.second_end & 63);
    at.second = take_last();
  }
  at.channel_end = at.second - row.second.size;
  ends |= std::uint64_t{1} << (at.channel_end & 63);
  at.channel = take_last();
  at.start = at.channel - channel_before.size;
  return at.start < 64 && (ends ^ (~digits & digits << 1)) >> at.start >> 1 == 0;
}

/// Numbers from `start` on that no line has: with a leading zero, or six digits.
inline std::uint64_t odd_numbers(std::uint64_t digits, std::uint64_t zeros,
                                 std::size_t start) noexcept {
  const std::uint64_t two = digits & digits >> 1, four = two & two >> 2;
  return ((~(digits << 1) & zeros & two) | (four & two >> 4)) >> start;
}

/// Reads a line of 64 bytes or more; false, and `out` unspecified, for what is not canonical or not
/// MIDI 1.0 channel voice. O(1)
template <class Map>
[[nodiscard]] bool read_compact(std::string_view line, midi_event& out) noexcept {
  using json::detail::load8, json::detail::join_digits;
  const voice_row& row = find_voice_row(line);
  if (!begins_as(row, line)) return false;
  std::uint64_t bad = Map::differ(line.data(), row.header);
  const char* at = line.data() + row.header_size;
  const char* const last = line.data() + line.size() - 64;
  const std::uint64_t time = take_digits(at, bad);
  out.seq = midi_event::no_seq;
  if (at > last + 64 - 24) return false; // so that what follows can be read
  if ((load8(at) & seq_mask) == seq_word) {
    at += seq_size;
    out.seq = take_digits(at, bad);
    bad |= static_cast<unsigned>(out.seq > static_cast<std::uint64_t>(max_seq));
  }
  const auto [digits, zeros] = Map::digits(last);
  field_places places;
  if (!find_places(row, row.three, digits, places) || last + places.start != at) return false;
  bad |= odd_numbers(digits, zeros, places.start);
  const auto number = [&](std::size_t begin, std::size_t end) {
    const std::uint64_t bytes = load8(last + end - 8) ^ 0x3030303030303030;
    const unsigned shift = (64 - 8 * static_cast<unsigned>(end - begin)) & 63;
    return static_cast<std::uint32_t>(join_digits(bytes >> shift << shift));
  };
  const std::uint32_t first = number(places.channel, places.channel_end);
  const std::uint32_t second = number(places.second, places.second_end);
  const std::uint32_t third = row.three ? number(places.third, 63) : 0;
  bad |= Map::differ(last + places.channel - 16, channel_before.text) |
         Map::differ(last + places.second - 16, row.second.text);
  if (row.three) bad |= Map::differ(last + places.third - 16, row.third.text);
  out.packet = {{voice_word(row, first, second, third, bad)}};
  out.time = session_time{nanoseconds{static_cast<std::int64_t>(time)}};
  return bad == 0 && last[63] == '}';
}

} // namespace jamnet::inline v0::jsonmidi::detail
