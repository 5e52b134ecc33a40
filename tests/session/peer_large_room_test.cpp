// Rooms that are large: heartbeats come more seldom there, and silence takes longer.
#include <doctest/doctest.h>

#include "watched_jam.hpp"

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

namespace {

struct room {
  room(std::size_t size, double loss) : jam{{.delay = 1ms, .jitter = 1ms, .loss = loss}, size} {
    for (std::size_t i = 0; i < size; ++i) jam.add();
    run(6s);
  }
  void run(nanoseconds duration) { jam.run_for(duration, 20ms); }
  /// Told to any of them.
  [[nodiscard]] std::size_t count(peer_change change, peer_id about = {}) const {
    std::size_t n = 0;
    for (const auto& w : jam.peers) n += w.count(change, about);
    return n;
  }
  /// Of datagrams, by all of them.
  [[nodiscard]] double sent_in(nanoseconds duration) {
    const auto all = [&] {
      std::uint64_t n = 0;
      for (const auto& w : jam.peers)
        n += jam.net.network().sent_by(w.peer.platform().where()).datagrams;
      return n;
    };
    const auto before = all();
    run(duration);
    return static_cast<double>(all() - before);
  }

  watched_jam jam;
};

} // namespace

TEST_CASE("in a large room nobody falls silent, at a loss of 1 %") {
  room r{48, 0.01};
  r.run(20s);
  CHECK(r.jam.discord() == "");
  CHECK(r.jam.breaches == "");
  CHECK(r.count(peer_change::silent) == 0);
  CHECK(r.count(peer_change::vanished) == 0);
}

TEST_CASE("with 48 members heartbeats come each 750 ms, silence takes 3 s and oblivion 15 s") {
  room r{48, 0};
  const double links = 48 * 47;
  const double beats = links / 0.75, everything_else = 3'500;
  CHECK(r.sent_in(3s) < 3 * (beats + everything_else));
  const auto gone = r.jam.peers.back().id();
  r.jam.crash(r.jam.peers.back());
  r.run(2900ms - 750ms);
  CHECK(r.count(peer_change::silent) == 0);
  r.run(1s);
  CHECK(r.count(peer_change::silent, gone) == 47);
  r.run(15s - 2900ms - 1s);
  CHECK(r.count(peer_change::vanished) == 0);
  r.run(1500ms);
  CHECK(r.count(peer_change::vanished, gone) == 47);
}

TEST_CASE("when most of a large room leave, those who stay keep hearing each other") {
  room r{48, 0.01};
  for (int i = 0; i < 40; ++i) {
    r.jam.peers.back().peer.leave();
    r.run(40ms);
    r.jam.crash(r.jam.peers.back());
  }
  r.run(2s);
  for (const auto& w : r.jam.peers) CHECK(r.count(peer_change::silent, w.id()) == 0);
  r.run(10s); // a lost goodbye is noticed
  CHECK(r.jam.discord() == "");
  const auto gone = r.jam.peers.back().id();
  r.jam.crash(r.jam.peers.back());
  r.run(2100ms);
  CHECK(r.count(peer_change::silent, gone) == 7);
}
