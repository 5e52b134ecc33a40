// SPDX-License-Identifier: MIT
//
// Who may be in a relay's rooms: registering, being introduced, falling silent, being refused.
#pragma once

#include <jamnet/toast/relay.hpp>

namespace jamnet::inline v0::toast {

namespace detail {

/// Any order of addresses, quick to tell.
[[nodiscard]] constexpr bool comes_before(const address& a, const address& b) noexcept {
  if (a.tag() != b.tag()) return a.tag() < b.tag();
  return a.ip != b.ip ? a.ip < b.ip : a.via < b.via;
}

} // namespace detail

inline void relay::take_own(const address& from, peer_id sender, const frame& f, std::size_t size,
                            host_time now) {
  const auto r = f.type == type::relay ? decode_registration(as_text(f.payload))
                                       : result<registration>{errc::frame_type};
  member* const m = find(from);
  if (r) {
    admit(from, *r, size, now);
  } else if (f.type == type::bye && m != nullptr && m->id == sender) {
    remove(*m);
  } else {
    ++statistics_.malformed;
    if (m == nullptr && from.via == carrier::tcp) refuse(from, {}, errc::wrong_room, size);
  }
}

inline void relay::admit(const address& from, const registration& r, std::size_t size,
                         host_time now) {
  if (from.via != carrier::tcp && !cookies_.knows(r.cookie, from, r.peer, now)) {
    ++statistics_.challenges;
    return reply_to({from, r.peer, {}, cookies_.make(from, r.peer, now)}, size);
  }
  member* m = find(from);
  if (m != nullptr && (m->id != r.peer || m->in->tag != r.room)) {
    remove(*m); // it thought better of it
    m = nullptr;
  }
  if (m == nullptr) {
    if (member* const before = find(r.room, r.peer)) {
      if (before->key != r.key) return refuse(from, r.peer, errc::duplicate_peer, size);
      dismiss(*before, errc::duplicate_peer); // it moved
    }
    if (const auto why = objection(from, find(r.room))) return refuse(from, r.peer, *why, size);
    m = &add(from, r, now);
  }
  m->heard = now;
  introduce_others_to(*m);
}

// Why a newcomer cannot be let in, if so.
inline std::optional<errc> relay::objection(const address& from, const room* in) const noexcept {
  if (in != nullptr && in->members.size() >= limits_.peers_per_room) return errc::room_full;
  if (in == nullptr && rooms_.size() >= limits_.rooms) return errc::limit_exceeded;
  if (members_.size() >= limits_.peers) return errc::limit_exceeded;
  const std::ptrdiff_t same = from.is_v4() ? 16 : 8; // of IPv6, a network of 64 bits
  const auto neighbours = std::count_if(members_.begin(), members_.end(), [&](const auto& m) {
    return std::equal(from.ip.begin(), from.ip.begin() + same, m->where.ip.begin());
  });
  if (static_cast<std::size_t>(neighbours) >= limits_.peers_per_ip) return errc::limit_exceeded;
  return std::nullopt;
}

inline relay::member& relay::add(const address& from, const registration& r, host_time now) {
  room* in = find(r.room);
  if (in == nullptr) {
    const auto at = std::find_if(rooms_.begin(), rooms_.end(),
                                 [&](const auto& other) { return r.room < other->tag; });
    in = rooms_.insert(at, std::make_unique<room>(room{r.room, {limits_.room_burst, now}}))->get();
  }
  const auto at =
      std::lower_bound(members_.begin(), members_.end(), from, [](const auto& m, const address& a) {
        return detail::comes_before(m->where, a);
      });
  member& m = **members_.insert(at, std::make_unique<member>());
  m.where = from;
  m.id = r.peer;
  m.key = r.key;
  m.in = in;
  m.sends = {limits_.burst, now};
  ++statistics_.registrations;
  std::array<std::uint8_t, datagram_limit> bytes;
  introduction news;
  news.peers[news.count++] = {m.id, m.where};
  for (member* const other : in->members) enqueue(*other, introduction_to(*other, news, bytes));
  in->members.push_back(&m);
  return m;
}

inline bytes_view relay::introduction_to(const member& to, const introduction& news,
                                         std::span<std::uint8_t> out) noexcept {
  return out.first(detail::write_own(out, {{}, relay_id, to.id}, type::relay, news));
}

// All of them, at least one datagram: it is the answer.
inline void relay::introduce_others_to(member& m) {
  std::array<std::uint8_t, datagram_limit> bytes;
  introduction news;
  for (const member* const other : m.in->members) {
    if (other == &m) continue;
    news.peers[news.count++] = {other->id, other->where};
    if (news.count < news.peers.size()) continue;
    enqueue(m, introduction_to(m, news, bytes));
    news.count = 0;
  }
  if (news.count > 0 || m.in->members.size() == 1) enqueue(m, introduction_to(m, news, bytes));
}

inline void relay::remove(member& gone) {
  room& in = *gone.in;
  std::erase(in.members, &gone);
  std::erase(waiting_, &gone);
  if (in.members.empty())
    std::erase_if(rooms_, [&](const auto& other) { return other.get() == &in; });
  std::erase_if(members_, [&](const auto& other) { return other.get() == &gone; });
}

// A stream is told why, and closed.
inline void relay::dismiss(member& m, errc why) {
  if (m.is_stream()) refuse(m.where, m.id, why, datagram_limit);
  remove(m);
}

inline void relay::poll(host_time now) {
  if (now < watch_at_) return;
  watch_at_ = now + watch_interval;
  for (std::size_t i = members_.size(); i-- > 0;) {
    if (now - members_[i]->heard < limits_.silence) continue;
    ++statistics_.expired;
    dismiss(*members_[i], errc::wrong_room);
  }
}

inline void relay::refuse(const address& to, peer_id peer, errc why, std::size_t received) {
  ++statistics_.refused;
  reply_to({to, peer, why}, received);
}

// One that would be longer than what was received is not given.
inline void relay::reply_to(const reply& r, std::size_t received) {
  std::array<std::uint8_t, datagram_limit> bytes;
  const bool stream = r.to.via == carrier::tcp;
  if (!stream && (write_reply(bytes, r) > received || replies_.size() >= most_replies)) return;
  if (stream && std::any_of(replies_.begin(), replies_.end(),
                            [&](const reply& other) { return other.to == r.to; }))
    return;
  replies_.push_back(r);
  offered_all_ = false;
}

inline std::size_t relay::write_reply(std::span<std::uint8_t> out, const reply& r) const noexcept {
  const peer_header header{{}, relay_id, r.peer};
  if (r.why == errc{}) {
    introduction challenge;
    challenge.cookie = r.cookie;
    return detail::write_own(out, header, type::relay, challenge);
  }
  return detail::write_own(
      out, header, type::error,
      refusal{r.why, r.why == errc::wrong_room ? "not registered" : short_text{}});
}

inline relay::member* relay::find(const address& where) noexcept {
  const auto at = std::lower_bound(
      members_.begin(), members_.end(), where,
      [](const auto& m, const address& a) { return detail::comes_before(m->where, a); });
  return at != members_.end() && (*at)->where == where ? at->get() : nullptr;
}

inline relay::room* relay::find(room_tag tag) noexcept {
  const auto at = std::lower_bound(rooms_.begin(), rooms_.end(), tag,
                                   [](const auto& r, room_tag t) { return r->tag < t; });
  return at != rooms_.end() && (*at)->tag == tag ? at->get() : nullptr;
}

inline relay::member* relay::find(room_tag tag, peer_id id) noexcept {
  const room* const in = find(tag);
  if (in == nullptr) return nullptr;
  const auto at = std::find_if(in->members.begin(), in->members.end(),
                               [&](const member* m) { return m->id == id; });
  return at != in->members.end() ? *at : nullptr;
}

} // namespace jamnet::inline v0::toast
