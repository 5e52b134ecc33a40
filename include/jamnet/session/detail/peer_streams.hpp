// SPDX-License-Identifier: MIT
//
// Streams that break, and links that go on over others.
#pragma once

#include <jamnet/session/peer.hpp>

namespace jamnet::inline v0 {

// Somebody goes on with a link whose stream it lost, over a new one. Whether this side has noticed
// that loss or not, the new stream counts.
inline void peer::resume(const toast::hello& h, const toast::address& from, host_time now) {
  const member* const other = find(from);
  member* const m = find(h.peer);
  const bool known = m != nullptr && m->link.is_open() && m->link.is_stream() &&
                     m->link.attempt() == h.attempt && !m->link.is_opener();
  if (!known || from.via != toast::carrier::tcp || (other != nullptr && other != m))
    return refuse(from, errc::wrong_room, now);
  if (!m->link.is_detached() && m->link.where() != from)
    refuse(m->link.where(), errc::duplicate_peer, now);
  m->link.resume(from, h.resume, now);
  m->reach = from;
  m->reach.port = h.tcp;
  members_.retag(from.tag(), [&](const member& each) { return &each == m; });
}

} // namespace jamnet::inline v0
