// SPDX-License-Identifier: MIT
//
// The session's clock as applications read it: a snapshot, copied as a whole into an audio
// callback or a report. Never steps and never runs back from one snapshot to the next.
#pragma once

#include <type_traits>

#include <jamnet/time/clock_map.hpp>

namespace jamnet::inline v0 {

struct session_clock {
  clock_map<host_timeline, session_timeline> map; ///< with the soft bound: 99 %
  double hard_bound_ns = 0;                       ///< at the map's anchor
  double hard_bound_growth = 0;                   ///< ns per ns away from it
  bool is_synchronised = false;                   ///< without it the times below mean nothing

  [[nodiscard]] constexpr bool synchronised() const noexcept { return is_synchronised; }
  /// [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] constexpr session_time to_session(host_time t) const noexcept { return map(t); }
  [[nodiscard]] constexpr host_time to_host(session_time t) const noexcept {
    return map.inverse()(t);
  }
  /// How wrong a conversion at `t` may be, in 99 % of cases, where the ways there and back differ
  /// by less than a tenth of the round trip. [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] constexpr nanoseconds bound(host_time t) const noexcept { return map.bound(t); }
  [[nodiscard]] constexpr nanoseconds bound(session_time t) const noexcept {
    return map.bound(to_host(t));
  }
  /// How wrong a conversion at `t` can be on any path at all; 31 years where that is not known.
  /// [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] constexpr nanoseconds hard_bound(host_time t) const noexcept {
    auto hard = map;
    hard.bound_ns = hard_bound_ns;
    hard.bound_growth = hard_bound_growth;
    return hard.bound(t);
  }
};
static_assert(std::is_trivially_copyable_v<session_clock>);

} // namespace jamnet::inline v0
