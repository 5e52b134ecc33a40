// SPDX-License-Identifier: MIT
//
// Decimal digits, eight at a time in one register ("SWAR": SIMD within a register): what makes
// integers cheap without any vector instruction, and without a branch on how many digits there are,
// which in music cannot be foretold.
#pragma once

#include <array>
#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace jamnet::inline v0::json::detail {

template <class T>
[[nodiscard]] inline T load(const char* from) noexcept {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

/// The eight bytes at `from`, the first in the lowest bits.
[[nodiscard]] inline std::uint64_t load8(const char* from) noexcept {
  const auto bytes = load<std::uint64_t>(from);
  if constexpr (std::endian::native == std::endian::little) return bytes;
  std::uint64_t swapped = 0;
  for (int i = 0; i < 8; ++i) swapped |= (bytes >> (56 - 8 * i) & 0xff) << (8 * i);
  return swapped;
}

/// The top bit of each byte that is not below ten. A byte behind one that is not may be told wrong:
/// a carry reaches it.
[[nodiscard]] constexpr std::uint64_t not_below_ten(std::uint64_t bytes) noexcept {
  return ((bytes + 0x7676767676767676) | bytes) & 0x8080808080808080;
}

/// Eight digits, the first in the lowest byte, as a number: neighbours join to pairs, pairs to
/// fours.
[[nodiscard]] constexpr std::uint64_t join_digits(std::uint64_t digits) noexcept {
  digits = digits * 10 + (digits >> 8);
  return ((digits & 0x000000ff000000ff) * (100 + (std::uint64_t{1000000} << 32)) +
          (digits >> 16 & 0x000000ff000000ff) * (1 + (std::uint64_t{10000} << 32))) >>
         32;
}

/// How many of eight bytes are digits before another character, and their value.
struct digit_run {
  unsigned size;
  std::uint64_t value;
};
[[nodiscard]] constexpr digit_run leading_digits(std::uint64_t bytes) noexcept {
  bytes ^= 0x3030303030303030; // digits become 0 to 9
  const std::uint64_t others = not_below_ten(bytes);
  if (others == 0) return {8, join_digits(bytes)};
  const auto size = static_cast<unsigned>(std::countr_zero(others)) / 8;
  return {size, join_digits(bytes << 8 << (56 - 8 * size))}; // zeros in front
}

inline constexpr std::array<std::uint64_t, 9> powers_of_ten{
    1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};

/// The eight digits of a number below 10^8, the first in the lowest byte.
[[nodiscard]] constexpr std::uint64_t split_digits(std::uint32_t value) noexcept {
  const std::uint64_t high = value / 10000;
  std::uint64_t v = high | (value - high * 10000) << 32;
  const std::uint64_t hundreds = (v * 10486 >> 20) & 0x0000007f0000007f;
  v = hundreds | (v - hundreds * 100) << 16;
  const std::uint64_t tens = (v * 103 >> 10) & 0x000f000f000f000f;
  return tens | (v - tens * 10) << 8;
}

/// The four digits of a number below 10^4.
[[nodiscard]] constexpr std::uint32_t split_four_digits(std::uint32_t value) noexcept {
  const std::uint32_t hundreds = value * 5243 >> 19;
  const std::uint32_t v = hundreds | (value - hundreds * 100) << 16;
  const std::uint32_t tens = (v * 103 >> 10) & 0x000f000f;
  return tens | (v - tens * 10) << 8;
}

/// Writes digits, the one in the lowest byte first.
template <class Digits>
inline void store_digits(char* at, Digits digits) noexcept {
  digits |= static_cast<Digits>(0x3030303030303030);
  if constexpr (std::endian::native == std::endian::little)
    std::memcpy(at, &digits, sizeof digits);
  else
    for (std::size_t i = 0; i < sizeof digits; ++i) at[i] = static_cast<char>(digits >> (8 * i));
}

/// Writes a number and returns where it ends. Up to 28 bytes from `at` on may change. O(1)
inline char* write_integer(char* at, std::uint64_t value) noexcept {
  if constexpr (std::endian::native != std::endian::little)
    return std::to_chars(at, at + 20, value).ptr;
  constexpr std::uint64_t eight = powers_of_ten[8];
  const auto leading = [&](std::uint64_t few) { // below 10^8, its zeros left out
    const std::uint64_t digits = split_digits(static_cast<std::uint32_t>(few));
    const unsigned zeros = static_cast<unsigned>(std::countr_zero(digits | 1ull << 56)) & ~7u;
    store_digits(at, (digits | 0x3030303030303030) >> zeros);
    at += 8 - zeros / 8;
  };
  const auto following = [&](std::uint64_t few) {
    store_digits(at, split_digits(static_cast<std::uint32_t>(few)));
    at += 8;
  };
  if (value < eight) {
    leading(value);
  } else if (value < eight * eight) {
    leading(value / eight);
    following(value % eight);
  } else {
    leading(value / (eight * eight));
    following(value / eight % eight);
    following(value % eight);
  }
  return at;
}

inline char* write_integer(char* at, std::int64_t value) noexcept {
  if (value >= 0) return write_integer(at, static_cast<std::uint64_t>(value));
  *at = '-';
  return write_integer(at + 1, 0 - static_cast<std::uint64_t>(value));
}

} // namespace jamnet::inline v0::json::detail
