// SPDX-License-Identifier: MIT
//
// compact_reader.hpp on processors with AVX2: there all numbers of a line, time and seq among them,
// are put side by side and become binary in one go.
//
// No digit needs to be cut out: the text before a number is longer than what is read with it, so
// that of the bytes that end with its last digit all other digits are its own.
#pragma once

#include <cstring>

#include <jamnet/jsonmidi/detail/compact_reader.hpp>

#if defined(JAMNET_X86_VECTORS)

namespace jamnet::inline v0::jsonmidi::detail {

using bytes32 [[gnu::vector_size(32)]] = unsigned char;
using chars32 [[gnu::vector_size(32)]] = char;
using shorts16 [[gnu::vector_size(16)]] = short;
using shorts32 [[gnu::vector_size(32)]] = short;
using ints32 [[gnu::vector_size(32)]] = int;
using longs32 [[gnu::vector_size(32)]] = long long;

struct avx2_digit_map : sse2_digit_map {
  [[gnu::target("avx2,bmi,bmi2,lzcnt"), gnu::always_inline]] static digit_bits
  half(const char* from) noexcept {
    bytes32 bytes;
    std::memcpy(&bytes, from, sizeof bytes);
    bytes -= '0';
    return {gather((chars32)(bytes < 10)), gather((chars32)(bytes == 0))};
  }
  [[gnu::target("avx2,bmi,bmi2,lzcnt"), gnu::always_inline]] static digit_bits
  digits(const char* from) noexcept {
    const digit_bits low = half(from), high = half(from + 32);
    return {low.digits | high.digits << 32, low.zeros | high.zeros << 32};
  }

private:
  [[gnu::target("avx2,bmi,bmi2,lzcnt"), gnu::always_inline]] static std::uint64_t
  gather(chars32 bytes) noexcept {
    return static_cast<std::uint32_t>(__builtin_ia32_pmovmskb256(bytes));
  }
};

/// The fields of a line behind time and seq, which end at `time_end` and `at`.
[[gnu::target("avx2,bmi,bmi2,lzcnt"), gnu::always_inline]] inline bool
read_fields_avx2(const char* begin, const char* last, const voice_row& row, bool three,
                 const char* time_end, const char* at, const digit_bits* known, std::uint64_t bad,
                 midi_event& out) noexcept {
  using json::detail::load, json::detail::load8, json::detail::powers_of_ten;
  using map = avx2_digit_map;
  const digit_bits bits = known ? *known : map::digits(last);
  field_places places;
  if (!find_places(row, three, bits.digits, places) || last + places.start != at) return false;
  bad |= odd_numbers(bits.digits, bits.zeros, places.start);

  // The numbers, each as the eight bytes that end with it, time as sixteen.
  const auto before = [](const char* end) { return load<long long>(end - 8); };
  const longs32 a{before(time_end - 8), before(time_end), before(last + places.channel_end),
                  before(last + places.second_end)};
  const longs16 b{before(last + 63), before(at)};
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
  const auto first_two = static_cast<std::uint64_t>(numbers[2]);
  const std::uint32_t third = three ? static_cast<std::uint32_t>(third_and_seq) : 0;
  const std::uint32_t word = voice_word(row, static_cast<std::uint32_t>(first_two),
                                        static_cast<std::uint32_t>(first_two >> 32), third, bad);

  longs16 differ = map::difference(begin, row.header) |
                   map::difference(last + places.channel - 16, channel_before.text) |
                   map::difference(last + places.second - 16, row.second.text);
  if (three) differ |= map::difference(last + places.third - 16, row.third.text);
  if (bad != 0 || !__builtin_ia32_ptestz128(differ, differ) || last[63] != '}') return false;
  out.time = session_time{nanoseconds{
      static_cast<std::int64_t>((halves & 0xffffffff) * powers_of_ten[8] + (halves >> 32))}};
  out.seq = at != time_end ? third_and_seq >> 32 : midi_event::no_seq;
  out.packet = {{word}};
  return true;
}

/// A line that begins as `row` does. The bits of its last 64 bytes may be known from elsewhere.
[[gnu::target("avx2,bmi,bmi2,lzcnt"), gnu::always_inline]] inline bool
read_line_avx2(std::string_view line, const voice_row& row, const digit_bits* known,
               midi_event& out) noexcept {
  const char* const begin = line.data();
  const char* const last = begin + line.size() - 64;
  const char* const time = begin + row.header_size;
  if (last + 32 < time) return false;

  // Time, and seq if there is one, lie in the 32 bytes behind the header, or another way is taken.
  const digit_bits next = avx2_digit_map::half(time);
  const std::uint64_t odd = next.zeros & next.digits >> 1; // a zero before a digit
  const auto time_size = static_cast<unsigned>(std::countr_one(next.digits));
  if (time_size - 1 >= 16) return false;
  std::uint64_t bad = odd & 1;
  const char *const time_end = time + time_size, *at = time_end;
  if ((json::detail::load8(at) & seq_mask) == seq_word) {
    const unsigned from = time_size + seq_size;
    const auto size = static_cast<unsigned>(std::countr_one(next.digits >> from));
    if (size - 1 >= 8) return false;
    bad |= odd >> from & 1;
    at += seq_size + size;
  }
  // What they have in common is written once and compiled twice.
  return row.three ? read_fields_avx2(begin, last, row, true, time_end, at, known, bad, out)
                   : read_fields_avx2(begin, last, row, false, time_end, at, known, bad, out);
}

/// Reads a line of 64 bytes or more, as read_compact does. Expects this_cpu.avx2.
[[nodiscard, gnu::target("avx2,bmi,bmi2,lzcnt")]] inline bool
read_compact_avx2(std::string_view line, midi_event& out) noexcept {
  const voice_row& row = find_voice_row(line);
  return begins_as(row, line) && read_line_avx2(line, row, nullptr, out);
}

} // namespace jamnet::inline v0::jsonmidi::detail

#endif
