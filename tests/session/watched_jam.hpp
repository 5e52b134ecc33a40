// A jam on the simulated network that is watched all the time: what every peer hears and is told
// is kept, and the laws that hold always are checked always:
//
//   of each sender, events arrive at most once and in order;
//   who stays in a session and knows its time sees it neither jump nor run back, unless it is
//   told that it had to rejoin.
#pragma once

#include <list>
#include <map>
#include <string>
#include <vector>

#include <jamnet/testing/sim_peers.hpp>

namespace jamnet::inline v0::testing {

struct watched_peer {
  explicit watched_peer(sim_peer& p) : peer{p} {}
  watched_peer(const watched_peer&) = delete;

  sim_peer& peer;
  std::vector<received_event> events;                     // in order of arrival
  std::vector<peer_status> told;                          // what on_peer was given
  std::map<peer_id, std::vector<std::uint64_t>> received; // numbers, by sender
  session_id session{};
  session_time time{};
  std::size_t rejoined = 0;
  bool in_time = false;

  [[nodiscard]] peer_id id() const { return peer.machine().id(); }
  [[nodiscard]] std::size_t count(peer_change change, peer_id about = {}) const {
    std::size_t n = 0;
    for (const auto& s : told) n += s.change == change && (!about || s.peer == about) ? 1u : 0u;
    return n;
  }
  [[nodiscard]] std::size_t released() const {
    std::size_t n = 0;
    for (const auto& e : events) n += e.released ? 1u : 0u;
    return n;
  }
  [[nodiscard]] std::size_t links() const {
    std::size_t n = 0;
    peer.machine().for_each_link([&](const toast::link&) { ++n; });
    return n;
  }
  bool play(unsigned note = 60) {
    return peer.send(note_on{.channel = 1, .note = static_cast<std::uint8_t>(note), .velocity = 9},
                     peer.now() + nanoseconds{20'000'000});
  }
};

class watched_jam {
public:
  watched_jam(const path_quality& path, std::uint64_t seed) : net{path, seed} {}

  watched_peer& add(sim_peer_options options = {}) {
    auto& w = peers.emplace_back(net.add_peer(options));
    w.peer.on_peer([&w](const peer_status& s) { w.told.push_back(s); });
    w.peer.on_event([this, &w](const received_event& e) {
      if (e.recalled) return;
      w.events.push_back(e);
      if (e.released) return;
      auto& numbers = w.received[e.from];
      if (!numbers.empty() && e.seq <= numbers.back())
        fail(w, "heard " + std::to_string(e.seq) + " after " + std::to_string(numbers.back()));
      numbers.push_back(e.seq);
    });
    return w;
  }
  void crash(watched_peer& gone) {
    net.remove(gone.peer);
    peers.remove_if([&](const watched_peer& w) { return &w == &gone; });
  }
  void run_for(nanoseconds duration, nanoseconds step = nanoseconds{1'000'000}) {
    for (auto left = duration; left > nanoseconds{0}; left -= step) {
      net.run_for(std::min(left, step));
      for (auto& w : peers) watch(w, std::min(left, step));
    }
  }

  /// What keeps these peers from being one jam in time; empty when nothing does.
  [[nodiscard]] std::string discord() const {
    std::string all;
    const watched_peer* master = nullptr;
    for (const auto& w : peers)
      if (w.peer.machine().timing().role() == arbiter_role::master) master = &w;
    const bool alone = peers.size() == 1 && peers.front().peer.clock().synchronised();
    if (master == nullptr) return alone ? "" : "no master"; // nobody to be the master of
    for (const auto& w : peers) {
      const auto say = [&](const char* what) { all += name_of(w) + what + "; "; };
      const auto& machine = w.peer.machine();
      if (!w.peer.clock().synchronised()) say(" is not synchronised");
      if (machine.session() != master->peer.machine().session()) say(" is in another session");
      if (machine.timing().master() != master->id()) say(" follows another master");
      if (w.links() + 1 != peers.size()) say(" lacks a link, or has one too many");
      const auto hard = w.peer.clock().hard_bound(w.peer.platform().clock().now()) +
                        master->peer.clock().hard_bound(master->peer.platform().clock().now());
      if (error(w, *master) > hard) say(" is further from the truth than its hard bound");
    }
    return all;
  }
  /// How far two peers' session times are apart.
  [[nodiscard]] static nanoseconds error(const watched_peer& a, const watched_peer& b) {
    const auto e = a.peer.now() - b.peer.now();
    return e < nanoseconds{0} ? -e : e;
  }
  /// The greatest error between any two.
  [[nodiscard]] nanoseconds spread() const {
    nanoseconds most{0};
    for (const auto& a : peers)
      for (const auto& b : peers) most = std::max(most, error(a, b));
    return most;
  }

  sim_peers net;
  std::list<watched_peer> peers;
  std::string breaches; // of the laws that hold always

private:
  void fail(const watched_peer& w, const std::string& what) {
    if (breaches.size() < 2000)
      breaches += std::to_string(net.now().time_since_epoch().count() / 1'000'000) +
                  " ms: " + name_of(w) + " " + what + "; ";
  }
  [[nodiscard]] std::string name_of(const watched_peer& w) const {
    std::size_t n = 0;
    for (const auto& other : peers) {
      if (&other == &w) break;
      ++n;
    }
    return "peer " + std::to_string(n);
  }
  void watch(watched_peer& w, nanoseconds step) {
    const auto& machine = w.peer.machine();
    const auto rejoined = w.count(peer_change::rejoined);
    const bool stays = w.in_time && machine.session() == w.session && rejoined == w.rejoined;
    w.rejoined = rejoined;
    const auto now = w.peer.now();
    if (stays && !w.peer.clock().synchronised()) fail(w, "lost the time");
    if (stays && w.peer.clock().synchronised()) {
      const auto passed = now - w.time;
      if (passed < step * 9 / 10 || passed > step * 11 / 10)
        fail(w, "jumped by " + std::to_string((passed - step).count()) + " ns");
    }
    w.session = machine.session();
    w.time = now;
    w.in_time = w.peer.clock().synchronised();
  }
};

/// A quartz: within 50 ppm, wandering a little.
[[nodiscard]] inline clock_drift quartz(random_source& random) {
  return {.skew_ppm = random.uniform(-50, 50), .wander_ppm = 0.01};
}

} // namespace jamnet::inline v0::testing
