// SPDX-License-Identifier: MIT
//
// When to try again to reach somebody who is not there: after a quarter of a second, then each time
// twice as long, up to five seconds. Chance keeps those apart who all lost the same server at once.
#pragma once

#include <cstdint>
#include <utility>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/random.hpp>
#include <jamnet/time/timeline.hpp>

namespace jamnet::inline v0::toast {

class back_off {
public:
  static constexpr nanoseconds first{250'000'000};

  explicit back_off(std::uint64_t seed = 0, nanoseconds most = nanoseconds{5'000'000'000}) noexcept
      : random_{seed},
        most_{most} {}

  /// When to try next, if it was tried in vain at `now`: three quarters of the wait later, and by
  /// chance up to all of it. [one-thread] [rt-safe] O(1)
  [[nodiscard]] host_time next(host_time now) noexcept {
    const nanoseconds wait = std::exchange(wait_, std::min(2 * wait_, most_));
    const auto chance = static_cast<std::int64_t>(random_.next() % 256);
    return now + wait * 3 / 4 + wait * chance / 1024;
  }
  /// It was reached. [one-thread] [rt-safe] O(1)
  void reset() noexcept { wait_ = first; }

private:
  random_source random_;
  nanoseconds most_, wait_ = first;
};

} // namespace jamnet::inline v0::toast
