// SPDX-License-Identifier: MIT
//
// What the layers under a peer tell it: who moved, whom they kept out, whom a relay introduced.
#pragma once

#include <jamnet/session/peer.hpp>

namespace jamnet::inline v0 {

inline void peer::moved(const toast::address& from, const toast::address& to, host_time now) {
  member* const m = find(from);
  if (m == nullptr || from == to) return;
  if (member* const other = find(to)) { // who is not there any more
    gone(*other, peer_change::vanished, {}, now);
    erase(*other);
  }
  for (target& t : targets_)
    if (t.where == from) t.peer = m->link.peer();
  if (m->reach == from) m->reach = to;
  m->link.move(to);
  members_.retag(to.tag(), [&](const member& other) { return &other == m; });
  members_.settle(moments());
}

inline void peer::turned_away(peer_id who, errc why) {
  ++statistics_.turned_away;
  if (why == errc::not_admitted) expel(who); // as another member said
  on_peer_(peer_status{.change = peer_change::turned_away, .peer = who, .why = why});
}

inline void peer::introduced(const toast::known_peer& who, host_time now) {
  if (!left_) open(toast::address::relayed(who.peer.value), who.peer, now);
}

inline void peer::rerouted(const toast::address& where, bool direct, host_time now) {
  member* const m = find(where);
  if (m == nullptr || m->link.is_relayed() != direct) return;
  m->link.reroute(direct, now);
  group_news_ = true;
  if (m->link.is_open()) tell(direct ? peer_change::direct : peer_change::relayed, m);
  members_.settle(moments());
}

inline void peer::refused(peer_id by, errc why) {
  const bool silent = why == errc::address_unavailable;
  on_peer_({.change = silent ? peer_change::unreachable : peer_change::refused,
            .peer = by,
            .name = "the relay",
            .why = why});
}

} // namespace jamnet::inline v0
