// SPDX-License-Identifier: MIT
//
// compact_reader.hpp on processors with AVX2: there all numbers of a line, time and seq among them,
// are put side by side and become binary in one go.
//
// No digit needs to be cut out: the text before a number is longer than what is read with it, so
// that of the bytes that end with its last digit all other digits are its own.
#pragma once

#include <cstring>

#include <jamnet/jsonmidi/compact_reader.hpp>

#if defined(JAMNET_JSONMIDI_X86)

namespace jamnet::inline v0::jsonmidi::detail {

using shorts32 [[gnu::vector_size(32)]] = short;
using ints32 [[gnu::vector_size(32)]] = int;
using longs16 [[gnu::vector_size(16)]] = long long;
using longs32 [[gnu::vector_size(32)]] = long long;
using shorts16 [[gnu::vector_size(16)]] = short;
using ints16 [[gnu::vector_size(16)]] = int;
using uints16 [[gnu::vector_size(16)]] = unsigned;

#define JAMNET_AVX2 gnu::target("avx2,bmi,bmi2")
// 32 bytes, digits among them become 0 to 9; and one bit for each that is a digit, or zero.
[[JAMNET_AVX2, gnu::always_inline]] inline bytes32 load_digits(const char* from) noexcept {
  bytes32 bytes;
  std::memcpy(&bytes, from, sizeof bytes);
  return bytes - '0';
}
[[JAMNET_AVX2, gnu::always_inline]] inline std::uint32_t digits_of(bytes32 bytes) noexcept {
  return static_cast<std::uint32_t>(__builtin_ia32_pmovmskb256((chars32)(bytes < 10)));
}
[[JAMNET_AVX2, gnu::always_inline]] inline std::uint32_t zeros_of(bytes32 bytes) noexcept {
  return static_cast<std::uint32_t>(__builtin_ia32_pmovmskb256((chars32)(bytes == 0)));
}

/// Reads a line of 64 bytes or more, as read_compact does. Expects cpu.avx2.
[[nodiscard, JAMNET_AVX2]] inline bool read_compact_avx2(std::string_view line,
                                                         midi_event& out) noexcept {
  using namespace json::detail;
  const compact_row& row = find_compact(line);
  const char* const begin = line.data();
  const char* const end = begin + line.size();
  const char* const time = begin + row.header_size;
  if (end - time < 32) return false;

  // Time, and seq if there is one, lie in the 32 bytes behind the header, or another way is taken.
  const bytes32 next = load_digits(time);
  const std::uint32_t digits = digits_of(next), zeros = zeros_of(next);
  const auto time_size = static_cast<unsigned>(std::countr_one(digits));
  std::uint64_t bad = (zeros & 1) & (time_size > 1);
  if (time_size - 1 >= 16) return false;
  const char* const time_end = time + time_size;
  const char *at = time_end, *seq_end = time_end;
  const bool has_seq = (load8(at) & seq_mask) == seq_word;
  if (has_seq) {
    const unsigned from = time_size + seq_size;
    const auto size = static_cast<unsigned>(std::countr_one(digits >> from));
    if (size - 1 >= 8) return false;
    bad |= (zeros >> from & 1) & (size > 1);
    at = seq_end = time + from + size;
  }

  const auto left = static_cast<std::size_t>(end - at);
  if (left - 1 >= 64) return false;
  const bytes32 low = load_digits(end - 64), high = load_digits(end - 32);
  const std::uint64_t map = (digits_of(low) | std::uint64_t{digits_of(high)} << 32) >> (64 - left);
  const std::uint64_t zero = (zeros_of(low) | std::uint64_t{zeros_of(high)} << 32) >> (64 - left);
  field_places places;
  if (!find_places(row, map, left, places)) return false;
  const std::uint64_t pairs = map & map >> 1, fours = pairs & pairs >> 2;
  bad |= (map & ~(map << 1) & zero & map >> 1) | (fours & fours >> 2); // 01, or six digits
  const bool third = row.count == 3;

  // The numbers, each as the eight bytes that end with it, time as sixteen.
  const auto last = [&](std::size_t end_of) { return load<long long>(at + end_of - 8); };
  longs32 a{load<long long>(time_end - 16), load<long long>(time_end - 8), last(places.end[0]),
            last(places.end[1])};
  longs16 b{last(places.end[third ? 2 : 1]), load<long long>(seq_end - 8)};
  const bytes32 a_digits = (bytes32)a - '0';
  const bytes16 b_digits = (bytes16)b - '0';
  const chars32 a_own = (chars32)(a_digits & (bytes32)(a_digits < 10));
  const chars16 b_own = (chars16)(b_digits & (bytes16)(b_digits < 10));
  constexpr chars32 tens{10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1,
                         10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1};
  constexpr chars16 tens16{10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1};
  constexpr shorts32 hundreds{100, 1, 100, 1, 100, 1, 100, 1, 100, 1, 100, 1, 100, 1, 100, 1};
  constexpr shorts16 hundreds16{100, 1, 100, 1, 100, 1, 100, 1};
  constexpr shorts32 myriads{10000, 1, 10000, 1, 10000, 1, 10000, 1,
                             10000, 1, 10000, 1, 10000, 1, 10000, 1};
  const ints32 a4 = __builtin_ia32_pmaddwd256(__builtin_ia32_pmaddubsw256(a_own, tens), hundreds);
  const longs16 b4 =
      (longs16)__builtin_ia32_pmaddwd128(__builtin_ia32_pmaddubsw128(b_own, tens16), hundreds16);
  const longs32 b4_wide{b4[0], b4[1], 0, 0};
  const longs32 numbers = (longs32)__builtin_ia32_pmaddwd256(
      (shorts32)__builtin_ia32_packusdw256(a4, (ints32)b4_wide), myriads);
  const auto halves = static_cast<std::uint64_t>(numbers[0]); // of the time, 10^8 apart
  const auto third_and_seq = static_cast<std::uint64_t>(numbers[1]);

  // The fields side by side: range, then their bits of the word.
  const ints16 raw = (ints16)longs16{numbers[2], third ? numbers[1] & 0xffffffff : 0} -
                     load<ints16>((const char*)row.min.data());
  const ints16 range = load<ints16>((const char*)row.range.data());
  const ints16 outside = (ints16)((uints16)raw > (uints16)range);
  const ints16 bits = ((raw & 0x7f) << load<ints16>((const char*)row.shift.data())) |
                      ((raw >> 7) << load<ints16>((const char*)row.high_shift.data()));
  const longs16 halves_of_bits = (longs16)bits;
  const auto both = static_cast<std::uint64_t>(halves_of_bits[0] | halves_of_bits[1]);
  const std::uint32_t word = row.word | static_cast<std::uint32_t>(both | both >> 32);

  const auto differ = [&](std::size_t i) {
    const masked_text<16>& text = row.fields[i].text;
    return (load<longs16>(at + places.begin[i] - 16) ^ load<longs16>(text.chars.data())) &
           load<longs16>(text.mask.data());
  };
  longs16 text = (longs16)outside | differ(0) | differ(1);
  if (third) text |= differ(2);
  for (std::size_t i = 0; i < 48; i += 16)
    text |= (load<longs16>(begin + i) ^ load<longs16>(&row.header.chars[i])) &
            load<longs16>(&row.header.mask[i]);
  bad |= static_cast<std::uint64_t>(text[0] | text[1]);
  if (bad != 0 || end[-1] != '}') return false;
  out.time = session_time{nanoseconds{
      static_cast<std::int64_t>((halves & 0xffffffff) * powers_of_ten[8] + (halves >> 32))}};
  out.seq = has_seq ? third_and_seq >> 32 : midi_event::no_seq;
  out.packet = {{word}};
  return true;
}

} // namespace jamnet::inline v0::jsonmidi::detail

#endif
