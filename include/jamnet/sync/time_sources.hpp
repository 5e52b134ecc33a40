// SPDX-License-Identifier: MIT
//
// What this library has of time_source: the host itself, the session, and devices behind a
// clock_bridge, which are GPUs and audio interfaces alike.
#pragma once

#include <jamnet/ring/latest.hpp>
#include <jamnet/sync/bridge_clock.hpp>
#include <jamnet/sync/session_clock.hpp>
#include <jamnet/sync/time_source.hpp>

namespace jamnet::inline v0 {

/// The host's clock: always there, never wrong about itself. The last resort, and a witness to
/// whom the others can be compared anyway.
struct host_source {
  /// [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] constexpr source_reading read(host_time now) const noexcept {
    return {{now, source_time{now.time_since_epoch()}}, now, true};
  }
};

/// The session's clock, `peer::shared_clock()`, which must outlive it. A clock that nobody leads
/// any more is heard of no more, and one that a peer leads by its own clock alone has a bound that
/// grows.
class session_source {
public:
  /// [one-thread] [rt-safe] O(1)
  explicit session_source(const latest<session_clock>& clock) noexcept : clock_{&clock} {}

  /// [any-thread] [rt-safe] O(1)
  [[nodiscard]] source_reading read(host_time) const noexcept {
    const session_clock clock = clock_->read();
    return {as_source(clock.map), clock.map.from, clock.synchronised()};
  }

private:
  const latest<session_clock>* clock_;
};

/// A device, by the common timeline of its bridge, which must outlive it: continuous even where the
/// counter wraps, or begins again. Its pace is the device's if that is the bridge's master (`gpu`,
/// which is the default).
template <class Bridge>
class bridge_source {
public:
  /// [one-thread] [rt-safe] O(1)
  explicit bridge_source(const Bridge& bridge) noexcept : bridge_{&bridge} {}

  /// No time while the device is lost or stands still. [any-thread] [rt-safe] O(1)
  [[nodiscard]] source_reading read(host_time) const noexcept {
    const bridge_clock clock = bridge_->clock();
    return {as_source(clock.host), clock.confirmed, clock.state == bridge_state::following};
  }

private:
  const Bridge* bridge_;
};

static_assert(time_source<host_source> && time_source<session_source>);

} // namespace jamnet::inline v0
