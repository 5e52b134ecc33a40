// SPDX-License-Identifier: MIT
//
// The Kalman filter inside the clock_estimator: offset, skew and path delay, and how sure of each.
//
// It is linear and knows nothing of networks. A passage of a packet measures offset + delay on the
// way there and offset − delay on the way back; how noisy each one is, the caller decides.
// Units are ns and s, hence ns/s for the skew: the numbers stay within what doubles do well.
#pragma once

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/math.hpp>

namespace jamnet::inline v0 {

struct offset_filter {
  enum class way { there, back };

  double offset = 0; ///< ns
  double skew = 0;   ///< ns/s: how fast the offset grows
  double delay = 0;  ///< ns, one way

  // The covariance of (offset, skew, delay), named by its row and column.
  double oo = 0, os = 0, od = 0;
  double ss = 0, sd = 0;
  double dd = 0;

  /// Uncertainties, given as variances; what they had in common is forgotten.
  /// [one-thread] [rt-safe] O(1)
  constexpr void set_variances(double of_offset, double of_skew, double of_delay) noexcept {
    oo = of_offset, ss = of_skew, dd = of_delay;
    os = od = sd = 0;
  }

  /// Moves on by `dt` ≥ 0 seconds. The skew wanders by `wander` ns/s per √s; the delay's variance
  /// grows by `delay_drift` ns² per s. [one-thread] [rt-safe] O(1)
  constexpr void predict(double dt, double wander, double delay_drift) noexcept {
    const double w = wander * wander * dt;
    offset += skew * dt;
    oo = std::max(oo + dt * (2 * os + dt * ss) + w * dt * dt / 3, least);
    os += dt * ss + w * dt / 2;
    od += dt * sd;
    ss += w;
    dd += delay_drift * dt;
  }

  /// Takes one passage in, measured with the variance `noise` > 0. [one-thread] [rt-safe] O(1)
  constexpr void update(way direction, double measured, double noise) noexcept {
    const double h = direction == way::there ? 1 : -1;
    const double with_offset = oo + h * od;
    const double with_skew = os + h * sd;
    const double with_delay = od + h * dd;
    correct(measured - (offset + h * delay), with_offset + h * with_delay + noise, with_offset,
            with_skew, with_delay);
  }

  /// Takes a direct measurement of the offset in. [one-thread] [rt-safe] O(1)
  constexpr void update_offset(double measured, double noise) noexcept {
    correct(measured - offset, oo + noise, oo, os, od);
  }

  /// How uncertain the offset is, one standard deviation in ns. [one-thread] [rt-safe] O(1)
  [[nodiscard]] double offset_deviation() const noexcept { return square_root(oo); }
  /// … and the skew, in ns/s. [one-thread] [rt-safe] O(1)
  [[nodiscard]] double skew_deviation() const noexcept { return square_root(ss); }

private:
  static constexpr double least = 1e-3; // rounding must not make a variance negative

  constexpr void correct(double surprise, double variance, double with_offset, double with_skew,
                         double with_delay) noexcept {
    const double gain = surprise / variance;
    offset += with_offset * gain;
    skew += with_skew * gain;
    delay += with_delay * gain;
    os -= with_offset * with_skew / variance;
    od -= with_offset * with_delay / variance;
    sd -= with_skew * with_delay / variance;
    oo = std::max(oo - with_offset * with_offset / variance, least);
    ss = std::max(ss - with_skew * with_skew / variance, least);
    dd = std::max(dd - with_delay * with_delay / variance, least);
  }
};

} // namespace jamnet::inline v0
