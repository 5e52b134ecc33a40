// Sealed links over networks that lose, double, overtake and give somebody another address: what
// holds of open ones holds of them.
#include <doctest/doctest.h>

#include "sealed_jam.hpp"

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

namespace {

void play_sealed(sealed_jam& jam, int rounds) {
  for (int i = 0; i < rounds; ++i) {
    for (auto& w : jam.peers) CHECK(w.play(static_cast<unsigned>(i % 128)));
    jam.run_for(20ms, 5ms);
  }
}

void check_all_heard(const sealed_jam& jam, std::size_t events) {
  for (const auto& w : jam.peers)
    for (const auto& other : jam.peers) {
      if (&other == &w) continue;
      CHECK(w.received.at(other.id()).size() == events);
      CHECK(w.count(peer_change::lost_events) == 0);
      CHECK(w.count(peer_change::silent) == 0);
    }
  CHECK(jam.breaches == "");
}

} // namespace

TEST_CASE("sealed links lose, double and reorder no event, whatever happens to their datagrams") {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    CAPTURE(seed);
    sealed_jam jam{
        {.delay = 6ms, .jitter = 4ms, .loss = 0.1, .duplication = 0.1, .reordering = 0.1}, seed};
    for (int i = 0; i < 3; ++i) jam.add("secret");
    jam.run_for(5s, 10ms);
    play_sealed(jam, 200);
    jam.run_for(2s, 10ms);
    check_all_heard(jam, 200);
    CHECK(jam.discord() == "");
  }
}

TEST_CASE("a sealed link survives a cable that is out for three seconds") {
  sealed_jam jam{{.delay = 6ms, .jitter = 2ms, .loss = 0.02}, 4};
  auto& ana = jam.add("secret");
  auto& ben = jam.add("secret");
  jam.run_for(4s, 10ms);
  play_sealed(jam, 50);
  jam.net.partition(ben.peer);
  play_sealed(jam, 150);
  jam.net.heal();
  play_sealed(jam, 50);
  jam.run_for(3s, 10ms);
  CHECK(ana.received[ben.id()].size() == 250);
  CHECK(ben.received[ana.id()].size() == 250);
  CHECK(ana.links() == 1);
}

TEST_CASE(
    "a sealed link goes with its peer to another address within a second, and loses nothing") {
  sealed_jam jam{{.delay = 6ms, .jitter = 2ms, .loss = 0.02}, 5};
  auto& ana = jam.add("secret");
  auto& ben = jam.add("secret");
  auto& network = jam.net.network();
  const auto home = ben.peer.platform().where();
  network.put_behind(home, network.add_nat(nat_kind::port_restricted));
  ben.peer.connect(ana.peer.platform().where());
  jam.run_for(5s, 10ms);
  REQUIRE(ana.links() == 1);
  const auto seen = [&] {
    toast::address where;
    ana.peer.machine().for_each_link([&](const toast::link& l) { where = l.where(); });
    return where;
  };
  play_sealed(jam, 50);
  const auto before = seen();
  CHECK(before != home);
  for (int i = 0; i < 3; ++i) { // its way out is another one now
    const auto here = seen();
    network.put_behind(home, network.add_nat(nat_kind::port_restricted));
    play_sealed(jam, 30);
    CHECK(seen() == here);
    play_sealed(jam, 70);
    CHECK(seen() != here);
  }
  jam.run_for(2s, 10ms);
  check_all_heard(jam, 350);
  CHECK(ana.count(peer_change::joined) == 1);
  CHECK(ana.links() == 1);
}

TEST_CASE("a sealed room plays, and changes its tempo, as one") {
  sealed_jam jam{{.delay = 6ms, .jitter = 2ms, .loss = 0.1}, 5};
  for (int i = 0; i < 3; ++i) jam.add("secret");
  jam.run_for(5s, 10ms);
  auto& asks = jam.peers.back().peer;
  CHECK(asks.transport().play(0, when::at(asks.now() + 1s)) == errc{});
  CHECK(asks.transport().tempo(96, when::at(asks.now() + 3s)) == errc{});
  jam.run_for(500ms, 10ms);
  for (auto& w : jam.peers) {
    const auto& settled = w.peer.machine().transport().settled();
    CHECK(settled.stamp);
    CHECK(settled == asks.machine().transport().settled());
    CHECK(settled.ahead_count == 2);
  }
}
