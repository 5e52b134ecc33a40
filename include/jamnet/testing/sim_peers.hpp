// SPDX-License-Identifier: MIT
//
// Peers on a simulated network, each with a clock of its own that errs, all in virtual time: an
// hour passes in seconds, and a seed replays everything that happened.
//
//     sim_peers net{path_kind::wifi_home, /*loss*/ 0.01, seed};
//     auto& ana = net.add_peer({.name = "ana", .clock = {.skew_ppm = 40, .wander_ppm = 0.03}});
//     net.run_for(2s);
//     net.suspend(ana, 1h);
//
// Events wait in two heaps, and a machine's clock moves when somebody looks at it: a step costs
// what the one peer does to whom something happens. What peers show is of the moment net.now(),
// for all of them: the error of one against another is exact.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <utility>
#include <vector>

#include <jamnet/session/basic_peer.hpp>
#include <jamnet/testing/sim_network.hpp>

namespace jamnet::inline v0::testing {

class sim_platform {
public:
  sim_platform(const sim_clock& clock, const toast::address& where, std::vector<std::size_t>& woken,
               std::size_t node)
      : clock_{clock},
        where_{where},
        woken_{&woken},
        node_{node} {}

  [[nodiscard]] const sim_clock& clock() const noexcept { return clock_; }
  [[nodiscard]] sim_clock& clock() noexcept { return clock_; }
  [[nodiscard]] const toast::address& where() const noexcept { return where_; }
  void wake() { woken_->push_back(node_); }
  void flush() { wake(); }

private:
  sim_clock clock_;
  toast::address where_;
  std::vector<std::size_t>* woken_;
  std::size_t node_;
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
  /// How many datagrams wait for a process that does not read them; the others are dropped.
  static constexpr std::size_t socket_buffer = 256;

  sim_peers(const path_quality& path, std::uint64_t seed) : network_{path, seed}, random_{seed} {}
  sim_peers(path_kind kind, double loss, std::uint64_t seed)
      : network_{kind, loss, seed},
        random_{seed} {}
  sim_peers(const sim_peers&) = delete;
  sim_peers& operator=(const sim_peers&) = delete;

  /// Adds a peer whose clock starts anywhere. The reference lasts until remove(). [allocates]
  sim_peer& add_peer(const sim_peer_options& options);
  /// Adds a place that is no peer: what comes there is given to `f(from, datagram)`, at now().
  /// [allocates]
  toast::address add_host(callback<void(const toast::address&, bytes_view)> f) {
    const auto where = network_.add_node();
    hosts_.push_back({network_.nodes() - 1, std::move(f)});
    return where;
  }
  /// Takes a peer away without a goodbye, as a crash does. Copies of its clock go on.
  void remove(const sim_peer& gone) {
    nodes_[node_of(gone).number] = nullptr;
    peers_.remove_if([&](const node& n) { return &n.peer == &gone; });
  }
  /// Lets true time pass; datagrams arrive and deadlines are met in their order.
  void run_for(nanoseconds duration);
  /// The simulation's own time: the truth that no clock in it shows.
  [[nodiscard]] sim_time now() const noexcept { return now_; }

  // What happens to a peer, from now on; not to be called by its own callbacks.

  void partition(sim_peer& p, std::uint32_t island = 1) noexcept {
    network_.partition(p.platform().where(), island);
  }
  void heal() noexcept { network_.heal(); }
  /// The lid is closed for so long: its clock stands still, and what is sent to it is lost.
  void suspend(sim_peer& p, nanoseconds duration) {
    p.platform().clock().stop();
    sleep(p, duration, state::suspended);
  }
  /// Its process does not run for so long, but its clock does, and datagrams wait.
  void stall(sim_peer& p, nanoseconds duration) { sleep(p, duration, state::stalled); }
  /// Its clock is set forward or back.
  void step_clock(sim_peer& p, nanoseconds by) noexcept { touch(p).step(by); }
  void set_skew_ppm(sim_peer& p, double ppm) noexcept { touch(p).set_skew_ppm(ppm); }
  /// Its clock stops. It hears and answers, but its own deadlines never come.
  void stop_clock(sim_peer& p) noexcept { touch(p).stop(); }
  void start_clock(sim_peer& p) noexcept { touch(p).start(); }

  [[nodiscard]] sim_network& network() noexcept { return network_; }
  [[nodiscard]] const sim_network& network() const noexcept { return network_; }
  /// Calls `f(sim_peer&)` for each, in the order they were added.
  template <class F>
  void for_each_peer(F&& f) {
    for (node& n : peers_) f(n.peer);
  }

private:
  static constexpr sim_time never = sim_time::max();

  enum class state : std::uint8_t { awake, suspended, stalled };
  struct letter {
    toast::address from;
    std::vector<std::uint8_t> bytes;
  };
  struct node {
    std::size_t number;
    sim_peer peer;
    host_time due{};        // its deadline when it was last looked at
    sim_time alarm = never; // when it is looked at next; of its alarms, the one that counts
    state is = state::awake;
    sim_time asleep_until{};
    std::vector<letter> waiting{}; // while it is stalled
  };
  struct host {
    std::size_t number;
    callback<void(const toast::address&, bytes_view)> take;
  };
  struct alarm {
    sim_time at{};
    std::size_t node = 0;
  };
  static bool later(const alarm& a, const alarm& b) noexcept {
    return a.at != b.at ? a.at > b.at : a.node > b.node;
  }

  [[nodiscard]] node& node_of(const sim_peer& p) noexcept {
    return *std::find_if(peers_.begin(), peers_.end(), [&](node& n) { return &n.peer == &p; });
  }
  sim_clock& touch(sim_peer& p) noexcept {
    node_of(p).due = host_time::min(); // so that it is looked at
    return p.platform().clock();
  }
  void sleep(sim_peer& p, nanoseconds duration, state how);
  void wake_up(node& n);
  void ring();
  void deliver();
  void attend(node& n);
  void serve(node& n);
  void set_alarm(node& n);
  [[nodiscard]] sim_time next_look(const node& n) const noexcept;

  sim_network network_;
  random_source random_;
  std::list<node> peers_;
  std::list<host> hosts_;
  std::vector<node*> nodes_;       // by their number on the network; none where there is no peer
  std::vector<alarm> alarms_;      // a heap, the next in front
  std::vector<std::size_t> woken_; // nodes whose platform was told to wake up
  sim_time now_{};
};

} // namespace jamnet::inline v0::testing

// How time passes.
#include <jamnet/testing/detail/sim_peers.hpp>
