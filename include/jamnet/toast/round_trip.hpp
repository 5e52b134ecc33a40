// SPDX-License-Identifier: MIT
//
// How long an answer takes, as TCP estimates it (RFC 6298): a smoothed mean, a mean deviation, and
// the least of late, which is the path without its queues.
#pragma once

#include <jamnet/core/algorithm.hpp>
#include <jamnet/time/timeline.hpp>

namespace jamnet::inline v0::toast {

class round_trip {
public:
  /// What is assumed before anything was measured.
  static constexpr nanoseconds assumed{20'000'000};
  /// No timer can be counted on to be better.
  static constexpr nanoseconds precision{1'000'000};

  /// Expects `now` not to decrease. [one-thread] [rt-safe] O(1)
  void measured(nanoseconds sample, host_time now) noexcept {
    sample = std::max(sample, nanoseconds{0});
    if (!known_) {
      known_ = true;
      smoothed_ = sample;
      variation_ = sample / 2;
      least_ = recent_ = sample;
      turn_ = now + turn;
    }
    const nanoseconds off = sample - smoothed_;
    variation_ += ((off < nanoseconds{0} ? -off : off) - variation_) / 4;
    smoothed_ += off / 8;
    if (now >= turn_) { // a path may become longer: what was the least long ago is forgotten
      least_ = recent_;
      recent_ = sample;
      turn_ = now + turn;
    }
    recent_ = std::min(recent_, sample);
    least_ = std::min(least_, sample);
  }

  [[nodiscard]] bool known() const noexcept { return known_; }
  [[nodiscard]] nanoseconds smoothed() const noexcept { return smoothed_; }
  [[nodiscard]] nanoseconds variation() const noexcept { return variation_; }
  /// Of the last 10 to 20 s.
  [[nodiscard]] nanoseconds least() const noexcept { return least_; }
  /// An answer that takes longer will hardly come. [one-thread] [rt-safe] O(1)
  [[nodiscard]] nanoseconds longest() const noexcept {
    return smoothed_ + std::max(4 * variation_, precision);
  }

private:
  static constexpr nanoseconds turn{10'000'000'000};

  bool known_ = false;
  nanoseconds smoothed_ = assumed, variation_{0}, least_ = assumed, recent_ = assumed;
  host_time turn_{};
};

} // namespace jamnet::inline v0::toast
