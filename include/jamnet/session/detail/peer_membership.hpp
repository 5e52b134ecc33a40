// SPDX-License-Identifier: MIT
//
// Who is there: finding a session or founding one, opening and losing links, and what of that the
// user is told.
#pragma once

#include <jamnet/session/peer.hpp>

namespace jamnet::inline v0 {

namespace detail {
// Without a secret of its own a peer makes one of its seed, which its id gives away.
inline siphash_key secret_of(const siphash_key& given, std::uint64_t seed) noexcept {
  return given == siphash_key{} ? siphash_key{siphash({seed, 0}, {}), siphash({seed, 1}, {})}
                                : given;
}
} // namespace detail

inline peer::peer(const peer_options& options, host_time now, std::uint64_t seed)
    : options_{options},
      random_{seed},
      self_{.versions = options.versions,
            .peer = options.id ? options.id : peer_id{random_.next() | 1},
            .name = options.name,
            .room = options.room,
            .can = toast::all_of(toast::capability::midi, toast::capability::transport),
            .session = {},
            .udp = options.udp_port,
            .tcp = options.tcp_port},
      arbiter_{self_.peer, options.sync, now, random_.next()},
      cookies_{detail::secret_of(options.secret, seed)},
      stream_secret_{detail::secret_of(options.secret, seed)},
      answers_{64, 64, detail::secret_of(options.secret, ~seed)},
      found_at_{options.found_after == peer_options::never ? host_time::max()
                                                           : now + options.found_after},
      announce_at_{options.announce ? now : host_time::max()},
      group_{options.group},
      agreed_{options.delay.initial, options.latency},
      transport_{self_.peer, options.transport} {
  if (options.relays) group_at(toast::address::relayed(0));
}

inline void peer::connect(const toast::address& where) {
  const bool any = where.via == toast::carrier::any;
  const auto first = any ? where.by(toast::carrier::udp) : where;
  for (const target& t : targets_)
    if (t.where == first) return;
  targets_.push_back({first, toast::back_off{random_.next()}, any});
}

inline void peer::leave() {
  left_ = true;
  announce_at_ = found_at_ = host_time::max();
  targets_.clear();
  strangers_.clear();
  dumps_.clear();
  group_.stop();
  group_.set_audience(false);
  members_.touch_all([](member& m) {
    m.link.sent().leave_new(false, {});
    m.link.leave();
  });
}

inline void peer::tell(peer_change change, const member* about, errc why, std::uint64_t count) {
  peer_status status{.change = change, .why = why, .count = count};
  if (about != nullptr) {
    status.peer = about->link.peer();
    status.name = about->link.name();
  }
  on_peer_(status);
}

inline void peer::found(host_time now) {
  self_.session = {random_.next() | 1};
  detail::transport_desk{*this, now}.begin_anew();
  arbiter_.reset(now);
  arbiter_.found(now);
  members_.touch_all([](member& m) { m.link.announce(); });
  tell(peer_change::founded);
}

// Of peers that meet before there is a session, the one with the least id founds it; the others
// wait once more.
inline bool peer::stands_back(host_time now) noexcept {
  const bool first = std::none_of(members_.begin(), members_.end(), [&](const auto& m) {
    const peer_id who = m->link.is_open() ? m->link.peer() : m->expected;
    return who && who < self_.peer;
  });
  if (first || stood_back_) return false;
  stood_back_ = true;
  await_session(now);
  return true;
}

// A session is there, or will be; if nobody claims to be its master for so long, we found one.
inline void peer::await_session(host_time now) noexcept {
  if (options_.found_after == peer_options::never) return;
  found_at_ = now + std::max(options_.found_after, silent_after);
}

inline void peer::join(session_id session, host_time now) {
  const bool leaves_another = was_synchronised_;
  self_.session = session;
  detail::transport_desk{*this, now}.begin_anew();
  was_synchronised_ = false;
  arbiter_.reset(now);
  sources_at_ = now;
  await_session(now);
  if (leaves_another) tell(peer_change::merged);
}

inline void peer::open(const toast::address& where, peer_id expected, host_time now,
                       std::uint16_t streams) {
  if (members_.size() >= options_.max_peers || find(where) != nullptr) return;
  if (expected && (expected == self_.peer || find(expected) != nullptr)) return;
  const auto attempt = static_cast<std::uint32_t>(random_.next()) | 1;
  add({toast::link{where, attempt, log_.next(), now, limits()}, expected, where}).streams =
      self_.tcp != 0 ? streams : std::uint16_t{0};
}

inline void peer::heard_announcement(const toast::hello& h, toast::address from, host_time now) {
  if (h.peer == self_.peer || h.room != self_.room || !h.versions.common(self_.versions)) return;
  from.via = h.udp != 0 ? toast::carrier::udp : toast::carrier::tcp;
  from.port = h.udp != 0 ? h.udp : h.tcp;
  if (from.port == 0) return;
  // A silent link to where somebody else is now, or to somebody who is elsewhere, is dead.
  const auto dead = [&](const member& m) {
    const bool same = m.link.peer() == h.peer, here = m.link.where() == from;
    return same != here && m.link.is_open() && is_quiet(m, now);
  };
  while (member* const m = members_.touch_if(dead)) {
    gone(*m, peer_change::vanished, {}, now);
    erase(*m);
  }
  open(from, h.peer, now, h.udp != 0 ? h.tcp : std::uint16_t{0});
}

// Judges somebody's wish to open a link. When two open one to each other at the same time, the
// link of the lesser id stands.
inline void peer::heard_hello(const toast::hello& h, const toast::address& from, host_time now) {
  if (!lives_at(h, from, now)) return;
  if (h.peer == self_.peer) return refuse(from, errc::duplicate_peer, now);
  const auto version = h.versions.common(self_.versions);
  if (!version) return refuse(from, errc::version_mismatch, now);
  if (h.room != self_.room) return refuse(from, errc::wrong_room, now);
  if (h.beside) return attach(h, from, now);
  if (h.resume != toast::nothing_to_resume) return resume(h, from, now);
  if (knows(h, from, now)) return;
  if (members_.size() >= options_.max_peers) return refuse(from, errc::room_full, now);
  if (!admits(h.peer, h.name)) return refuse(from, errc::not_admitted, now);

  const auto can = static_cast<toast::capabilities>(h.can & self_.can);
  auto reach = from;
  if (from.via == toast::carrier::tcp) reach.port = h.tcp;
  toast::link link{h, from, *version, can, log_.next(), now, limits()};
  if (options_.stream_beside && self_.tcp != 0 && from.via == toast::carrier::udp)
    link.await_stream(stream_key(h.peer, h.attempt));
  member& m = add({std::move(link), h.peer, reach});
  m.streams = h.tcp;
  opened(m, now);
}

// Whether the HELO came from where it says. If that is not known, its sender is asked to say it
// again with a cookie, and nothing is remembered.
inline bool peer::lives_at(const toast::hello& h, const toast::address& from, host_time now) {
  const bool stream = from.via == toast::carrier::tcp;
  if (stream || options_.trust_addresses || cookies_.knows(h.cookie, from, h.peer, now))
    return true;
  if (strangers_.size() < 16 && answers_.try_take(from, now))
    strangers_.push_back({from, {}, h.peer, {cookies_.make(from, h.peer, now), h.attempt}});
  return false;
}

// Whether the HELO is answered by what is there already; links that it supersedes are removed.
inline bool peer::knows(const toast::hello& h, const toast::address& from, host_time now) {
  for (;;) {
    member* m = find(h.peer);
    if (m == nullptr) m = find(from);
    if (m == nullptr) return false;
    const bool here = m->link.where() == from;
    if (m->link.state() == toast::link::phase::opening) {
      if (self_.peer < h.peer) return true; // ours stands; theirs will see our HELO
    } else if (here && m->link.peer() == h.peer && m->link.attempt() == h.attempt) {
      m->link.welcome_again();
      return true;
    } else if (m->link.is_open() && !is_quiet(*m, now) && !m->link.is_detached()) {
      if (!here) refuse(from, errc::duplicate_peer, now);
      return true; // the link lives: this HELO was long under way, or its sender must wait
    } else if (m->link.is_open()) { // it lost the link, or was started again
      gone(*m, peer_change::vanished, {}, now);
    }
    erase(*m);
  }
}

inline void peer::refuse(const toast::address& to, errc why, host_time now) {
  ++statistics_.refusals;
  const bool stream = to.via == toast::carrier::tcp; // is to be closed, however many come
  if (strangers_.size() < 16 && (stream || answers_.try_take(to, now)))
    strangers_.push_back({to, why});
}

inline void peer::opened(member& m, host_time now) {
  m.joined = true;
  m.whole_since = sources_at_ = now;
  m.transit = adaptive_delay{options_.delay};
  if (m.link.window().next() > 0) lacks_state(m); // it has played already
  std::erase(missed_, m.link.peer());
  for (target& t : targets_) {
    if (!leads_to(t, m.link.where())) continue;
    t.tries.reset();
    t.stream_at = host_time::max();
    members_.touch_all([&](member& other) { // what was tried beside it
      if (&other != &m && other.link.state() == toast::link::phase::opening &&
          leads_to(t, other.link.where()))
        other.link.close();
    });
  }
  if (arbiter_.role() == arbiter_role::master) m.link.announce();
  group_news_ = true;
  tell(peer_change::joined, &m);
  ask_permissions(m, now);
}

inline void peer::heard_claim(const toast::clock_claim& c, peer_id from, session_time their_now,
                              bool they_know, host_time now) {
  if (from != c.claim.master) return; // only a master speaks for itself
  if (const member* const m = find(from); m != nullptr && !m->may_conduct) {
    ++statistics_.claims_denied;
    return;
  }
  if (c.session != self_.session) {
    // Two sessions of one room: the older stays. Ages that nearly agree look different from the
    // two sides; a rivalry that lasts is decided by the ids.
    if (self_.session && arbiter_.synchronised()) {
      constexpr session_time century{nanoseconds{1LL << 61}}; // a session's age is no more
      if (!they_know || their_now < session_time{} || their_now > century) return;
      const bool lasting = rivalry(now) >= nanoseconds{3'000'000'000};
      const auto older = their_now - clock().to_session(now);
      const bool close = older > nanoseconds{-1'000'000'000};
      if (older <= nanoseconds{0} && !(close && lasting && self_.session < c.session)) return;
    } else if (arbiter_.master()) {
      return; // on its way into another
    }
    join(c.session, now);
  }
  const member* const m = find(from);
  const bool estranged = m == nullptr || now - m->whole_since < forget_after;
  if (estranged && they_know && !may_claim(from, their_now, now)) return;
  arbiter_.heard(c.claim, from, now, estranged);
  if (arbiter_.master() == from) adopt_latency(nanoseconds{static_cast<std::int64_t>(c.delay_ns)});
  if (!arbiter_.synchronised()) await_session(now);
}

inline void peer::gone(member& m, peer_change change, errc why, host_time now) {
  if (m.link.is_ready() && m.link.is_stream() && change == peer_change::vanished)
    refuse(m.link.where(), errc::peer_slow, now); // which ends the stream too
  m.link.close();
  if (m.joined) {
    if (change == peer_change::vanished) detail::transport_desk{*this, now}.misses(m);
    release(m, now);
    arbiter_.handle_connection_loss(m.link.peer(), now, change == peer_change::left);
    sources_at_ = now;
  }
  m.joined = false;
  tell(change, &m, why);
}

inline void peer::watch_targets(host_time now) {
  for (target& t : targets_) {
    if (now < next_try(t)) continue;
    const bool stream = t.where.via == toast::carrier::tcp;
    if (now >= t.retry && find(t.where) == nullptr) {
      t.retry = stream ? t.tries.next(now) : now + nanoseconds{1'000'000'000};
      if (t.by_stream_too) t.stream_at = std::min(t.stream_at, now + datagrams_alone);
      open(t.where, {}, now);
    } else {
      t.stream_at = t.tries.next(now);
      open(t.where.by(toast::carrier::tcp), {}, now);
    }
  }
}

inline bool peer::leads_to(const target& t, const toast::address& where) noexcept {
  return where == t.where || (t.by_stream_too && where == t.where.by(toast::carrier::tcp));
}

// By datagrams, and by a stream if those are not answered.
inline host_time peer::next_try(const target& t) const noexcept {
  bool tries = false, tries_stream = false;
  for (const auto& m : members_) {
    const bool there = leads_to(t, m->link.where());
    if (m->link.is_open() && (there || (t.peer && m->link.peer() == t.peer)))
      return host_time::max();
    if (there) (m->link.where() == t.where ? tries : tries_stream) = true;
  }
  return std::min(tries ? host_time::max() : t.retry,
                  tries_stream ? host_time::max() : t.stream_at);
}

inline void peer::watch_members(host_time now) {
  const auto is_closed = [](const member& m) {
    return m.link.state() == toast::link::phase::closed;
  };
  bool any_closed = false;
  members_.touch_due(now, [&](member& m) {
    watch(m, now);
    if (!is_closed(m)) return;
    any_closed = true;
    if (std::exchange(m.joined, false)) release(m, now); // it was we who left
  });
  if (any_closed) {
    for (const auto& m : members_)
      if (is_closed(*m)) hang_up(*m);
    members_.erase_if(is_closed);
    group_news_ = true;
  }
  for (const auto& p : std::exchange(detours_, {})) open(p.where, p.peer, now);
}

inline void peer::watch(member& m, host_time now) {
  m.watched = m.link.heard();
  if (m.link.is_open()) watch_stream(m, now);
  if (m.link.state() == toast::link::phase::opening) {
    const auto tried = now - m.link.born();
    const bool relayed = m.link.where().via == toast::carrier::relayed;
    if (relayed && tried >= toast::link::open_limit) {
      m.link.close(); // the relay knows better who is there, and says so again and again
    } else if (m.streams != 0 && tried >= streams_after) {
      detours_.push_back({m.expected, {m.link.where().ip, m.streams, toast::carrier::tcp}});
      m.link.close();
    } else if (tried >= toast::link::open_limit) {
      gone(m, peer_change::unreachable, {}, now);
    }
  } else if (m.link.is_open() && now - m.link.heard() >= in_this_room(forget_after)) {
    gone(m, peer_change::vanished, {}, now);
  } else if (m.link.is_open() && is_quiet(m, now) && !m.silent) {
    m.silent = true;
    sources_at_ = now;
    group_news_ = true;
    release(m, now);
    tell(peer_change::silent, &m);
  } else if (m.silent && !is_quiet(m, now)) {
    m.silent = false;
    group_news_ = true;
    m.whole_since = sources_at_ = now;
    m.link.report_now(); // in which it is asked for its state
    tell(peer_change::returned, &m);
  } else if (now >= doubts_at(m)) {
    m.doubted_at = now;
    m.link.ask_sign();
  }
}

// When there is something to watch() or to write.
inline host_time peer::next_moment(const member& m) const noexcept {
  if (m.link.state() == toast::link::phase::closed) return host_time::min(); // to be removed
  host_time write_at = m.link.deadline(log_);
  if (m.link.state() == toast::link::phase::opening)
    return std::min(write_at,
                    m.link.born() + (m.streams ? streams_after : toast::link::open_limit));
  if (m.backed != m.link.beside().is_open() || m.diverted != m.link.beside().takes_all())
    return host_time::min();                                            // to be told
  if (m.silent && m.watched != m.link.heard()) return host_time::min(); // it returned
  write_at = std::min({write_at, m.gaps.deadline(), m.link.beside().given_up_at(), doubts_at(m)});
  return std::min(write_at, m.link.heard() + in_this_room(m.silent ? forget_after : silent_after));
}

inline peer::member& peer::add(member m) {
  const auto tag = m.link.where().tag();
  m.repeats = m.link.quality().repeats;
  m.listener = toast::group_listener{options_.group.copies};
  return members_.add(tag, std::move(m));
}

inline void peer::erase(const member& gone) {
  hang_up(gone);
  members_.erase_if([&](const member& m) { return &m == &gone; });
}

inline peer::member* peer::find(const toast::address& where) noexcept {
  return members_.touch_if(where.tag(), [&](const member& m) { return m.link.where() == where; });
}

inline peer::member* peer::find(peer_id id) noexcept {
  return members_.touch_if(
      [&](const member& m) { return id && (m.link.peer() ? m.link.peer() : m.expected) == id; });
}

} // namespace jamnet::inline v0
