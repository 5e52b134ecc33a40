// SPDX-License-Identifier: MIT
//
// One latency for all: each member measures how long what others play takes to arrive and says
// what it needs; the master agrees to the most of it, and its claim tells everybody.
#pragma once

#include <jamnet/session/peer.hpp>

namespace jamnet::inline v0 {

// What we need to hear in time all who play; 0 when nobody does.
inline nanoseconds peer::wish(host_time now) const noexcept {
  nanoseconds most{0};
  for (const auto& m : members_)
    if (m->plays && m->link.is_open() && !m->silent)
      most = std::max(most, m->transit.delay(clock().bound(now)));
  return most > nanoseconds{0} ? most + options_.ahead : most;
}

inline void peer::agree_on_latency(host_time now) {
  const session_time at = clock().to_session(now);
  nanoseconds most = wish(now);
  for (const auto& m : members_)
    if (m->link.is_open() && !m->silent)
      most = std::max(most, nanoseconds{static_cast<std::int64_t>(m->link.report().wish_ns)});
  const nanoseconds before = latency();
  if (most > nanoseconds{0}) agreed_.agree({&most, 1}, at);
  if (latency() != before) latency_changed();
}

inline void peer::adopt_latency(nanoseconds latency) {
  if (latency <= nanoseconds{0} || latency == agreed_.delay()) return;
  agreed_ = agreed_delay{latency, options_.latency};
  latency_changed();
}

// The others hear of our lead before they hear what is played with it.
inline void peer::latency_changed() {
  members_.touch_all([](member& m) { m.link.report_now(); });
  group_.report_now();
  tell(peer_change::latency_changed, nullptr, {}, static_cast<std::uint64_t>(latency().count()));
}

} // namespace jamnet::inline v0
