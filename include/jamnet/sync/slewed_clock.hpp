// SPDX-License-Identifier: MIT
//
// The clock that applications read: continuous and strictly increasing.
//
// The best estimate jumps a little with every exchange; a clock must not. This one runs at a rate
// that closes the gap with a time constant of half a second, by at most 500 ppm, which nobody
// hears. A gap beyond 3 ms, as after a split that healed, is closed by up to 5 % instead (25 ms in
// half a second): whoever would rather have it at once, even backwards, allows steps.
#pragma once

#include <cstdint>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/sync/clock_exchange.hpp>
#include <jamnet/time/clock_map.hpp>

namespace jamnet::inline v0 {

struct slew_options {
  double time_constant = 0.5;       ///< s
  double rate = 500e-6;             ///< the most by which the rate is changed …
  nanoseconds large_gap{3'000'000}; ///< … unless the gap is beyond this: …
  double large_gap_rate = 0.05;     ///< … then by this, below 1, …
  bool may_step = false;            ///< … or at once, in either direction
};

template <class Timeline>
class basic_slewed_clock {
public:
  using map_type = clock_map<host_timeline, Timeline>;

  /// [one-thread] [rt-safe] O(1)
  explicit constexpr basic_slewed_clock(const slew_options& options = {}) noexcept
      : options_{options} {}

  /// Follows `best` from `now` on: to be called with each new estimate, and every 100 ms where
  /// none comes. Called less often than once a second, it overshoots; the bound says by how much.
  /// The first call sets the clock. A `now` before that of the last call counts as that one.
  /// [one-thread] [rt-safe] O(1)
  constexpr void follow(const map_type& best, host_time now) noexcept;

  /// Whether follow() was called. [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr bool running() const noexcept { return running_; }

  /// The clock, for times from the last follow() to the next. Its image never runs back from one
  /// map to the next, except where a step was allowed and counted. The bound is that of `best`
  /// plus the gap still open. [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr const map_type& map() const noexcept { return map_; }

  /// Best minus output at the last follow(). [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr nanoseconds gap() const noexcept { return gap_; }
  /// Steps, which only happen where allowed. [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr std::uint64_t steps() const noexcept { return steps_; }
  /// How often a large gap opened. [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr std::uint64_t large_gaps() const noexcept { return large_gaps_; }

private:
  slew_options options_;
  bool running_ = false;
  bool gap_is_large_ = false;
  map_type map_{};
  nanoseconds gap_{};
  std::uint64_t steps_ = 0, large_gaps_ = 0;
};

/// The session's.
using slewed_clock = basic_slewed_clock<session_timeline>;

template <class Timeline>
constexpr void basic_slewed_clock<Timeline>::follow(const map_type& best, host_time now) noexcept {
  if (running_) now = std::max(now, map_.from);
  const map_type target = best.anchored_at(now);
  map_type current = running_ ? map_.anchored_at(now) : target;
  gap_ = detail::wrapping_difference(target.to, current.to);

  const bool was_large = gap_is_large_;
  gap_is_large_ = gap_ > options_.large_gap || gap_ < -options_.large_gap;
  if (gap_is_large_ && !was_large) ++large_gaps_;
  if (gap_is_large_ && options_.may_step) {
    ++steps_;
    current = target;
    gap_ = {};
    gap_is_large_ = false;
  }
  const double gap = static_cast<double>(gap_.count()) + target.residual - current.residual;
  const double most = gap_is_large_ ? options_.large_gap_rate : options_.rate;
  const double change = std::clamp(gap * 1e-9 / options_.time_constant, -most, most);

  // Half a nanosecond would round away from zero, and so backwards.
  current.residual = std::clamp(current.residual, -0.499, 0.499);
  current.skew = target.skew + change;
  current.bound_ns = target.bound_ns + magnitude(gap);
  current.bound_growth = target.bound_growth + magnitude(change);
  map_ = current;
  running_ = true;
}

} // namespace jamnet::inline v0
