// SPDX-License-Identifier: MIT
//
// The first exchanges with a peer: the quickest passages each way say where to begin.
//
// One exchange alone is always "the fastest so far", and a filter that trusts it can go astray by
// 100 ms. So the first 16, or 0.4 s, are only gathered, and what the others took beyond the
// quickest says how far the beginning may be wrong.
#pragma once

#include <jamnet/core/algorithm.hpp>

namespace jamnet::inline v0 {

class boot_window {
public:
  /// Takes an exchange in, `dt` seconds after the last, during which the offset grew by
  /// `skew` · dt: session − host as seen on the way there and on the way back, in ns.
  /// [one-thread] [rt-safe] O(1)
  constexpr void add(double dt, double skew, double forward, double backward) noexcept {
    const double moved = count_ > 0 ? skew * dt : 0;
    if (count_ > 0) elapsed_ += dt;
    high_ = count_ > 0 ? std::min(high_ + moved, forward) : forward;
    low_ = count_ > 0 ? std::max(low_ + moved, backward) : backward;
    sum_ += forward - backward; // the skew cancels
    ++count_;
  }

  /// Enough for a beginning. [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr bool complete() const noexcept { return count_ >= 16 || elapsed_ > 0.4; }
  /// Best offset and one-way delay so far, in ns. [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr double offset() const noexcept { return low_ + (high_ - low_) / 2; }
  [[nodiscard]] constexpr double delay() const noexcept { return (high_ - low_) / 2; }

  /// How wrong either may be, a variance in ns²; one exchange alone says only that the delay is
  /// not negative. [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr double variance() const noexcept {
    if (count_ == 1) return std::max(sum_ * sum_ / 12, 1e6);
    return excess() * excess();
  }
  /// The variance of a passage that is not late, in ns². [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr double noise() const noexcept {
    const double sigma = std::max(count_ == 1 ? sum_ / 20 : excess() / 2, 1e3);
    return sigma * sigma;
  }

private:
  // What the mean passage took beyond the quickest, at least 2 µs. The quickest of few was hardly
  // that, and few may be alike by chance.
  [[nodiscard]] constexpr double excess() const noexcept {
    const double seen = sum_ / (2 * count_) - delay();
    return std::max({seen * (1 + 6.0 / (count_ * count_)), delay() / (6 * count_), 2e3});
  }

  int count_ = 0;
  double elapsed_ = 0;
  double high_ = 0, low_ = 0;
  double sum_ = 0;
};

} // namespace jamnet::inline v0
