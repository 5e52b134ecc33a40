// SPDX-License-Identifier: MIT
//
// One clock as an affine function of another, with an error bound that grows with distance.
//
//     to(t) = anchor.to + residual + (t − anchor.from) · (1 + skew)
//
// The large part is integer nanoseconds and the small parts are doubles, because a double at
// today's epoch resolves only a quarter of a microsecond. Maps invert and compose, so that a GPU
// tick, an audio frame and a remote peer's time stamp reach each other in one step.
#pragma once

#include <jamnet/core/math.hpp>
#include <jamnet/time/timeline.hpp>

namespace jamnet::inline v0 {

template <class From, class To>
struct clock_map {
  time_on<From> from{};    ///< the anchor …
  time_on<To> to{};        ///< … and its image, in whole nanoseconds
  double residual = 0;     ///< what the image lacks, in ns, below one in magnitude
  double skew = 0;         ///< rate − 1: how much faster `To` runs; above −1
  double bound_ns = 0;     ///< error bound at the anchor
  double bound_growth = 0; ///< how much the bound grows, ns per ns away from the anchor

  /// The image of `t`, to the nearest nanosecond; within 2^62 ns of the anchor.
  /// [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] constexpr time_on<To> operator()(time_on<From> t) const noexcept {
    const auto d = t - from;
    return to + d + nanoseconds{nearest(residual + skew * static_cast<double>(d.count()))};
  }

  /// How wrong the image of `t` may be, at most 146 years. What the promise is worth (99 %, or
  /// always) is said by whoever made the map. [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] constexpr nanoseconds bound(time_on<From> t) const noexcept {
    const auto d = static_cast<double>((t - from).count());
    const double most = 0x1p62, bound = bound_ns + bound_growth * magnitude(d) + 0.5;
    return nanoseconds{nearest(bound < most ? bound : most)};
  }

  /// The way back; applying both returns to within a nanosecond.
  /// [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] constexpr clock_map<To, From> inverse() const noexcept {
    const double rate = 1 + skew;
    return {to, from, -residual / rate, -skew / rate, bound_ns / rate, bound_growth / rate};
  }

  /// This map, then `next`: bounds add, rates multiply.
  /// [any-thread] [rt-safe] [wait-free] O(1)
  template <class Next>
  [[nodiscard]] constexpr clock_map<From, Next>
  then(const clock_map<To, Next>& next) const noexcept {
    const auto d = static_cast<double>((to - next.from).count());
    const double fraction = next.residual + next.skew * d + residual * (1 + next.skew);
    const nanoseconds whole{nearest(fraction)};
    return {from,
            next.to + (to - next.from) + whole,
            fraction - static_cast<double>(whole.count()),
            skew + next.skew + skew * next.skew,
            bound_ns + next.bound_ns + next.bound_growth * magnitude(d),
            bound_growth + next.bound_growth};
  }

  /// The same function anchored at `t`. [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] constexpr clock_map anchored_at(time_on<From> t) const noexcept {
    return clock_map<From, From>{t, t}.then(*this);
  }
};

} // namespace jamnet::inline v0
