// Laws of the election and of session time, as whole peers keep them.
#include <doctest/doctest.h>

#include "watched_jam.hpp"

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

namespace {

constexpr path_quality two_percent{.delay = 3ms, .jitter = 1ms, .loss = 0.02};

watched_peer& master_of(watched_jam& jam) {
  for (auto& w : jam.peers)
    if (w.peer.machine().timing().role() == arbiter_role::master) return w;
  return jam.peers.front();
}

} // namespace

TEST_CASE("when the master dies the others agree on one new master and time goes on") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    CAPTURE(seed);
    watched_jam jam{two_percent, seed};
    random_source random{seed};
    for (int i = 0; i < 5; ++i) jam.add({.clock = quartz(random)});
    jam.run_for(10s, 5ms);
    REQUIRE(jam.discord() == "");
    jam.crash(master_of(jam));
    jam.run_for(3s);
    const auto id = master_of(jam).id();
    std::size_t masters = 0;
    for (auto& w : jam.peers) {
      masters += w.peer.machine().timing().role() == arbiter_role::master ? 1u : 0u;
      CHECK(w.peer.machine().timing().master() == id);
    }
    CHECK(masters == 1);
    CHECK(jam.spread().count() < 2'000'000);
    jam.run_for(9s, 5ms);
    CHECK(jam.discord() == "");
    CHECK(jam.spread().count() < 2'000'000);
    CHECK(jam.breaches == "");
  }
}

TEST_CASE("a master that returns as a newcomer disturbs nobody") {
  watched_jam jam{two_percent, 21};
  random_source random{21};
  for (int i = 0; i < 4; ++i) jam.add({.clock = quartz(random)});
  jam.run_for(5s, 5ms);
  auto& old = master_of(jam);
  const auto id = old.id();
  jam.crash(old);
  jam.run_for(3s);
  const auto reigning = master_of(jam).id();
  auto& returned = jam.add({.clock = quartz(random), .more = {.id = id}}); // elsewhere
  jam.run_for(15s, 5ms);
  CHECK(jam.discord() == "");
  CHECK(master_of(jam).id() == reigning);
  CHECK(returned.count(peer_change::founded) == 0);
  CHECK(jam.breaches == "");
}

TEST_CASE("halves that were apart are one jam again, with one master, and lose no event") {
  for (const auto apart : {3s, 30s}) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      CAPTURE(seed);
      watched_jam jam{two_percent, seed};
      random_source random{seed};
      for (int i = 0; i < 6; ++i) jam.add({.clock = quartz(random)});
      jam.run_for(5s, 5ms);
      int n = 0;
      for (auto& w : jam.peers)
        if (n++ % 2 == 0) jam.net.partition(w.peer);
      for (auto& w : jam.peers) w.play();
      jam.run_for(apart, 5ms);
      jam.net.heal();
      jam.run_for(10s, 5ms);
      CHECK(jam.discord() == "");
      CHECK(jam.spread().count() < 2'000'000);
      CHECK(jam.breaches == "");
      for (auto& w : jam.peers) w.play();
      jam.run_for(1s, 5ms);
      for (auto& w : jam.peers)
        for (auto& other : jam.peers)
          if (&w != &other && apart == 3s) CHECK(w.received[other.id()].size() == 2);
      for (auto& w : jam.peers) CHECK(w.received.size() == 5);
    }
  }
}

TEST_CASE("of two sessions of one room the older stays, and the others say that they merged") {
  for (const auto later : {0ms, 10ms, 500ms, 1500ms, 5000ms}) {
    CAPTURE(later.count());
    watched_jam jam{{.delay = 3ms, .jitter = 1ms}, 33};
    auto& ana = jam.add();
    jam.run_for(later);
    auto& ben = jam.add();
    auto& cleo = jam.add();
    jam.net.partition(ana.peer);
    jam.run_for(8s, 5ms);
    REQUIRE(ana.peer.machine().session() != ben.peer.machine().session());
    jam.net.heal();
    jam.run_for(12s, 5ms);
    CHECK(jam.discord() == "");
    const auto merged = ben.count(peer_change::merged) + cleo.count(peer_change::merged);
    CHECK(ana.count(peer_change::merged) * 2 + merged == 2);
    if (later > 1s) CHECK(ana.count(peer_change::merged) == 0);
    CHECK(jam.breaches == "");
  }
}
