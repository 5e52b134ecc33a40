// SPDX-License-Identifier: MIT
//
// What a clock_bridge knows: a snapshot, copied as a whole into an audio callback or a report.
//
// The measured map, ticks to host time, is the best there is and moves a little with every
// reading. The common timeline is for what plays: continuous for both sides (coupled_timelines).
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

#include <jamnet/sync/coupled_timelines.hpp>
#include <jamnet/time/tick_map.hpp>

namespace jamnet::inline v0 {

enum class bridge_state : std::uint8_t {
  unset,     ///< nothing was ever read: there are no times
  following, ///< readings come, and agree
  stopped,   ///< the counter stands still …
  lost       ///< … or cannot be read: the last map holds on, with a bound that grows
};

/// A few words. [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr std::string_view to_string(bridge_state state) noexcept {
  switch (state) {
  case bridge_state::unset: return "unset";
  case bridge_state::following: return "following";
  case bridge_state::stopped: return "the counter stands still";
  case bridge_state::lost: return "the device is lost";
  }
  return "";
}

/// All of these are [any-thread] [rt-safe] [wait-free] O(1).
struct bridge_clock {
  tick_map<host_timeline> map;                    ///< measured, with the soft bound: 99.7 %
  tick_map<bridge_timeline> device;               ///< the common timeline by the counter …
  clock_map<host_timeline, bridge_timeline> host; ///< … and by the host's clock
  double hard_bound_ns = 0;                       ///< at the map's anchor
  double hard_bound_growth = 0;                   ///< ns per ns away from it
  double drift_ppm = 0;  ///< how much faster the counter runs than it claims
  double period_ns = 1;  ///< … a tick lasts
  host_time confirmed{}; ///< when a reading last counted
  bridge_state state = bridge_state::unset;

  [[nodiscard]] constexpr bool usable() const noexcept { return state != bridge_state::unset; }
  /// When the counter showed `ticks`; of all such times the nearest.
  [[nodiscard]] constexpr host_time to_host(std::uint64_t ticks) const noexcept {
    return map(ticks);
  }
  /// What the counter shows at `t`.
  [[nodiscard]] constexpr std::uint64_t to_gpu(host_time t) const noexcept {
    return map.inverse(t);
  }
  /// How wrong these may be, in 99.7 % of cases.
  [[nodiscard]] constexpr nanoseconds bound(host_time t) const noexcept { return map.bound(t); }
  /// … and at most (tick_estimator.hpp says of what).
  [[nodiscard]] constexpr nanoseconds hard_bound(host_time t) const noexcept {
    auto hard = map;
    hard.bound_ns = hard_bound_ns;
    hard.bound_growth = hard_bound_growth;
    return hard.bound(t);
  }
  /// By how much the counter, by the period it claims, is ahead of the host's clock, in µs.
  [[nodiscard]] constexpr double offset_us() const noexcept {
    const double claimed = static_cast<double>(map.from) * period_ns;
    return 1e-3 * (claimed - static_cast<double>(map.to.time_since_epoch().count()));
  }

  // The common timeline, either way from either side.
  [[nodiscard]] constexpr bridge_time to_common(std::uint64_t ticks) const noexcept {
    return device(ticks);
  }
  [[nodiscard]] constexpr bridge_time to_common(host_time t) const noexcept { return host(t); }
  [[nodiscard]] constexpr host_time to_host(bridge_time t) const noexcept {
    return host.inverse()(t);
  }
  [[nodiscard]] constexpr std::uint64_t to_gpu(bridge_time t) const noexcept {
    return device.inverse(t);
  }
};
static_assert(std::is_trivially_copyable_v<bridge_clock>);

} // namespace jamnet::inline v0
