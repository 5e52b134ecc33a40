// SPDX-License-Identifier: MIT
//
// A flag for each of the last Size numbers of a count that never ends: number n shares its flag
// with n + Size. std::bitset could do it, but brings all of <string> along.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace jamnet::inline v0 {

template <std::size_t Size>
  requires(std::has_single_bit(Size) && Size >= 64)
class bit_ring {
public:
  /// All three are [one-thread] [rt-safe] O(1).
  [[nodiscard]] constexpr bool operator[](std::uint64_t n) const noexcept {
    return (word(n) >> n % 64 & 1) != 0;
  }
  constexpr void set(std::uint64_t n) noexcept { word(n) |= std::uint64_t{1} << n % 64; }
  constexpr void reset(std::uint64_t n) noexcept { word(n) &= ~(std::uint64_t{1} << n % 64); }

private:
  constexpr std::uint64_t& word(std::uint64_t n) noexcept { return words_[n % Size / 64]; }
  constexpr const std::uint64_t& word(std::uint64_t n) const noexcept {
    return words_[n % Size / 64];
  }

  std::array<std::uint64_t, Size / 64> words_{};
};

} // namespace jamnet::inline v0
