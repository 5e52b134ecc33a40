// SPDX-License-Identifier: MIT
//
// A device's counter as seen from a timeline: a clock_map that takes bare ticks.
//
// It unwraps and scales in one step, and composes: GPU ticks to host time, then the session's
// clock_map, is one tick_map to session time, a multiplication and an addition. A counter shows
// each number for a whole tick; the image is the middle of that, the least wrong of all moments.
#pragma once

#include <cstdint>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/time/clock_map.hpp>
#include <jamnet/time/timebase.hpp>

namespace jamnet::inline v0 {

template <class To>
struct tick_map {
  std::uint64_t from = 0; ///< the anchor, a count …
  time_on<To> to{};       ///< … and its image, in whole nanoseconds
  double residual = 0;    ///< what the image lacks, in ns, below one in magnitude
  double tick_ns = 1;     ///< how long a tick lasts on `To`, above 0
  unsigned valid_bits = 64;
  double bound_ns = 0;     ///< error bound at the anchor
  double bound_growth = 0; ///< how much it grows, ns per ns away from the anchor

  /// When the counter showed `ticks`, of all times the one nearest to the anchor: within half a
  /// turn of the counter, and 73 years. [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] constexpr time_on<To> operator()(std::uint64_t ticks) const noexcept {
    return to + whole(residual + distance(ticks));
  }

  /// What the counter shows at `t`. [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] constexpr std::uint64_t inverse(time_on<To> t) const noexcept {
    const double away = static_cast<double>((t - to).count()) - residual;
    const auto ticks = static_cast<std::uint64_t>(whole(away / tick_ns).count());
    return (from + ticks) & tick_format{tick_ns, valid_bits}.mask();
  }

  /// How wrong the image of `ticks` may be, at most 73 years. What the promise is worth is said
  /// by whoever made the map. [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] constexpr nanoseconds bound(std::uint64_t ticks) const noexcept {
    return bound_at(magnitude(distance(ticks)));
  }
  [[nodiscard]] constexpr nanoseconds bound(time_on<To> t) const noexcept {
    return bound_at(magnitude(static_cast<double>((t - to).count())));
  }

  /// This map, then `next`: bounds add, rates multiply. [any-thread] [rt-safe] [wait-free] O(1)
  template <class Next>
  [[nodiscard]] constexpr tick_map<Next> then(const clock_map<To, Next>& next) const noexcept {
    const auto m = clock_map<To, To>{to, to, residual, 0, bound_ns, bound_growth}.then(next);
    return {from,       m.to,       m.residual,    tick_ns * (1 + next.skew),
            valid_bits, m.bound_ns, m.bound_growth};
  }

  /// The same function anchored at `ticks`. [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] constexpr tick_map anchored_at(std::uint64_t ticks) const noexcept {
    const double away = distance(ticks), ns = residual + away;
    const nanoseconds image = whole(ns);
    return {ticks,       to + image, ns - static_cast<double>(image.count()),
            tick_ns,     valid_bits, bound_ns + bound_growth * magnitude(away),
            bound_growth};
  }

private:
  static constexpr double most = 0x1p61;

  static constexpr nanoseconds whole(double ns) noexcept {
    return nanoseconds{nearest(std::clamp(ns, -most, most))};
  }
  constexpr double distance(std::uint64_t ticks) const noexcept {
    return static_cast<double>(tick_format{tick_ns, valid_bits}.between(from, ticks)) * tick_ns;
  }
  constexpr nanoseconds bound_at(double away) const noexcept {
    return whole(bound_ns + bound_growth * away + 0.5);
  }
};

} // namespace jamnet::inline v0
