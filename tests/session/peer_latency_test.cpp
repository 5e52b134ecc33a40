// The session's latency: long enough for everybody to hear everybody in time, and no longer.
#include <doctest/doctest.h>

#include "watched_jam.hpp"

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

namespace {

// Everybody plays a note each 20 ms.
void play_for(watched_jam& jam, nanoseconds duration) {
  for (auto t = 0ns; t < duration; t += 20ms) {
    for (auto& w : jam.peers) w.peer.play(note_on{.channel = 1, .note = 60, .velocity = 9});
    jam.run_for(20ms, 5ms);
  }
}

std::uint64_t late(const watched_jam& jam) {
  std::uint64_t sum = 0;
  for (const auto& w : jam.peers) sum += w.peer.machine().statistics().events_late;
  return sum;
}

} // namespace

TEST_CASE("on a short path the latency shrinks, for all alike, and few events are late") {
  watched_jam jam{{.delay = 200us, .jitter = 300us}, 5};
  for (int i = 0; i < 3; ++i) jam.add();
  jam.run_for(4s, 5ms);
  for (auto& w : jam.peers) CHECK(w.peer.latency() == 15ms);
  play_for(jam, 300s);
  const auto agreed = jam.peers.front().peer.latency();
  CHECK(agreed <= 3ms);
  for (auto& w : jam.peers) {
    CHECK(w.peer.latency() == agreed);
    CHECK(w.count(peer_change::latency_changed) > 0);
  }
  CHECK(late(jam) < 3 * 2 * 15'000 / 1000);
  CHECK(jam.breaches == "");
}

TEST_CASE(
    "when the path becomes longer the latency follows at once, and a newcomer takes it over") {
  watched_jam jam{{.delay = 1ms, .jitter = 1ms}, 6};
  for (int i = 0; i < 3; ++i) jam.add();
  jam.run_for(4s, 5ms);
  play_for(jam, 10s);
  jam.net.network().set_path({.delay = 40ms, .jitter = 5ms});
  play_for(jam, 5s);
  const auto agreed = jam.peers.front().peer.latency();
  CHECK(agreed >= 45ms);
  CHECK(agreed <= 60ms);
  const auto before = late(jam);
  play_for(jam, 20s);
  CHECK(late(jam) - before <= 6);
  auto& newcomer = jam.add();
  jam.run_for(4s, 5ms);
  CHECK(newcomer.peer.latency() == jam.peers.front().peer.latency());
}

TEST_CASE("who plans ahead, or is content with less, does not move the latency") {
  for (const nanoseconds lead : {nanoseconds{500ms}, nanoseconds{2ms}}) {
    CAPTURE(lead.count());
    watched_jam jam{{.delay = 10ms, .jitter = 1ms}, 7};
    auto &ana = jam.add(), &ben = jam.add();
    jam.run_for(4s, 5ms);
    for (auto t = 0ns; t < 20s; t += 20ms) {
      ana.peer.send(note_on{.channel = 1, .note = 60, .velocity = 9}, ana.peer.now() + lead);
      jam.run_for(20ms, 5ms);
    }
    CHECK(ben.peer.latency() == 15ms);
    CHECK(ben.events.size() == 1000);
  }
}

TEST_CASE(
    "who joins while others play knows no time yet, and asks for no latency because of that") {
  for (std::uint64_t seed = 11; seed < 14; ++seed) {
    watched_jam jam{{.delay = 1ms, .jitter = 1ms}, seed};
    jam.add();
    jam.run_for(3s, 5ms);
    play_for(jam, 1s);
    jam.add();
    play_for(jam, 5s);
    for (auto& w : jam.peers) {
      CHECK(w.peer.clock().synchronised());
      CHECK(w.peer.latency() < 20ms);
    }
  }
}

TEST_CASE("what somebody's instruments need comes on top of what the network takes, for all") {
  nanoseconds agreed[2]{};
  for (const nanoseconds ahead : {nanoseconds{0}, nanoseconds{40ms}}) {
    watched_jam jam{{.delay = 2ms, .jitter = 1ms}, 9};
    jam.add();
    jam.add({.more = {.ahead = ahead}});
    jam.run_for(4s, 5ms);
    play_for(jam, 60s);
    for (auto& w : jam.peers) CHECK(w.peer.latency() == jam.peers.front().peer.latency());
    agreed[ahead > 0ns] = jam.peers.front().peer.latency();
  }
  CHECK(agreed[0] < 10ms);
  CHECK(agreed[1] >= agreed[0] + 38ms); // from step to step
  CHECK(agreed[1] <= agreed[0] + 42ms);
}

TEST_CASE("the latency survives the master, and stays within the master's limits") {
  watched_jam jam{{.delay = 30ms, .jitter = 3ms}, 8};
  for (int i = 0; i < 3; ++i) jam.add({.more = {.latency = {.largest = 20ms}}});
  jam.run_for(4s, 5ms);
  play_for(jam, 10s);
  for (auto& w : jam.peers) CHECK(w.peer.latency() == 20ms);
  jam.crash(jam.peers.front());
  jam.run_for(3s, 5ms);
  for (auto& w : jam.peers) CHECK(w.peer.latency() == 20ms);
}
