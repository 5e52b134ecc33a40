// SPDX-License-Identifier: MIT
//
// How far another clock is from ours at any moment: skew, wander, and the accidents of real clocks.
//
// Unlike manual_clock it is a function of true time that can be asked for any moment in any order,
// and exact to a part of a nanosecond: the truth an estimate is judged by.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/config.hpp>
#include <jamnet/testing/manual_clock.hpp>
#include <jamnet/testing/noise.hpp>

namespace jamnet::inline v0::testing {

class wandering_clock {
public:
  /// A clock for `length_s` seconds, after which it goes on at its last rate.
  /// [one-thread] [allocates] O(length)
  wandering_clock(const clock_drift& drift, double length_s) {
    JAMNET_EXPECTS(length_s >= 0);
    random_source random{drift.seed};
    double skew = drift.skew_ppm * 1e3; // ns/s
    double offset = 0;
    for (double t = 0; t < length_s + 2; t += step_s) {
      offsets_.push_back(offset);
      offset += skew * step_s;
      skew += drift.wander_ppm * 1e3 * std::sqrt(step_s) * normal(random);
    }
  }

  /// By how much it is ahead at `t` ns of true time, in ns, if it was right at 0.
  /// [any-thread] [rt-safe] O(1)
  [[nodiscard]] double offset(double t) const noexcept {
    const double at = std::max(t * 1e-9 / step_s, 0.0);
    const auto i = static_cast<std::size_t>(std::min(at, static_cast<double>(offsets_.size() - 2)));
    const double part = at - static_cast<double>(i);
    return offsets_[i] * (1 - part) + offsets_[i + 1] * part +
           (t >= step_at ? clock_step + skew_step * (t - step_at) * 1e-9 : 0) -
           std::clamp(t - suspended_at, 0.0, suspended_for);
  }

  double step_at = 1e300;      ///< when it steps, ns of true time
  double clock_step = 0;       ///< … by how much, ns
  double skew_step = 0;        ///< … by how much its skew does, ns/s
  double suspended_at = 1e300; ///< when it stands still, ns of true time
  double suspended_for = 0;    ///< … for how long, ns

private:
  static constexpr double step_s = 0.01;
  std::vector<double> offsets_;
};

} // namespace jamnet::inline v0::testing
