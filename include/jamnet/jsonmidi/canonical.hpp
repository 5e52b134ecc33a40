// SPDX-License-Identifier: MIT
//
// The fast road: a message of fixed fields, to and from the exact bytes of its canonical form.
//
// The reader knows at every byte what must follow, so it neither looks keys up nor proves JSON. It
// never refuses: what is not canonical to the byte is left to the strict decoder, which alone says
// what is wrong. So strictness costs nothing where both ends speak canonically, and they do.
#pragma once

#include <array>
#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

#include <jamnet/jsonmidi/schema.hpp>
#include <jamnet/midi/midi_event.hpp>

namespace jamnet::inline v0::jsonmidi::detail {

inline constexpr std::int64_t max_seq = (std::int64_t{1} << 53) - 1;

/// Text in an array of fixed size: to copy all of it takes a few instructions, to copy just what
/// counts takes a call.
template <std::size_t Size>
struct padded_text {
  std::array<char, Size> chars{};
  std::size_t size = 0;

  constexpr padded_text(std::string_view before, std::string_view name, std::string_view after) {
    for (const std::string_view part : {before, name, after})
      for (const char c : part) chars[size++] = c;
  }
  constexpr operator std::string_view() const noexcept { return {chars.data(), size}; }
};

inline constexpr std::string_view type_text = R"({"type":")";
inline constexpr std::string_view time_text = R"(","timestamp":)";

/// `,"key":` for each key, and `{"type":"name","timestamp":` for each message.
inline constexpr auto key_texts = []<std::size_t... I>(std::index_sequence<I...>) {
  return std::array{padded_text<32>{",\"", key_names[I], "\":"}...};
}(std::make_index_sequence<key_names.size()>{});
inline constexpr auto begin_texts = []<std::size_t... I>(std::index_sequence<I...>) {
  return std::array{padded_text<48>{type_text, messages[I].name, time_text}...};
}(std::make_index_sequence<messages.size()>{});

[[nodiscard]] constexpr const padded_text<32>& key_text(key k) noexcept {
  return key_texts[k.index];
}

template <class T>
[[nodiscard]] T load(const char* from) noexcept {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

/// memcmp for a few bytes: two loads that overlap.
[[nodiscard]] inline bool same(const char* a, const char* b, std::size_t size) noexcept {
  using std::uint32_t, std::uint64_t;
  if (size >= 8 && size <= 16)
    return load<uint64_t>(a) == load<uint64_t>(b) &&
           load<uint64_t>(a + size - 8) == load<uint64_t>(b + size - 8);
  if (size >= 4 && size < 8)
    return load<uint32_t>(a) == load<uint32_t>(b) &&
           load<uint32_t>(a + size - 4) == load<uint32_t>(b + size - 4);
  return std::memcmp(a, b, size) == 0;
}

/// How many of eight bytes, the first in the lowest bits, are digits before another character, and
/// their value: no branch depends on either, which in music cannot be foretold.
struct digit_run {
  unsigned size;
  std::uint64_t value;
};
[[nodiscard]] constexpr digit_run leading_digits(std::uint64_t bytes) noexcept {
  bytes ^= 0x3030303030303030; // digits become 0 to 9; a carry only reaches what comes after
  const std::uint64_t others = ((bytes + 0x7676767676767676) | bytes) & 0x8080808080808080;
  const auto size = static_cast<unsigned>(std::countr_zero(others)) / 8;
  if (size == 0) return {0, 0};
  bytes <<= 64 - 8 * size; // zeros in front, then neighbours join: digits, pairs, fours
  bytes = (bytes * 10 + (bytes >> 8)) & 0x00ff00ff00ff00ff;
  bytes = (bytes * 100 + (bytes >> 16)) & 0x0000ffff0000ffff;
  bytes = (bytes * 10000 + (bytes >> 32)) & 0xffffffff;
  return {size, bytes};
}

class canonical_reader {
public:
  explicit canonical_reader(std::string_view text) noexcept
      : at_{text.data()},
        end_{text.data() + text.size()} {}

  /// Takes this text if it comes next.
  bool take(std::string_view text) noexcept {
    if (static_cast<std::size_t>(end_ - at_) < text.size()) return false;
    if (!same(at_, text.data(), text.size())) return false;
    at_ += text.size();
    return true;
  }
  /// Takes what comes before the next quote.
  std::string_view take_word() noexcept {
    const char* const begin = at_;
    while (at_ != end_ && *at_ != '"') ++at_;
    return {begin, static_cast<std::size_t>(at_ - begin)};
  }
  /// Takes an integer of up to 18 digits in its shortest form. Something came before it.
  bool take_integer(std::int64_t& out, std::int64_t min, std::int64_t max) noexcept {
    const bool negative = at_ != end_ && *at_ == '-';
    at_ += negative;
    const char* const begin = at_;
    digit_run run = leading_digits(next_eight());
    std::uint64_t value = run.value;
    at_ += run.size;
    while (run.size == 8 && at_ - begin <= 16) {
      constexpr std::array<std::uint64_t, 9> powers{1,      10,      100,      1000,     10000,
                                                    100000, 1000000, 10000000, 100000000};
      run = leading_digits(next_eight());
      value = value * powers[run.size] + run.value;
      at_ += run.size;
    }
    const auto size = at_ - begin;
    if (size == 0 || size > 18 || (*begin == '0' && (negative || size > 1))) return false;
    out = static_cast<std::int64_t>(negative ? 0 - value : value);
    return out >= min && out <= max;
  }
  bool at_end() const noexcept { return at_ == end_; }

private:
  // The next eight bytes, zeros behind the end. Eight bytes or more were taken before.
  std::uint64_t next_eight() const noexcept {
    const auto left = static_cast<std::size_t>(end_ - at_);
    if constexpr (std::endian::native == std::endian::little) {
      if (left >= 8) return load<std::uint64_t>(at_);
      return left == 0 ? 0 : load<std::uint64_t>(end_ - 8) >> (64 - 8 * left);
    }
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < 8 && i < left; ++i)
      bytes |= std::uint64_t{static_cast<unsigned char>(at_[i])} << (8 * i);
    return bytes;
  }

  const char* at_;
  const char* end_;
};

/// Reads a canonical line; false, and `out` unspecified, for any other text. [rt-safe] O(1)
[[nodiscard]] inline bool try_canonical(std::string_view line, midi_event& out) noexcept {
  canonical_reader in{line};
  std::int64_t value = 0;
  if (!in.take(type_text)) return false;
  const message* const row = find_message(in.take_word());
  if (!row || !in.take(time_text) || !in.take_integer(value, INT64_MIN, INT64_MAX)) return false;
  out.time = session_time{nanoseconds{value}};
  out.seq = midi_event::no_seq;
  out.packet = {};
  if (in.take(key_text("seq"))) {
    if (!in.take_integer(value, 0, max_seq)) return false;
    out.seq = static_cast<std::uint64_t>(value);
  }
  std::uint32_t word = row->word;
  if (row->has_group() && in.take(key_text("group"))) {
    if (!in.take_integer(value, 1, 15)) return false;
    word |= static_cast<std::uint32_t>(value) << 24;
  }
  for (const field& f : row->fields) {
    if (f.max == 0) break;
    if (!in.take(key_text(f.name)) || !in.take_integer(value, f.min, f.max)) return false;
    word |= f.to_bits(value);
  }
  out.packet.words[0] = word;
  return in.take("}") && in.at_end();
}

/// Writes the canonical line of a packet of this row to the max_encoded_size bytes at `to` and
/// returns its length; the bytes behind it may be overwritten. [rt-safe] O(1)
[[nodiscard]] inline std::size_t write_canonical(const midi_event& e, const message& row,
                                                 char* to) noexcept {
  char* at = to;
  const auto put = [&](const auto& text) {
    std::memcpy(at, text.chars.data(), text.chars.size());
    at += text.size;
  };
  const auto small = [&](std::uint32_t value) {
    if (value >= 1000) {
      at = std::to_chars(at, at + 10, value).ptr;
      return;
    }
    if (value >= 100) *at++ = static_cast<char>('0' + value / 100);
    if (value >= 10) *at++ = static_cast<char>('0' + value / 10 % 10);
    *at++ = static_cast<char>('0' + value % 10);
  };
  put(begin_texts[static_cast<std::size_t>(&row - messages.data())]);
  at = std::to_chars(at, at + 20, e.time.time_since_epoch().count()).ptr;
  if (e.seq != midi_event::no_seq) {
    put(key_text("seq"));
    at = std::to_chars(at, at + 20, e.seq).ptr;
  }
  if (row.has_group() && e.packet.group() != 0) {
    put(key_text("group"));
    small(e.packet.group());
  }
  for (const field& f : row.fields) {
    if (f.max == 0) break;
    put(key_text(f.name));
    small(static_cast<std::uint32_t>(f.from_bits(e.packet.words[0])));
  }
  *at++ = '}';
  return static_cast<std::size_t>(at - to);
}

} // namespace jamnet::inline v0::jsonmidi::detail
