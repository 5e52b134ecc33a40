// SPDX-License-Identifier: MIT
//
// When did it happen, on our clock, if a driver stamped it with a clock of its own and delivered it
// later?
//
//     delivery_clock clock{{.longest_delay = 5ms}};
//     received.at = clock.place(stamp, now).at;      // of each delivery, in their order
//
// A delivery may be late, because a buffer had to fill and a thread had to wake, but never early.
// So how the clocks stand to each other is said by what came least late, of those of the last
// seconds: before, they may have stood otherwise. Who is later by some was held up for so long, and
// the stamp says when it was. What even the quickest is late by, nobody can see from here.
#pragma once

#include <cstdint>
#include <utility>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/math.hpp>
#include <jamnet/sync/clock_exchange.hpp>
#include <jamnet/time/timeline.hpp>

namespace jamnet::inline v0 {

struct delivery_options {
  nanoseconds resolution{1'000};         ///< in which the driver counts
  nanoseconds longest_delay{50'000'000}; ///< what is later has another cause: its clock was set
  double skew = 100e-6;                  ///< how much faster or slower its clock may run than ours
  nanoseconds window{4'000'000'000}; ///< how long at least a delivery counts, at most twice that
};

/// A moment, and how wrong it may be, 99 times of 100.
struct placed_delivery {
  host_time at{};
  nanoseconds bound{};
};

class delivery_clock {
public:
  explicit constexpr delivery_clock(const delivery_options& options = {}) noexcept
      : options_{options} {}

  /// Where on our clock the driver's `stamp` was, which was delivered at `now`: not after that, and
  /// not before what it says, as far as the clocks keep to the skew. The bound begins with the
  /// longest delay, and narrows the more deliveries there are to find the quickest among. Any stamp
  /// will do: one that cannot be is a clock that was set. [one-thread] [rt-safe] O(1)
  placed_delivery place(nanoseconds stamp, host_time now) noexcept;

  /// How often the driver's clock was set back, or lost time. [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr std::uint64_t jumps() const noexcept { return jumps_; }

private:
  struct half {          // of what counts
    nanoseconds least{}; // by which ours is ahead of the driver's, delay included …
    host_time when{};    // … and when that was
    host_time begun{};   // the first came
    std::uint64_t count = 0;
  };

  constexpr double growth(nanoseconds time) const noexcept {
    return options_.skew * static_cast<double>(time.count());
  }
  // By how much more than in that half, at the least, ours is `ahead`. Modulo 2^64, because stamps
  // may be anything.
  constexpr nanoseconds late(nanoseconds ahead, const half& h, host_time now) const noexcept {
    const nanoseconds grown{nearest(growth(now - h.when))};
    const auto more = detail::wrapping_difference(host_time{ahead}, host_time{h.least});
    return detail::wrapping_sum(more, -grown);
  }
  nanoseconds bound(host_time now, nanoseconds since_last) const noexcept;

  delivery_options options_;
  half now_, before_;
  host_time last_{}; // delivery
  std::uint64_t jumps_ = 0;
};

inline placed_delivery delivery_clock::place(nanoseconds stamp, host_time now) noexcept {
  const nanoseconds ahead = detail::wrapping_difference(now, host_time{stamp});
  if (now_.count != 0 && now - now_.begun >= options_.window) {
    before_ = now - now_.begun < 2 * options_.window ? now_ : half{}; // that is too old as well
    now_ = {};
  }
  if (now_.count == 0) now_ = {ahead, now, now, 0};
  nanoseconds by = late(ahead, now_, now);
  if (by <= nanoseconds{0}) {
    now_.least = ahead;
    now_.when = now;
    by = {};
  }
  ++now_.count;

  if (before_.count != 0) by = std::max(by, late(ahead, before_, now));
  if (by > 2 * options_.longest_delay + options_.resolution) { // it jumped
    ++jumps_;
    now_ = {ahead, now, now, 1};
    before_ = {};
    by = {};
  }
  const auto since_last = now - std::exchange(last_, now);
  return {now - std::min(by, options_.longest_delay + options_.resolution), bound(now, since_last)};
}

// Of n delays anywhere up to the longest, the least is above 4.6 n-ths of that once in a hundred.
// But what is older has lost by the skew, twice: it was allowed for, and may have been the other
// way. Of deliveries that come at a steady rate this is what the best of both comes to.
inline nanoseconds delivery_clock::bound(host_time now, nanoseconds since_last) const noexcept {
  const auto longest = static_cast<double>(options_.longest_delay.count());
  const auto count = static_cast<double>(now_.count + before_.count);
  const auto begun = before_.count != 0 ? before_.begun : now_.begun;
  const double of_all = 4.6 * longest / count;
  const double of_recent = square_root(4 * 4.6 * growth(now - begun) * longest / count);
  const double error = std::max(of_all, of_recent) + 2 * growth(since_last);
  return options_.resolution + nanoseconds{nearest(std::min(error, longest))};
}

} // namespace jamnet::inline v0
