// SPDX-License-Identifier: MIT
//
// Peers on a simulated network, each with a clock of its own that errs, all in virtual time: an
// hour passes in seconds, and a seed replays everything that happened.
//
//     sim_peers net{{.delay = 3ms, .jitter = 1ms, .loss = 0.05}, seed};
//     auto& ana = net.add_peer({.name = "ana", .clock = {.skew_ppm = 40}});
//     net.run_for(2s);
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <utility>

#include <jamnet/session/basic_peer.hpp>
#include <jamnet/testing/manual_clock.hpp>
#include <jamnet/testing/sim_network.hpp>

namespace jamnet::inline v0::testing {

class sim_platform {
public:
  sim_platform(const clock_drift& drift, host_time start, const toast::address& where)
      : clock_{drift, start},
        where_{where} {}

  [[nodiscard]] const manual_clock& clock() const noexcept { return clock_; }
  [[nodiscard]] manual_clock& clock() noexcept { return clock_; }
  [[nodiscard]] const toast::address& where() const noexcept { return where_; }
  void wake() noexcept { woken_ = true; }
  /// Whether wake() was called since the last time.
  [[nodiscard]] bool take_wake() noexcept { return std::exchange(woken_, false); }

private:
  manual_clock clock_;
  toast::address where_;
  bool woken_ = false;
};
static_assert(peer_platform<sim_platform>);

using sim_peer = basic_peer<sim_platform>;

struct sim_peer_options {
  short_text name = "peer", room = "jam";
  clock_drift clock{};
  peer_options more{}; ///< everything else; its name and room are ignored
};

class sim_peers {
public:
  sim_peers(const path_quality& path, std::uint64_t seed) : network_{path, seed}, random_{seed} {}

  /// Adds a peer whose clock starts anywhere. The reference lasts until remove(). [allocates]
  sim_peer& add_peer(const sim_peer_options& options);
  /// Takes a peer away without a goodbye, as a crash does.
  void remove(const sim_peer& gone) {
    peers_.remove_if([&](const node& n) { return &n.peer == &gone; });
  }
  /// Lets true time pass; datagrams arrive and deadlines are met in their order.
  void run_for(nanoseconds duration);

  void partition(sim_peer& p, std::uint32_t island = 1) noexcept {
    network_.partition(p.platform().where(), island);
  }
  void heal() noexcept { network_.heal(); }
  [[nodiscard]] sim_network& network() noexcept { return network_; }
  /// The simulation's own time: the truth that no clock in it shows.
  [[nodiscard]] sim_time now() const noexcept { return now_; }

private:
  struct node {
    std::size_t number;
    sim_peer peer;
    host_time due{}; // its deadline, as of when it was last served
  };

  [[nodiscard]] sim_time next_moment(sim_time end) const noexcept;
  void advance_to(sim_time t) noexcept;
  void serve(node& n);

  sim_network network_;
  random_source random_;
  std::list<node> peers_;
  sim_time now_{};
};

// ------------------------------------------------------------------------------------------------

inline sim_peer& sim_peers::add_peer(const sim_peer_options& options) {
  peer_options all = options.more;
  all.name = options.name;
  all.room = options.room;
  const auto where = network_.add_node();
  all.udp_port = where.port;
  const host_time start{nanoseconds{static_cast<std::int64_t>(random_.next() >> 12)}};
  clock_drift drift = options.clock;
  drift.seed = random_.next();
  peers_.push_back({network_.nodes() - 1, sim_peer{all, random_.next(), drift, start, where}});
  return peers_.back().peer;
}

inline void sim_peers::run_for(nanoseconds duration) {
  const sim_time end = now_ + duration;
  for (node& n : peers_) n.due = n.peer.machine().deadline();
  for (;;) {
    for (node& n : peers_)
      if (n.peer.platform().take_wake() || n.due <= n.peer.platform().clock().now()) serve(n);
    if (now_ >= end) return;
    advance_to(next_moment(end));
    while (network_.next_arrival() && *network_.next_arrival() <= now_) {
      const auto d = network_.deliver();
      for (node& n : peers_) {
        if (n.number != d.node) continue;
        n.peer.machine().receive(d.from, d.bytes, n.peer.platform().clock().now());
        serve(n);
      }
    }
  }
}

// The next arrival or deadline; at least a microsecond on, since a clock's skew makes the way from
// its deadline to true time inexact.
inline sim_time sim_peers::next_moment(sim_time end) const noexcept {
  sim_time next = end;
  if (const auto arrival = network_.next_arrival()) next = std::min(next, *arrival);
  for (const node& n : peers_) {
    const auto here = n.peer.platform().clock().now();
    const auto due = std::max(n.due, here + nanoseconds{1'000});
    if (due < here + (end - now_)) next = std::min(next, now_ + (due - here));
  }
  return std::max(next, now_ + nanoseconds{1});
}

inline void sim_peers::advance_to(sim_time t) noexcept {
  for (node& n : peers_) n.peer.platform().clock().advance(t - now_);
  now_ = t;
}

// Has it do what is due, and carries what it has to say.
inline void sim_peers::serve(node& n) {
  std::array<std::uint8_t, toast::datagram_limit> bytes{};
  peer::datagram d;
  auto& machine = n.peer.machine();
  const auto here = n.peer.platform().clock().now();
  machine.poll(here);
  while (machine.write(bytes, here, d))
    network_.send(n.peer.platform().where(), d.to, bytes_view{bytes}.first(d.size), now_);
  n.due = machine.deadline();
}

} // namespace jamnet::inline v0::testing
