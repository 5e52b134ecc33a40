// SPDX-License-Identifier: MIT
//
// How time passes for simulated peers: from event to event.
//
// How time is cut into calls changes nothing: looking at peers does not disturb them.
//
// A peer has one alarm that counts. It is set for the peer's deadline, as far as its clock's rate
// tells, and only ever replaced by an earlier one: when it rings too early, it is set again.
#pragma once

#include <jamnet/testing/sim_peers.hpp>

namespace jamnet::inline v0::testing {

inline sim_peer& sim_peers::add_peer(const sim_peer_options& options) {
  peer_options all = options.more;
  all.name = options.name;
  all.room = options.room;
  const auto where = network_.add_node();
  const std::size_t number = network_.nodes() - 1;
  all.udp_port = where.port;
  const host_time start{nanoseconds{static_cast<std::int64_t>(random_.next() >> 12)}};
  clock_drift drift = options.clock;
  drift.seed = random_.next();
  const sim_platform platform{sim_clock{now_, drift, start}, where, woken_, number};
  peers_.push_back({number, sim_peer{all, random_.next(), platform}});
  nodes_.resize(number + 1);
  nodes_[number] = &peers_.back();
  peers_.back().peer.machine().group_at(toast::address::everybody());
  return peers_.back().peer;
}

inline void sim_peers::run_for(nanoseconds duration) {
  const sim_time end = now_ + duration;
  for (node& n : peers_)
    if (n.peer.carried().deadline() != n.due) attend(n); // its user did something
  for (;;) {
    while (!woken_.empty()) {
      node* const n = nodes_[woken_.back()];
      woken_.pop_back();
      if (n != nullptr) attend(*n);
    }
    const sim_time arrival = network_.next_arrival().value_or(never);
    const sim_time look = alarms_.empty() ? never : alarms_.front().at;
    if (std::min(arrival, look) > end) break;
    now_ = std::min(arrival, look);
    if (arrival < look)
      deliver();
    else
      ring();
  }
  now_ = end;
}

inline void sim_peers::deliver() {
  const auto d = network_.deliver();
  node* const n = d.node < nodes_.size() ? nodes_[d.node] : nullptr;
  if (n == nullptr) {
    for (const host& h : hosts_)
      if (h.number == d.node) return h.take(d.from, d.bytes);
    return;
  }
  if (n->is == state::awake) {
    n->peer.carried().receive(d.from, d.bytes, n->peer.platform().clock().now(), {});
    attend(*n);
  } else if (n->is == state::stalled && n->waiting.size() < socket_buffer) {
    n->waiting.push_back({d.from, {d.bytes.begin(), d.bytes.end()}});
  }
}

inline void sim_peers::ring() {
  std::pop_heap(alarms_.begin(), alarms_.end(), later);
  const alarm a = alarms_.back();
  alarms_.pop_back();
  node* const n = nodes_[a.node];
  if (n == nullptr || n->alarm != a.at) return;
  n->alarm = never;
  if (n->is != state::awake && now_ >= n->asleep_until) wake_up(*n);
  attend(*n);
}

inline void sim_peers::sleep(sim_peer& p, nanoseconds duration, state how) {
  JAMNET_EXPECTS(duration >= nanoseconds::zero());
  node& n = node_of(p);
  n.is = how;
  n.asleep_until = now_ + duration;
  set_alarm(n);
}

inline void sim_peers::wake_up(node& n) {
  if (n.is == state::suspended) n.peer.platform().clock().start();
  n.is = state::awake;
  for (const letter& l : n.waiting)
    n.peer.carried().receive(l.from, l.bytes, n.peer.platform().clock().now(), {});
  n.waiting.clear();
}

// After anything that may have given it something to do.
inline void sim_peers::attend(node& n) {
  n.due = n.peer.carried().deadline();
  if (n.is == state::awake && n.due <= n.peer.platform().clock().now()) {
    serve(n);
    n.due = n.peer.carried().deadline();
  }
  set_alarm(n);
}

// Has it do what is due, and carries what it has to say.
inline void sim_peers::serve(node& n) {
  std::array<std::uint8_t, toast::datagram_limit> bytes;
  peer::datagram d;
  auto& machine = n.peer.carried();
  const auto here = n.peer.platform().clock().now();
  machine.poll(here);
  while (machine.write(bytes, here, d))
    network_.send(n.peer.platform().where(), d.to, bytes_view{bytes}.first(d.size), now_);
}

inline void sim_peers::set_alarm(node& n) {
  const sim_time at = next_look(n);
  if (at >= n.alarm) return;
  n.alarm = at;
  alarms_.push_back({at, n.number});
  std::push_heap(alarms_.begin(), alarms_.end(), later);
}

// At least a microsecond on, since a clock that wanders makes the way from its deadline to true
// time inexact; and at most an hour, which keeps the numbers small.
inline sim_time sim_peers::next_look(const node& n) const noexcept {
  if (n.is != state::awake) return n.asleep_until;
  const sim_clock& clock = n.peer.platform().clock();
  if (clock.stands()) return never;
  constexpr nanoseconds least{1'000}, most{3'600'000'000'000};
  const auto here = clock.now();
  const auto due = std::clamp(n.due, here, here + most);
  const double wait = static_cast<double>((due - here).count()) / (1 + clock.skew_ppm() * 1e-6);
  return now_ + std::max(least, nanoseconds{static_cast<std::int64_t>(wait) + 1});
}

} // namespace jamnet::inline v0::testing
