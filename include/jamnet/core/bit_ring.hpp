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
  /// The three are [one-thread] [rt-safe] O(1).
  [[nodiscard]] constexpr bool operator[](std::uint64_t n) const noexcept {
    return (word(n) >> n % 64 & 1) != 0;
  }
  constexpr void set(std::uint64_t n) noexcept { word(n) |= std::uint64_t{1} << n % 64; }
  constexpr void reset(std::uint64_t n) noexcept { word(n) &= ~(std::uint64_t{1} << n % 64); }

  /// The first number from `from` on whose flag is `value`, or `end`. Expects that they are at most
  /// Size apart. [one-thread] [rt-safe] O(n / 64)
  [[nodiscard]] constexpr std::uint64_t find(bool value, std::uint64_t from,
                                             std::uint64_t end) const noexcept {
    while (from < end) {
      const std::uint64_t flags = (value ? word(from) : ~word(from)) >> from % 64;
      if (flags != 0) {
        const std::uint64_t at = from + static_cast<std::uint64_t>(std::countr_zero(flags));
        return at < end ? at : end;
      }
      from += 64 - from % 64;
    }
    return end;
  }

private:
  constexpr std::uint64_t& word(std::uint64_t n) noexcept { return words_[n % Size / 64]; }
  constexpr const std::uint64_t& word(std::uint64_t n) const noexcept {
    return words_[n % Size / 64];
  }

  std::array<std::uint64_t, Size / 64> words_{};
};

} // namespace jamnet::inline v0
