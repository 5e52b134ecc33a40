// SPDX-License-Identifier: MIT
//
// Who keeps the time: whom this peer asks for it, whose claims it listens to, and what of that the
// user is told.
#pragma once

#include <jamnet/session/peer.hpp>

namespace jamnet::inline v0 {

// Who answers us, and who are our witnesses: chosen anew when somebody comes or goes, and the
// witnesses now and then, so that in time everybody is heard.
inline void peer::choose_sources(host_time now) {
  sources_at_ = now + witness_term;
  witnesses_.clear();
  for (const auto& m : members_)
    if (m->link.is_open() && !m->silent && m->link.peer() != arbiter_.master())
      witnesses_.push_back(m->link.peer());
  std::sort(witnesses_.begin(), witnesses_.end());
  arbiter_.ask_instead(clock_parent(self_.peer, witnesses_), now);

  std::erase(witnesses_, arbiter_.source());
  const std::size_t seats = std::min(witnesses_.size(), clock_jury::seats);
  for (std::size_t i = 0; i < seats; ++i)
    std::swap(witnesses_[i], witnesses_[i + random_.next() % (witnesses_.size() - i)]);
  witnesses_.resize(seats);
  arbiter_.call_witnesses(witnesses_, now);
}

// Spares looking at them all: only these can be asked.
inline bool peer::asks_somebody() const noexcept {
  return arbiter_.asks(arbiter_.source()) ||
         std::any_of(witnesses_.begin(), witnesses_.end(),
                     [&](peer_id id) { return arbiter_.asks(id); });
}

// Whether any member but the master was heard lately: who hears nobody is cut off itself.
inline bool peer::in_company(host_time now) const noexcept {
  constexpr nanoseconds lately{600'000'000}; // a heartbeat, and some patience; of many, one is
  return std::any_of(members_.begin(), members_.end(), [&](const auto& m) {
    return m->link.is_open() && m->link.peer() != last_master_ && now - m->link.heard() < lately;
  });
}

// Heartbeats go from everybody to everybody. So that nobody sends more than 64 a second, their
// interval grows with the room, and silence with it. The master's claim tells all the same number;
// an absurd one makes nobody immortal.
inline void peer::keep_pace(host_time now) {
  constexpr std::int64_t small = 32, most = 1024;
  const auto members = std::clamp<std::int64_t>(arbiter_.claim().members, small, most);
  const nanoseconds before = std::exchange(heartbeat_, heartbeat * members / small);
  if (before == heartbeat_) return;
  members_.touch_all([&](member& m) { m.link.report_by(now + heartbeat_); });
}

inline void peer::watch_timing(host_time now) {
  keep_pace(now);
  if (arbiter_.take_claim()) {
    agree_on_latency(now);
    members_.touch_all([](member& m) { m.link.announce(); });
  }
  if (arbiter_.take_new_clock()) {
    detail::transport_desk{*this, now}.watch_clock();
    shared_clock_->store(clock());
  }
  if (const auto change = arbiter_.take_change()) why_master_ = *change;
  if (arbiter_.master() != last_master_) {
    last_master_ = arbiter_.master();
    const member* m = find(last_master_);
    sources_at_ = host_time::min();
    detail::transport_desk{*this, now}.master_changed();
    if (last_master_)
      on_peer_(peer_status{.change = peer_change::master_changed,
                           .peer = last_master_,
                           .name = m != nullptr ? m->link.name() : self_.name,
                           .reason = why_master_});
  }
  if (const auto report = arbiter_.take_report()) {
    using kind = sync_report::kind;
    tell(report->what == kind::rejoined   ? peer_change::rejoined
         : report->what == kind::outvoted ? peer_change::outvoted
                                          : peer_change::doubted,
         find(report->peer));
  }
  if (arbiter_.synchronised() && !was_synchronised_) {
    was_synchronised_ = true;
    stood_back_ = false;
    found_at_ = host_time::max();
    tell(peer_change::synchronised);
  }
}

// How long another session, or another timeline of ours, has been claimed.
inline nanoseconds peer::rivalry(host_time now) noexcept {
  if (now - rival_heard_ > nanoseconds{1'000'000'000}) rival_since_ = now;
  rival_heard_ = now;
  return now - rival_since_;
}

// Halves of a session that were apart differ by what their clocks drifted. Who is off by more has
// slept, or its clock stepped, and must not take the others with it, whatever its epoch: it is not
// listened to by those who have a master, and is followed by nobody. So the one to give in is the
// master that nobody asks for the time. If both are followed, the greater claim prevails after all.
inline bool peer::may_claim(peer_id from, session_time their_now, host_time now) noexcept {
  if (!arbiter_.synchronised() || !arbiter_.master() || arbiter_.master() == from) return true;
  const auto off = detail::wrapping_difference(their_now, clock().to_session(now));
  if (off <= options_.sync.rejoin_gap && off >= -options_.sync.rejoin_gap) return true;
  if (arbiter_.role() == arbiter_role::follower) return false;
  const bool followed = now - followed_at_ < nanoseconds{5'000'000'000};
  if (!followed) arbiter_.give_up();
  return !followed || rivalry(now) >= nanoseconds{10'000'000'000};
}

// Followers ask in trains, witnesses once in a while.
inline void peer::asked_for_time(member& m, host_time now) noexcept {
  if (now - m.asked_at < nanoseconds{600'000'000}) followed_at_ = now;
  m.asked_at = now;
}

} // namespace jamnet::inline v0
