// SPDX-License-Identifier: MIT
//
// Who may do what here, as the application says; and who is shown the door.
#pragma once

#include <jamnet/session/peer.hpp>

namespace jamnet::inline v0 {

inline bool peer::allows(permission what, peer_id who, const short_text& name) {
  if (is_expelled(who)) return false;
  permission_request request{what, who, name};
  on_permission_(request);
  return request.allowed;
}

// Whether somebody may have a link; who may not is told of once, however often it asks.
inline bool peer::admits(peer_id who, const short_text& name) {
  if (allows(permission::admit, who, name)) return true;
  ++statistics_.turned_away;
  if (std::exchange(turned_away_, who) != who)
    on_peer_(peer_status{
        .change = peer_change::turned_away, .peer = who, .name = name, .why = errc::not_admitted});
  return false;
}

inline void peer::ask_permissions(member& m, host_time now) {
  const auto ask = [&](permission what, bool& may) {
    const bool before = std::exchange(may, allows(what, m.link.peer(), m.link.name()));
    if (before && !may)
      on_peer_(peer_status{.change = peer_change::denied,
                           .peer = m.link.peer(),
                           .name = m.link.name(),
                           .denied = what});
  };
  ask(permission::play, m.may_play);
  ask(permission::conduct, m.may_conduct);
  if (!m.may_play) release(m, now);
}

inline void peer::expel(peer_id who) {
  if (!who || who == self_.peer || is_expelled(who)) return;
  if (expelled_.size() >= expelled_limit) expelled_.erase(expelled_.begin());
  expelled_.push_back(who);
  reconsider_ = true;
}

// Asks about everybody again, and parts from those who may not stay.
inline void peer::reconsider(host_time now) {
  if (!std::exchange(reconsider_, false)) return;
  members_.touch_all([&](member& m) {
    if (!m.link.is_open()) return;
    if (allows(permission::admit, m.link.peer(), m.link.name())) return ask_permissions(m, now);
    refuse(farewell_to(m), errc::not_admitted, now);
    ++statistics_.turned_away;
    gone(m, peer_change::turned_away, errc::not_admitted, now);
  });
}

} // namespace jamnet::inline v0
