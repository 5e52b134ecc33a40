// SPDX-License-Identifier: MIT
//
// Events to all at once: who hears what this peer sends to the group, and what it hears of theirs.
//
// The group is one more way on which events leave; each link's account still knows what its peer
// has, and sends what the group did not bring. So nothing depends on the group: whoever does not
// hear it, or says so no more, is served alone from where it was.
#pragma once

#include <jamnet/session/peer.hpp>

namespace jamnet::inline v0 {

inline void peer::group_at(const toast::address& where) noexcept {
  if (options_.group.use == toast::group_use::off) return;
  const bool same = group_at_.via == toast::carrier::none || group_at_.via == where.via;
  (same ? group_at_ : other_group_) = where;
  const auto multicast = static_cast<toast::capabilities>(toast::capability::multicast);
  self_.can = static_cast<toast::capabilities>(self_.can | multicast);
}

// A datagram to all. Its frames are counted apart from those of any link.
class peer::group_outlet {
public:
  group_outlet(peer& owner, std::span<std::uint8_t> out, host_time now) noexcept
      : peer_{owner},
        frames_{out.first(std::min(out.size(), toast::datagram_limit - owner.options_.headroom))},
        stamp_{owner.time_stamp(now)} {
    toast::peer_header{peer_.self_.session, peer_.self_.peer, {}}.write(room().data());
    frames_.close(toast::type::peer, stamp_, peer_.group_sequence_, toast::peer_header::size);
  }
  [[nodiscard]] std::span<std::uint8_t> room() const noexcept { return frames_.open(); }
  void close(toast::frame_type type, std::size_t size) noexcept {
    if (std::exchange(empty_, false)) ++peer_.group_sequence_; // for PEER
    frames_.close(type, stamp_, peer_.group_sequence_++, size);
  }
  template <class Message>
  void json(toast::frame_type type, const Message& m) noexcept {
    const auto text = encode(m, {reinterpret_cast<char*>(room().data()), room().size()});
    if (!text.empty()) close(type, text.size());
  }
  [[nodiscard]] bool is_empty() const noexcept { return empty_; }
  [[nodiscard]] std::size_t size() const noexcept { return frames_.written().size(); }

private:
  peer& peer_;
  toast::frame_writer frames_;
  std::int64_t stamp_;
  bool empty_ = true;
};

// ---- what others send

// Only who has a link is heard, and from where that link leads.
inline void peer::take_group_frame(const toast::frame& f, const toast::address& from,
                                   peer_id sender, host_time now) {
  member* const m = find(sender);
  if (m == nullptr || !m->link.is_open() || m->link.where().ip != from.ip) {
    ++statistics_.strangers;
  } else if (!take_group_frame(f, *m, now)) {
    ++statistics_.datagrams_refused;
  }
}

inline bool peer::take_group_frame(const toast::frame& f, member& m, host_time now) {
  m.link.came().count_group(f.sequence);
  if (f.type == toast::type::acknowledge) {
    const auto a = toast::decode_acknowledgement(as_text(f.payload));
    if (a) heard_request(m, *a, now);
    return a.has_value();
  }
  if (f.type == toast::type::midi) {
    m.link.came().heard_group(now);
    take_lines(m, f.payload, now);
  } else if (f.type == toast::type::heartbeat) {
    const auto h = toast::decode_heartbeat(as_text(f.payload));
    if (!h) return false;
    m.link.came().heard_group(now);
    m.link.report().lead_ns = h->lead_ns; // to be known before what is played with it
    m.link.window().announce(h->seq_next);
  } else {
    return false;
  }
  watch_gaps(m, now);
  return true;
}

inline void peer::heard_request(member& from, const toast::acknowledgement& a, host_time now) {
  const std::span wanted{a.want.data(), a.want_count};
  if (a.of == self_.peer) {
    for (const auto& range : wanted) {
      const auto taken = group_.request(range, log_, now, from.link.sent().round_trip().least());
      from.listener.asked(taken);
      statistics_.group_repairs += taken;
    }
  } else if (member* const m = find(a.of); m != nullptr) {
    std::array<toast::seq_range, 8> missing;
    const auto count = m->link.window().want(missing);
    if (toast::covers(wanted, {missing.data(), count})) m->gaps.overheard(now, random_);
  }
}

// What a member says to us alone, about our group datagrams and its own.
inline void peer::heard_report(member& m, host_time now) {
  const toast::heartbeat& h = m.link.report();
  if (h.hears && h.next > 0) m.link.sent().acknowledge({0, h.next - 1}, now);
  if (m.link.came().hears_group(now)) m.link.window().announce(h.seq_next);
  watch_gaps(m, now);
  m.listener.judge(now);
  m.listener.heard(h.group_lost, now);
  group_news_ = true;
}

// Alone, each MIDI frame is acknowledged, and what is missing asked for with that.
inline void peer::watch_gaps(member& m, host_time now) {
  std::array<toast::seq_range, 1> gap;
  const bool missing = m.link.came().hears_group(now) && m.link.window().want(gap) > 0;
  m.gaps.watch(missing, m.link.window().next(), now, random_);
}

// ---- what this one sends

inline bool peer::hears_group(const member& m, host_time now) const noexcept {
  return m.link.is_open() && !m.link.is_stream() && !m.silent && m.link.report().hears &&
         is_reached(m, group_at_) && !m.link.beside().takes_all() && !m.listener.rests(now);
}

// On the local network those whose datagrams do not pass through a relay; at the relay the others.
inline std::size_t peer::audience(const toast::address& group) const noexcept {
  const auto multicast = static_cast<toast::capabilities>(toast::capability::multicast);
  if (group.via == toast::carrier::none) return 0;
  std::size_t n = 0;
  for (const auto& m : members_)
    n += m->link.is_open() && (m->link.can() & multicast) != 0 && is_reached(*m, group) ? 1u : 0u;
  return n;
}

// After anything that may have changed who hears the group.
inline void peer::watch_group(host_time now) {
  if (!group_news_ || group_at_.via == toast::carrier::none || left_) return;
  group_news_ = false;
  const auto enough = std::max<std::size_t>(options_.group.listeners, 1);
  if (audience(group_at_) < enough && audience(other_group_) >= enough) {
    std::swap(group_at_, other_group_);
    group_.stop();
  }
  std::size_t listeners = 0;
  for (const auto& m : members_) listeners += hears_group(*m, now) ? 1u : 0u;
  group_.set_audience(audience(group_at_) >= enough);
  const bool serve = listeners >= enough;
  if (serve && !group_.is_active()) group_.start(log_.next());
  if (!serve && group_.is_active()) group_.stop();
  const auto changes = [&](const member& m) {
    return m.listener.served != (serve && hears_group(m, now));
  };
  while (member* const m = left_ ? nullptr : members_.touch_if(changes))
    serve_by_group(*m, !m->listener.served);
  choose_copies();
}

// As many as who misses most needs.
inline void peer::choose_copies() {
  unsigned copies = 0;
  for (const auto& m : members_)
    if (m->listener.served) copies = std::max(copies, m->listener.copies());
  if (group_.is_active() && group_.set_copies(copies))
    tell(peer_change::repeats_changed, nullptr, {}, copies);
}

inline void peer::serve_by_group(member& m, bool served) {
  m.listener.served = served;
  m.link.sent().leave_new(served && m.link.sent().next() >= group_.next(),
                          served ? heartbeat_ * 5 / 2 : nanoseconds{0});
  if (m.link.is_open()) tell(served ? peer_change::grouped : peer_change::ungrouped, &m);
}

// Which of those served have already been sent all that went before.
inline void peer::align_with_group() {
  members_.touch_all([&](member& m) {
    if (m.listener.served)
      m.link.sent().leave_new(m.link.sent().next() >= group_.next(), heartbeat_ * 5 / 2);
  });
}

inline bool peer::write_group(std::span<std::uint8_t> out, host_time now, datagram& d) {
  if (group_.next() < log_.next()) align_with_group();
  group_outlet to{*this, out, now};
  if (group_.reports(now)) {
    const auto v = view(now);
    to.json(toast::type::heartbeat,
            toast::heartbeat{log_.low(), group_.is_active() ? group_.next() : log_.next(), v.late,
                             v.bound_ns, v.wish_ns, v.lead_ns, v.synchronised});
    group_.reported(now);
  }
  if (const auto size = group_.fill(log_, now, to.room()); size > 0) {
    to.close(toast::type::midi, size);
    carried_by_group(now);
  }
  if (to.is_empty()) return false;
  group_.sent(now);
  ++statistics_.group_datagrams;
  d.to = group_at_;
  d.size = to.size();
  return true;
}

// Who has not said by its second or third heartbeat that it has them gets them alone.
inline void peer::carried_by_group(host_time now) {
  const auto first = group_.first_new(), end = group_.next();
  if (first == end) return;
  members_.touch_all([&](member& m) {
    if (!m.listener.served) return;
    const bool follows = m.link.sent().carried(log_, first, end, now);
    m.link.sent().leave_new(follows, heartbeat_ * 5 / 2);
    if (follows) m.listener.carried(end - first);
  });
}

// Asks for what is missing of a member's events: all, so that others need not, or it alone. Through
// a relay always it: a request to all would be a datagram to each, and come too late to spare them
// theirs.
inline bool peer::write_request(member& m, std::span<std::uint8_t> out, host_time now,
                                datagram& d) {
  const auto& lan = group_at_.via != toast::carrier::relayed ? group_at_ : other_group_;
  const bool alone = m.gaps.asks_alone() || m.link.is_relayed() || lan.via == toast::carrier::none;
  m.gaps.asked(now, random_);
  if (alone) {
    m.link.came().ask(now);
    return false;
  }
  toast::acknowledgement a{.of = m.link.peer()};
  a.want_count = m.link.window().want(a.want);
  group_outlet to{*this, out, now};
  if (a.want_count > 0) to.json(toast::type::acknowledge, a);
  if (to.is_empty()) return false;
  ++statistics_.group_requests;
  d.to = lan;
  d.size = to.size();
  return true;
}

} // namespace jamnet::inline v0
