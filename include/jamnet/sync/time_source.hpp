// SPDX-License-Identifier: MIT
//
// Something that tells a time: the session, an audio interface, a GPU, the system, a timecode.
//
// Whatever it is, it says how its time and the host's belong together, how wrong that may be, and
// when it was last heard. Its time may begin anywhere and have a rate of its own: what several are
// worth together is the business of sync/source_manager.hpp.
#pragma once

#include <concepts>
#include <cstdint>

#include <jamnet/time/clock_map.hpp>

namespace jamnet::inline v0 {

struct source_timeline; ///< what a source tells, or a source_manager makes of several
using source_time = time_on<source_timeline>;
using source_map = clock_map<host_timeline, source_timeline>;

struct source_reading {
  source_map map{};      ///< with a soft bound
  host_time confirmed{}; ///< when what the map is made of was last heard
  bool valid = false;    ///< without it there is no time

  /// Whether a clock can say this at `now`: numbers that are some, a rate that is not below zero
  /// or beyond a hundred, an anchor within 104 days, nothing heard of the future.
  /// [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] constexpr bool possible(host_time now) const noexcept;
};

/// A type whose read() says what is known at the present, `now`, without waiting for anything. It
/// fails by a reading that is not valid. [one-thread]
template <class T>
concept time_source = requires(const T& source, host_time now) {
  { source.read(now) } noexcept -> std::same_as<source_reading>;
};

/// A map from the host's time to any other, as that of a source. [any-thread] [rt-safe] O(1)
template <class Timeline>
[[nodiscard]] constexpr source_map
as_source(const clock_map<host_timeline, Timeline>& map) noexcept {
  return {map.from,     source_time{map.to.time_since_epoch()},
          map.residual, map.skew,
          map.bound_ns, map.bound_growth};
}

constexpr bool source_reading::possible(host_time now) const noexcept {
  constexpr std::int64_t far = std::int64_t{1} << 61, near = std::int64_t{1} << 53;
  constexpr std::int64_t soon = 1'000'000'000; // it may have been heard while `now` was passed on
  const auto within = [](std::int64_t x, std::int64_t most) { return x >= -most && x <= most; };
  const auto from = map.from.time_since_epoch().count(),
             heard = confirmed.time_since_epoch().count();
  // What is no number is not between two.
  return within(from, far) && within(map.to.time_since_epoch().count(), far) &&
         within(heard, far) && within(now.time_since_epoch().count(), far) &&
         within((now - map.from).count(), near) && (confirmed - now).count() <= soon &&
         map.residual >= -1 && map.residual <= 1 && map.skew >= -0.999 && map.skew <= 99 &&
         map.bound_ns >= 0 && map.bound_ns <= 0x1p62 && map.bound_growth >= 0 &&
         map.bound_growth <= 1;
}

} // namespace jamnet::inline v0
