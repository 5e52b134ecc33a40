// SPDX-License-Identifier: MIT
//
// The fastest road in, for what music is mostly made of: lines whose fields are up to three small
// numbers, such as notes, controllers and bends.
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
#include <jamnet/jsonmidi/canonical_writer.hpp>
#include <jamnet/jsonmidi/digit_map.hpp>
#include <jamnet/jsonmidi/messages.hpp>
#include <jamnet/midi/midi_event.hpp>

namespace jamnet::inline v0::jsonmidi::detail {

/// `,"key":` before a number, and the number.
struct compact_field {
  masked_text<16> text{}; // at its end, so that sixteen bytes can be read that end with it
  std::uint32_t size = 0; // of the text
};

/// One number for each field; the last is not used.
using field_numbers = std::array<std::uint32_t, 4>;

struct compact_row {
  masked_text<48> header{}; // {"type":"noteOn","timestamp":
  std::array<compact_field, 3> fields{};
  alignas(16) field_numbers min{}, range{}, shift{}, high_shift{}; // as in field
  std::size_t header_size = 0;
  std::size_t count = 0; // of fields, 2 or 3
  std::uint32_t word = 0;
};

constexpr bool is_compact(const message& row) noexcept {
  const std::size_t header = type_text.size() + row.name.size() + time_text.size();
  if (row.kind == variant::midi2 || row.kind == variant::midi2_only) return false;
  if (row.fields.size() < 2 || row.fields.size() > 3 || header > 48) return false;
  for (const field& f : row.fields)
    if (f.kind != field_kind::number || f.when != presence::required || f.word != 0 ||
        f.name.name().size() + 4 > 16)
      return false;
  return true;
}

/// The first eight bytes of a text, when the compiler asks.
constexpr std::uint64_t first_word(std::string_view text) noexcept {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < 8 && i < text.size(); ++i)
    word |= std::uint64_t{static_cast<unsigned char>(text[i])} << (8 * i);
  return word;
}

constexpr compact_field make_compact(const field& f) noexcept {
  const std::string_view text = key_text(f.name);
  compact_field c{.size = static_cast<std::uint32_t>(text.size())};
  for (std::size_t i = 0; i < text.size(); ++i) {
    c.text.chars[16 - text.size() + i] = text[i];
    c.text.mask[16 - text.size() + i] = static_cast<char>(0xff);
  }
  return c;
}

/// Which row a line may be of, by the first eight bytes of its type; another line is found out when
/// the header is compared.
constexpr std::size_t compact_slot(std::uint64_t name) noexcept {
  return static_cast<std::size_t>(name * 0x060c43bbe3252033 >> 61);
}
inline constexpr auto compact_rows = [] {
  std::array<compact_row, 8> rows{};
  for (const message& row : messages) {
    if (!is_compact(row)) continue;
    const auto& begin = begin_texts[static_cast<std::size_t>(&row - messages.data())];
    compact_row& c =
        rows[compact_slot(first_word(std::string_view{begin}.substr(type_text.size())))];
    if (c.count != 0) throw "two names in one slot: choose another factor";
    c.header = masked_text<48>{begin};
    c.header_size = begin.size;
    c.count = row.fields.size();
    c.word = row.word;
    for (std::size_t i = 0; i < c.count; ++i) {
      const field& f = row.fields[i];
      c.fields[i] = make_compact(f);
      c.min[i] = static_cast<std::uint32_t>(f.min);
      c.range[i] = static_cast<std::uint32_t>(f.max - f.min);
      c.shift[i] = f.shift;
      c.high_shift[i] = f.high_shift;
    }
  }
  return rows;
}();

inline const compact_row& find_compact(std::string_view line) noexcept {
  return compact_rows[compact_slot(json::detail::load8(line.data() + type_text.size()))];
}

/// The key text of `seq`, which has seven bytes, as the low bytes of a word.
inline constexpr std::uint64_t seq_word = first_word(",\"seq\":");
inline constexpr std::size_t seq_size = 7;
inline constexpr std::uint64_t seq_mask = 0x00ffffffffffffff;

/// How many bytes a row needs behind the time, so that all may be read before its place is certain.
inline constexpr std::size_t compact_tail = 23;

/// Where the numbers of the fields begin and end, counted from the first byte behind time and seq.
struct field_places {
  std::array<std::size_t, 3> begin, end;
};

/// Finds them from the bits of the digits there, the `left` bytes that are left; false when the
/// digits lie otherwise than they must in this row, so that all places are inside.
[[gnu::always_inline]] inline bool find_places(const compact_row& row, std::uint64_t digits,
                                               std::size_t left, field_places& at) noexcept {
  std::uint64_t ends = ~digits & digits << 1, begins = 0;
  std::size_t end = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    if (i == 2 && row.count == 2) break;
    at.begin[i] = end + row.fields[i].size;
    begins |= std::uint64_t{1} << (at.begin[i] & 63);
    end = at.end[i] = static_cast<std::size_t>(std::countr_zero(ends));
    ends &= ends - 1;
  }
  return (begins ^ (digits & ~(digits << 1))) == 0 && end + 1 == left;
}

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

/// Reads a line of 64 bytes or more; false, and `out` unspecified, for what is not canonical or not
/// compact. O(1)
template <class Map>
[[nodiscard]] bool read_compact(std::string_view line, midi_event& out) noexcept {
  using namespace json::detail;
  const compact_row& row = find_compact(line);
  std::uint64_t bad = Map::differ(line.data(), row.header);
  const char* at = line.data() + row.header_size;
  const char* const end = line.data() + line.size();
  const std::uint64_t time = take_digits(at, bad);
  if (static_cast<std::size_t>(end - at) < compact_tail) return false;
  out.seq = midi_event::no_seq;
  if ((load8(at) & seq_mask) == seq_word) {
    at += seq_size;
    out.seq = take_digits(at, bad);
    bad |= static_cast<unsigned>(out.seq > static_cast<std::uint64_t>(max_seq));
  }
  const auto left = static_cast<std::size_t>(end - at);
  if (left - 1 >= 64) return false;

  field_places places;
  if (!find_places(row, Map::digits(end - 64) >> (64 - left), left, places)) return false;
  std::uint32_t word = row.word;
  for (std::size_t i = 0; i < row.count; ++i) {
    const compact_field& f = row.fields[i];
    const char* const number = at + places.begin[i];
    const std::size_t size = places.end[i] - places.begin[i];
    bad |= Map::differ(number - 16, f.text);
    const unsigned shift = (64 - 8 * static_cast<unsigned>(size)) & 63;
    const std::uint64_t bytes = load8(at + places.end[i] - 8) ^ 0x3030303030303030;
    const auto raw = static_cast<std::uint32_t>(join_digits(bytes >> shift << shift)) - row.min[i];
    bad |= static_cast<unsigned>(size > 8) | static_cast<unsigned>(raw > row.range[i]) |
           (static_cast<unsigned>(*number == '0') & static_cast<unsigned>(size > 1));
    word |= (raw & 0x7f) << row.shift[i] | raw >> 7 << row.high_shift[i];
  }
  out.time = session_time{nanoseconds{static_cast<std::int64_t>(time)}};
  out.packet = {{word}};
  return bad == 0 && end[-1] == '}';
}

} // namespace jamnet::inline v0::jsonmidi::detail
