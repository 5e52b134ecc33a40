// SPDX-License-Identifier: MIT
//
// Six eighths to the bar: how many beats, and which note a beat is.
#pragma once

#include <cstdint>

namespace jamnet::inline v0 {

struct time_signature {
  std::uint8_t numerator = 4;   ///< beats in a bar, 1 to 255
  std::uint8_t denominator = 4; ///< what part of a whole note a beat is: a power of two, 1 to 64

  /// Whether it is one that music has: neither 0/0 nor 7/3. [any-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr bool valid() const noexcept {
    const unsigned d = denominator;
    return numerator >= 1 && d >= 1 && d <= 64 && (d & (d - 1)) == 0;
  }

  friend constexpr bool operator==(const time_signature&, const time_signature&) = default;
};

} // namespace jamnet::inline v0
