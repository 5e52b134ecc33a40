// SPDX-License-Identifier: MIT
//
// Links and streams: of links over streams that break, and go on over others; and of streams beside
// the datagrams of a link, which cost it nothing when they break.
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

// ---- beside datagrams

// Told to the one who opened the link, over it. So a stream is let in of whoever hears what is sent
// to it there: in an open room of the listener on the wire too, who could have said the same by
// datagrams; in a sealed one of nobody else.
inline toast::cookie peer::stream_key(peer_id who, std::uint32_t attempt) const noexcept {
  std::array<std::uint8_t, 12> text;
  store_be(text.data(), who.value);
  store_be(text.data() + 8, attempt);
  const auto sum = siphash(stream_secret_, text);
  return {sum != 0 ? sum : 1};
}

// The link was opened from here: so is the stream.
inline void peer::seek_stream(member& m, const toast::welcome& w, host_time now) {
  if (m.link.where().via != toast::carrier::udp) return;
  m.streams = w.tcp;
  if (options_.stream_beside && self_.tcp != 0 && w.tcp != 0 && w.beside)
    m.link.seek_stream(w.beside, w.tcp, now);
}

// Somebody brings a stream for a link that it has. A later one counts, as it knows best which
// lives.
inline void peer::attach(const toast::hello& h, const toast::address& from, host_time now) {
  member* const m = find(h.peer);
  const bool known = m != nullptr && m->link.is_open() && m->link.attempt() == h.attempt &&
                     m->link.beside().admits(h.beside);
  const member* const other = find_beside(from);
  if (!known || from.via != toast::carrier::tcp || find(from) != nullptr ||
      (other != nullptr && other != m))
    return refuse(from, errc::wrong_room, now);
  if (other == nullptr) hang_up(*m);
  m->link.bring_stream(from, now);
}

inline void peer::watch_stream(member& m, host_time now) {
  const toast::stream_beside& s = m.link.beside();
  if (now >= s.given_up_at()) {
    hang_up(m);
    m.link.lose_beside(now);
  }
  const bool news = std::exchange(m.backed, s.is_open()) != s.is_open();
  if (news && !left_) tell(s.is_open() ? peer_change::backed : peer_change::unbacked, &m);
  if (std::exchange(m.diverted, s.takes_all()) == s.takes_all() || left_) return;
  group_news_ = true;
  tell(s.takes_all() ? peer_change::diverted : peer_change::undiverted, &m);
}

// Ends the stream beside a link, if there is one that is not about to be: there may be as many of
// those as members.
inline void peer::hang_up(const member& m) {
  const toast::address& where = m.link.beside().where();
  const bool ends = std::any_of(strangers_.begin(), strangers_.end(),
                                [&](const stranger& s) { return s.where == where; });
  if (m.link.beside().is_connected() && !ends) strangers_.push_back({where, errc::wrong_room});
}

// Where what ends a link is sure to arrive.
inline const toast::address& peer::farewell_to(const member& m) noexcept {
  return m.link.beside().is_trusted() ? m.link.beside().where() : m.link.where();
}

inline peer::member* peer::find_beside(const toast::address& stream) noexcept {
  return members_.touch_if([&](const member& m) { return m.link.beside().where() == stream; });
}

} // namespace jamnet::inline v0
