// SPDX-License-Identifier: MIT
//
// A place in the music, or a length of it, that no change of tempo moves: ticks of which a map says
// how many make a quarter note (PPQ). Position 0 is the first beat of bar 1; a count-in is
// negative.
#pragma once

#include <compare>
#include <cstdint>

#include <jamnet/core/config.hpp>
#include <jamnet/core/math.hpp>

namespace jamnet::inline v0 {

inline constexpr std::uint32_t default_ppq = 960;

struct ticks {
  std::int64_t count = 0;

  friend constexpr auto operator<=>(const ticks&, const ticks&) = default;
  friend constexpr ticks operator+(ticks a, ticks b) noexcept { return {a.count + b.count}; }
  friend constexpr ticks operator-(ticks a, ticks b) noexcept { return {a.count - b.count}; }
};

/// The nearest tick to a number of quarter notes, as JSONMIDI has them; what is beyond 2^53 ticks
/// counts as 2^53. Expects a number. [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr ticks ticks_in(double quarters, std::uint32_t ppq = default_ppq) noexcept {
  JAMNET_EXPECTS(quarters == quarters);
  const double count = quarters * ppq;
  return {count >= 0x1p53    ? std::int64_t{1} << 53
          : count <= -0x1p53 ? -(std::int64_t{1} << 53)
                             : nearest(count)};
}

/// The way back; with up to 2^50 ticks ticks_in(quarters_in(t)) is t.
/// [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr double quarters_in(ticks t, std::uint32_t ppq = default_ppq) noexcept {
  return static_cast<double>(t.count) / ppq;
}

} // namespace jamnet::inline v0
