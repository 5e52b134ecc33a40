// Every event that is sent while two peers are linked arrives: once, in order, on any network.
#include <doctest/doctest.h>

#include "random_jam.hpp"

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

TEST_CASE("loss, jitter, doubling and overtaking lose nothing, double nothing, stop nothing") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    CAPTURE(seed);
    watched_jam jam{
        {.delay = 5ms, .jitter = 5ms, .loss = 0.2, .duplication = 0.1, .reordering = 0.1}, seed};
    random_source random{seed};
    for (int i = 0; i < 3; ++i) jam.add({.clock = quartz(random)});
    for (int i = 0; i < 20 && jam.discord() != ""; ++i) jam.run_for(1s, 5ms);
    REQUIRE(jam.discord() == "");
    std::map<peer_id, std::uint64_t> sent;
    for (int i = 0; i < 400; ++i) {
      for (auto& w : jam.peers)
        if (random.uniform() < 0.3 && w.play()) ++sent[w.id()];
      jam.run_for(5ms, 5ms);
    }
    jam.run_for(2s, 5ms);
    for (auto& w : jam.peers)
      for (auto& other : jam.peers)
        if (&w != &other) CHECK(w.received[other.id()].size() == sent[other.id()]);
    CHECK(jam.breaches == "");
  }
}

TEST_CASE("a burst of events arrives whole, and soon") {
  for (const double loss : {0.0, 0.2}) {
    watched_jam jam{{.delay = 5ms, .jitter = 1ms, .loss = loss}, 5};
    auto& ana = jam.add();
    auto& ben = jam.add();
    jam.run_for(5s, 5ms);
    for (int i = 0; i < 300; ++i) REQUIRE(ana.play());
    jam.run_for(loss == 0 ? 20ms : 2000ms);
    CHECK(ben.received[ana.id()].size() == 300);
  }
}

TEST_CASE("what a sender no longer keeps is reported lost and not waited for") {
  watched_jam jam{{.delay = 1ms}, 5};
  auto& ana = jam.add();
  auto& ben = jam.add();
  jam.run_for(3s);
  REQUIRE(ana.play(1)); // its end is among the lost
  jam.run_for(100ms);
  jam.net.partition(ben.peer);
  constexpr std::size_t many = toast::event_log::capacity + 100;
  for (std::size_t i = 0; i < many; ++i) REQUIRE(ana.play(2));
  jam.run_for(1500ms);
  jam.net.heal();
  jam.run_for(20s, 5ms);
  CHECK(ben.peer.machine().statistics().events_lost == 100);
  CHECK(ben.count(peer_change::lost_events, ana.id()) == 1);
  CHECK(ben.released() >= 1);
  CHECK(ben.received[ana.id()].size() == many + 1 - 100);
  CHECK(jam.breaches == "");
}

TEST_CASE("whatever happened in it, a jam is one jam again after a quiet time") {
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    CAPTURE(seed);
    REQUIRE(play_random_jam(seed) == "");
  }
}
