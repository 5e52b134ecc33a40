// SPDX-License-Identifier: MIT
//
// Datagrams in, datagrams out, and when: the peer as its carrier sees it.
#pragma once

#include <jamnet/session/peer.hpp>

namespace jamnet::inline v0 {

// What the frames of one link's peer mean to this one.
class peer::frame_handler {
public:
  frame_handler(peer& owner, member& m, peer_id sender, host_time now) noexcept
      : peer_{owner},
        member_{m},
        sender_{sender},
        now_{now} {}

  void opened(const toast::welcome& w) {
    if (w.peer == peer_.self_.peer) return member_.link.leave();
    // Each side may have opened one, to another of the other's addresses: the lesser id's stands,
    // and both sides close the other one in silence.
    if (member* const other = other_link_to(w.peer)) {
      if (w.peer < peer_.self_.peer) return member_.link.close();
      other->link.close();
      other->joined = false;
      member_.joined = true;
      member_.notes = other->notes;
      member_.controls = other->controls;
      if (member_.link.window().next() > 0) peer_.lacks_state(member_);
      return peer_.seek_stream(member_, w, now_);
    }
    if (w.version < peer_.self_.versions.min || w.version > peer_.self_.versions.max)
      return peer_.gone(member_, peer_change::refused, errc::version_mismatch, now_);
    if (!peer_.admits(w.peer, w.name)) {
      peer_.refuse(member_.link.where(), errc::not_admitted, now_);
      return member_.link.close();
    }
    if (w.session && !peer_.self_.session) peer_.join(w.session, now_);
    peer_.opened(member_, now_);
    peer_.seek_stream(member_, w, now_);
    meet({w.peers.data(), w.peer_count});
  }
  void closed(const toast::refusal& why) {
    const bool left = why.code == errc{};
    if (member_.link.is_detached()) // the link is not known there any more: a new one then
      return peer_.gone(member_, peer_change::vanished, why.code, now_);
    auto& targets = peer_.targets_;
    if (why.code == errc::duplicate_peer && other_link_to(sender_) != nullptr) {
      for (target& t : targets) // reached by another way, and again only if that is lost
        if (leads_to(t, member_.link.where())) t.peer = sender_;
      return;
    }
    const auto beside = [&](const target& t) {
      return t.by_stream_too && t.where.by(toast::carrier::tcp) == member_.link.where();
    };
    if (why.code == errc::duplicate_peer && std::any_of(targets.begin(), targets.end(), beside))
      return; // the datagrams were heard there, and will be answered
    if (!left && why.code != errc::peer_slow) // it would say the same again
      std::erase_if(targets, [&](const target& t) { return leads_to(t, member_.link.where()); });
    peer_.gone(member_, left ? peer_change::left : peer_change::refused, why.code, now_);
  }
  void clock_answered(const toast::clock_answer& a, host_time arrived) {
    peer_.arbiter_.answered({a.asked, a.received, a.answered, arrived}, nanoseconds{a.bound_ns},
                            a.hops, member_.link.peer(), now_);
  }
  void claimed(const toast::clock_claim& c, session_time their_now, bool they_know) {
    peer_.heard_claim(c, member_.link.peer(), their_now, they_know, now_);
    if (c.session == peer_.self_.session) meet({c.peers.data(), c.peer_count});
  }
  void midi(bytes_view ndjson, host_time now) {
    peer_.take_lines(member_, ndjson, now);
    peer_.watch_gaps(member_, now);
  }
  void transport(bytes_view ndjson, host_time now) {
    detail::transport_desk{peer_, now}.heard(member_, ndjson);
  }
  void gave_up(std::uint64_t seq_low, host_time now) {
    peer_.gave_up(member_, seq_low, now);
    peer_.heard_report(member_, now);
    detail::transport_desk{peer_, now}.heard_report(member_);
    if (member_.link.report().recall) peer_.asked_for_state(member_, now);
  }

private:
  void meet(std::span<const toast::known_peer> others) {
    for (const toast::known_peer& p : others)
      if (p.where.port != 0) peer_.open(p.where, p.peer, now_, p.streams);
  }
  [[nodiscard]] member* other_link_to(peer_id id) noexcept {
    return peer_.members_.touch_if([&](const member& m) {
      return &m != &member_ && id && m.link.is_open() && m.link.peer() == id;
    });
  }

  peer& peer_;
  member& member_;
  peer_id sender_; // as the datagram says; 0 on a stream
  host_time now_;
};

inline void peer::receive(const toast::address& from, bytes_view frames, host_time now,
                          nanoseconds waited) {
  toast::peer_header header{{}, {}, self_.peer}; // a stream has none
  for (bool first = true; !frames.empty() && !left_; first = false) {
    const auto f = toast::read_frame(frames);
    if (!f) {
      ++statistics_.datagrams_refused;
      break;
    }
    if (first && from.via != toast::carrier::tcp) {
      const auto read = toast::decode_peer_header(f->payload);
      if (f->type != toast::type::peer || !read ||
          (read->destination && read->destination != self_.peer)) {
        ++statistics_.datagrams_refused;
        return;
      }
      header = *read;
    }
    take_frame(*f, from, header, now, waited);
    frames = frames.subspan(f->size());
  }
  watch_timing(now);
  watch_group(now);
  members_.settle(moments());
}

inline void peer::take_frame(const toast::frame& f, const toast::address& from,
                             const toast::peer_header& header, host_time now, nanoseconds waited) {
  const bool wish = f.type == toast::type::announce || f.type == toast::type::hello;
  if (wish) {
    const auto h = toast::decode_hello(as_text(f.payload));
    const bool padded = from.via == toast::carrier::tcp || f.type == toast::type::announce ||
                        options_.trust_addresses || f.payload.size() >= toast::hello_padding;
    if (!h || !padded || (header.sender && h->peer != header.sender))
      ++statistics_.datagrams_refused;
    else if (f.type == toast::type::announce)
      heard_announcement(*h, from, now);
    else
      heard_hello(*h, from, now);
    return;
  }
  // Our own multicast comes back; but who has our id by mistake is told so, and so are we.
  const bool is_answer = f.type == toast::type::error || f.type == toast::type::challenge;
  if (header.sender == self_.peer && !is_answer) return;
  const bool to_all = from.via != toast::carrier::tcp && !header.destination;
  if (to_all && f.type == toast::type::peer) return; // as every HELO and ANNO begins
  if (to_all && !is_answer) return take_group_frame(f, from, header.sender, now);
  member* m = find(from);
  auto by = toast::way::datagrams;
  if (m == nullptr && from.via == toast::carrier::tcp) {
    m = find_beside(from);
    by = toast::way::stream;
  }
  if (m != nullptr && !(header.sender && m->link.peer() && m->link.peer() != header.sender)) {
    if (f.type == toast::type::clock_question) asked_for_time(*m, now);
    m->link.receive(f, now, frame_handler{*this, *m, header.sender, now}, waited, by);
    watch_redundancy(*m);
  } else if (f.type != toast::type::peer) {
    ++statistics_.strangers;
  }
}

inline void peer::disconnected(const toast::address& connection, host_time now) {
  member* const m = find(connection);
  if (m == nullptr) {
    if (member* const other = find_beside(connection)) other->link.lose_beside(now);
    return members_.settle(moments());
  }
  if (m->link.state() == toast::link::phase::closed) return;
  if (m->link.is_open()) {
    if (!m->link.is_detached()) m->link.lose_stream(now);
    return members_.settle(moments());
  }
  gone(*m, m->joined ? peer_change::vanished : peer_change::unreachable, {}, now);
}

inline void peer::hold(const toast::address& connection, bool held) noexcept {
  if (member* const m = find(connection)) return m->link.hold(held);
  if (member* const m = find_beside(connection)) m->link.hold_beside(held);
}

inline void peer::poll(host_time now) {
  reconsider(now);
  watch_targets(now);
  watch_members(now);
  if (left_) return;
  feed_sysex(now);
  if (now >= recall_at_) recall(now);
  if (now >= found_at_ && !arbiter_.synchronised() && !stands_back(now)) found(now);
  arbiter_.poll(now, static_cast<std::uint32_t>(members_.size() + 1), in_company(now));
  if (now >= sources_at_) choose_sources(now);
  watch_timing(now);
  watch_group(now);
  transport_.expire(clock().to_session(now));
}

// When to ask for a sign of life. A stream loses nothing, and to ask does not speed it up.
inline host_time peer::doubts_at(const member& m) const noexcept {
  if (m.silent || !m.link.is_ready() || m.link.is_stream()) return host_time::max();
  return std::max(m.link.heard() + in_this_room(doubted_after), m.doubted_at + heartbeat_ / doubts);
}

inline host_time peer::deadline() const noexcept {
  if (!strangers_.empty() || reconsider_ || may_feed()) return host_time::min();
  host_time at = std::min({found_at_, announce_at_, group_.deadline(log_)});
  if (!left_) at = std::min({at, recall_at_, arbiter_.deadline(), sources_at_});
  for (const target& t : targets_) at = std::min(at, next_try(t));
  return std::min(at, members_.earliest(moments()));
}

inline toast::sender_view peer::view(host_time now) const noexcept {
  const auto bound = arbiter_.best_bound(now);
  return {
      .self = self_,
      .synchronised = arbiter_.synchronised(),
      .clock = arbiter_.best(),
      .bound_ns = static_cast<std::uint32_t>(
          std::min<std::int64_t>(bound.count(), std::numeric_limits<std::uint32_t>::max())),
      .hops = arbiter_.hops(),
      .claim = {self_.session, arbiter_.announced(), static_cast<std::uint64_t>(latency().count())},
      .late = statistics_.events_late,
      .wish_ns = static_cast<std::uint64_t>(wish_.count()),
      .lead_ns = now < irregular_until_ ? 0 : static_cast<std::uint64_t>(latency().count()),
      .transport = transport_.stamp(),
      .heartbeat = heartbeat_,
      .datagram_limit = toast::datagram_limit - options_.headroom,
      .pads_hello = !options_.trust_addresses};
}

inline bool peer::write(std::span<std::uint8_t> out, host_time now, datagram& d) {
  JAMNET_EXPECTS(out.size() + options_.headroom >= toast::datagram_limit);
  d = {};
  if (group_.deadline(log_) <= now && write_group(out, now, d)) return true;
  members_.settle(moments());
  const bool asking = asks_somebody();
  const auto asked = [&](const member& m) {
    return asking && m.link.is_ready() && arbiter_.asks(m.link.peer());
  };
  const auto write = [&](member& m) { return write_to(m, out, now, asked(m), d); };
  const bool due = asking || members_.earliest(moments()) <= now;
  if (due && members_.serve(now, asked, write)) return true;
  if (!strangers_.empty())
    d.size = write_stranger(out, d);
  else if (now >= announce_at_) {
    d.to = toast::address::everybody();
    d.size = write_announcement(out, now);
  }
  return d.size > 0;
}

inline bool peer::write_to(member& m, std::span<std::uint8_t> out, host_time now, bool ask,
                           datagram& d) {
  if (m.gaps.deadline() <= now && write_request(m, out, now, d)) return true;
  std::array<char, toast::datagram_limit> room;
  shared_transport::told_lines told;
  if (m.link.transport_at() <= now) told = detail::transport_desk{*this, now}.write(m, room);
  if (!ask && m.link.deadline(log_) > now) return false;
  std::array<toast::known_peer, std::tuple_size_v<decltype(toast::welcome::peers)>> others;
  std::size_t count = 0;
  if (m.link.introduces())
    for (const auto& o : members_)
      if (&*o != &m && o->link.is_open() && o->reach.port != 0 && !o->reach.is_link_local() &&
          count < others.size())
        others[count++] = {o->link.peer(), o->reach,
                           o->reach.via == toast::carrier::udp ? o->streams : std::uint16_t{0}};
  if (m.link.reports(now)) wish_ = wish(now);
  auto self = view(now);
  self.transport_lines = told.lines;
  d.size = m.link.write(out, now, self, log_, {others.data(), count}, ask);
  if (!told.lines.empty()) detail::transport_desk{*this, now}.wrote(m, told);
  if (d.size == 0) return false;
  if (ask) arbiter_.asked(m.link.peer(), now);
  d.to = m.link.destination();
  d.last = m.link.state() == toast::link::phase::closed;
  return true;
}

inline std::size_t peer::write_stranger(std::span<std::uint8_t> out, datagram& d) {
  const stranger s = strangers_.back();
  strangers_.pop_back();
  d.to = s.where;
  d.last = !s.who;
  toast::frame_writer to{out};
  const bool stream = s.where.via == toast::carrier::tcp;
  if (!stream) {
    toast::peer_header{self_.session, self_.peer, s.who}.write(to.open().data());
    to.close(toast::type::peer, toast::not_synchronised, 0, toast::peer_header::size);
  }
  const std::span<char> room{reinterpret_cast<char*>(to.open().data()), to.open().size()};
  const auto text = s.who ? encode(s.challenge, room) : encode(toast::refusal{s.why, {}}, room);
  to.close(s.who ? toast::type::challenge : toast::type::error, toast::not_synchronised,
           stream ? 0 : 1, text.size());
  return to.written().size();
}

inline std::int64_t peer::time_stamp(host_time now) const noexcept {
  return arbiter_.synchronised() ? arbiter_.best()(now).time_since_epoch().count()
                                 : toast::not_synchronised;
}

inline std::size_t peer::write_announcement(std::span<std::uint8_t> out, host_time now) {
  announce_at_ = now + nanoseconds{++announcements_ < 5 ? 1'000'000'000 : 5'000'000'000};
  toast::frame_writer to{out};
  toast::peer_header{self_.session, self_.peer, {}}.write(to.open().data());
  const auto stamp = time_stamp(now);
  to.close(toast::type::peer, stamp, 0, toast::peer_header::size);
  const auto room = to.open();
  const auto text = encode(self_, {reinterpret_cast<char*>(room.data()), room.size()});
  to.close(toast::type::announce, stamp, 1, text.size());
  return to.written().size();
}

} // namespace jamnet::inline v0
