// SPDX-License-Identifier: MIT
//
// Where an offset must lie because no packet arrives before it was sent.
//
// Each exchange proves an upper and a lower limit, whatever the path does and however uneven its
// two directions are. Limits of former exchanges stay true, widened by what the fastest clock may
// have added since; their intersection is the tightest thing that can be said with certainty. An
// estimate of the skew has no part in it, for an estimate may be wrong.
#pragma once

#include <jamnet/core/algorithm.hpp>

namespace jamnet::inline v0 {

class causal_interval {
public:
  /// Forgets all. [one-thread] [rt-safe] O(1)
  constexpr void clear() noexcept { known_ = false; }

  /// False until add(). [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr bool known() const noexcept { return known_; }

  /// Moves on by `dt` ≥ 0 seconds, in which the offset moves by at most `rate` ns/s.
  /// [one-thread] [rt-safe] O(1)
  constexpr void advance(double dt, double rate) noexcept {
    low_ -= rate * dt;
    high_ += rate * dt;
  }

  /// Adds limits in ns that hold now. False when they contradict the former ones, which proves
  /// that a clock stepped: only the new ones are kept. [one-thread] [rt-safe] O(1)
  constexpr bool add(double low, double high) noexcept {
    const bool agrees = !known_ || (low <= high_ && low_ <= high);
    const bool merge = known_ && agrees;
    low_ = merge ? std::max(low_, low) : low;
    high_ = merge ? std::min(high_, high) : high;
    known_ = true;
    return agrees;
  }

  /// The nearest to `offset` that is possible. [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr double nearest(double offset) const noexcept {
    return known_ ? std::clamp(offset, low_, high_) : offset;
  }

  /// How far from `offset` the true one can be. [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr double reach(double offset) const noexcept {
    return std::max({high_ - offset, offset - low_, 0.0});
  }

private:
  bool known_ = false;
  double low_ = 0, high_ = 0;
};

} // namespace jamnet::inline v0
