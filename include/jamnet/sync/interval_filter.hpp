// SPDX-License-Identifier: MIT
//
// A Kalman filter over offset and skew that is fed intervals instead of measurements.
//
// Whoever looks at a counter knows between which two moments it was read, and nothing of where in
// between. So a wide interval is no bad measurement of its middle: most of the time it says nothing
// new, and where its edge cuts into what was believed, that edge is sharp. The belief, a normal
// distribution, is cut off at both edges, and the normal distribution that has the mean and the
// variance of what is left takes its place. No window, no threshold; a few slow calls and a
// thousand quick ones are the same arithmetic. Units are ns and s, hence ns/s for the skew.
#pragma once

#if !defined(__GNUC__)
#include <cmath>
#endif

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/math.hpp>

namespace jamnet::inline v0 {

namespace detail {

/// The normal distribution's density, without its constant.
[[nodiscard]] inline double bell(double x) noexcept {
#if defined(__GNUC__)
  return __builtin_exp(-0.5 * x * x);
#else
  return std::exp(-0.5 * x * x);
#endif
}
/// How much of it lies above x.
[[nodiscard]] inline double bell_above(double x) noexcept {
  constexpr double root_half = 0.70710678118654752;
#if defined(__GNUC__)
  return 0.5 * __builtin_erfc(x * root_half);
#else
  return 0.5 * std::erfc(x * root_half);
#endif
}

} // namespace detail

struct interval_filter {
  double offset = 0; ///< ns
  double skew = 0;   ///< ns/s: how fast the offset grows

  double oo = 0, os = 0, ss = 0; ///< the covariance of (offset, skew)

  /// Moves on by `dt` ≥ 0 seconds, in which the skew wanders by `wander` ns/s per √s.
  /// [one-thread] [rt-safe] O(1)
  constexpr void predict(double dt, double wander) noexcept {
    const double w = wander * wander * dt;
    offset += skew * dt;
    oo = std::max(oo + dt * (2 * os + dt * ss) + w * dt * dt / 3, least);
    os += dt * ss + w * dt / 2;
    ss += w;
  }

  /// By how many of its standard deviations the offset lies outside of the interval; 0 inside.
  /// [one-thread] [rt-safe] O(1)
  [[nodiscard]] double misses(double low, double high) const noexcept {
    return std::max({low - offset, offset - high, 0.0}) / offset_deviation();
  }

  /// The offset is between `low` and `high`, of which it misses less than 30 deviations.
  /// [one-thread] [rt-safe] O(1)
  void narrow(double low, double high) noexcept;

  /// The offset is about `measured`, with the variance `noise` > 0. [one-thread] [rt-safe] O(1)
  constexpr void measure(double measured, double noise) noexcept {
    const double variance = oo + noise;
    move(oo * (measured - offset) / variance, noise / variance);
  }

  /// How uncertain the offset is, one standard deviation in ns. [one-thread] [rt-safe] O(1)
  [[nodiscard]] double offset_deviation() const noexcept { return square_root(oo); }
  /// … and the skew, in ns/s. [one-thread] [rt-safe] O(1)
  [[nodiscard]] double skew_deviation() const noexcept { return square_root(ss); }

private:
  static constexpr double least = 1e-3; // rounding must not make a variance negative

  // The offset is `by` more, and its variance only this part of what it was; the skew goes along.
  constexpr void move(double by, double part) noexcept {
    const double gain = os / oo;
    offset += by;
    skew += gain * by;
    ss = std::max(ss - gain * os * (1 - part), least);
    os *= part;
    oo = std::max(oo * part, least);
  }
};

inline void interval_filter::narrow(double low, double high) noexcept {
  const double sigma = offset_deviation();
  double a = (low - offset) / sigma, b = (high - offset) / sigma;
  double mean = (a + b) / 2, variance = (b - a) * (b - a) / 12; // if the belief is flat there
  if (b - a > 1e-3) {
    constexpr double root_two_pi = 2.50662827463100050;
    // Of two tails that are nearly one, the difference would be lost.
    const double inside = a > 0 ? detail::bell_above(a) - detail::bell_above(b)
                                : detail::bell_above(-b) - detail::bell_above(-a);
    const double part = std::max(inside, 1e-290) * root_two_pi;
    const double at_a = detail::bell(a), at_b = detail::bell(b);
    // Beyond 38 deviations the density is 0, and a product with it must be, too.
    a = std::clamp(a, -40.0, 40.0), b = std::clamp(b, -40.0, 40.0);
    mean = (at_a - at_b) / part;
    variance = 1 + (a * at_a - b * at_b) / part - mean * mean;
  }
  move(sigma * mean, std::clamp(variance, 1e-9, 1.0));
}

} // namespace jamnet::inline v0
