// Members watch each other's time: who lies, or whose clock jumps, moves nobody else's.
#include <doctest/doctest.h>

#include "watched_jam.hpp"

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

namespace {

// Five that have been in time for a while, on Wi-Fi; the first is their master.
struct court : watched_jam {
  explicit court(std::uint64_t seed, std::size_t members = 5)
      : watched_jam{{.delay = 2ms, .jitter = 3ms, .loss = 0.02}, seed} {
    random_source random{seed};
    add({.clock = quartz(random)});
    run_for(2s, 5ms);
    while (peers.size() < members) add({.clock = quartz(random)});
    run_for(20s, 5ms);
    CHECK(discord() == "");
    CHECK(machine(0).timing().role() == arbiter_role::master);
    for (const auto& w : peers) {
      CHECK(w.count(peer_change::doubted) == 0);
      CHECK(w.count(peer_change::outvoted) == 0);
    }
  }
  watched_peer& at(std::size_t i) { return *std::next(peers.begin(), static_cast<long>(i)); }
  const jamnet::peer& machine(std::size_t i) { return at(i).peer.machine(); }
  std::size_t told(peer_change change) {
    std::size_t n = 0;
    for (const auto& w : peers) n += w.count(change);
    return n;
  }
};

} // namespace

TEST_CASE("a master whose clock jumps loses its office, and only its own time jumps") {
  for (const nanoseconds jump : {nanoseconds{20ms}, nanoseconds{700ms}, nanoseconds{1h}}) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      CAPTURE(seed);
      CAPTURE(jump.count());
      court jam{seed};
      const auto before = jam.at(1).peer.now();
      jam.net.step_clock(jam.at(0).peer, jump);
      jam.at(0).in_time = false; // of course its own reading jumps
      jam.run_for(3s, 5ms);
      const auto passed = jam.at(1).peer.now() - before;
      CHECK(passed > 3s - 1ms);
      CHECK(passed < 3s + 1ms);
      CHECK(jam.told(peer_change::outvoted) >= (jump == 1h ? 0u : 1u)); // 1 h: it loses its links
      jam.run_for(15s, 5ms);
      CHECK(jam.discord() == "");
      CHECK(jam.machine(0).timing().role() == arbiter_role::follower);
      CHECK(jam.at(0).count(peer_change::rejoined) == (jump == 1h ? 1 : 0));
      CHECK(jam.told(peer_change::rejoined) == jam.at(0).count(peer_change::rejoined));
      CHECK(jam.spread() < 2ms);
      CHECK(jam.breaches == "");
    }
  }
}

TEST_CASE("a follower whose clock jumps is wrong itself, and disturbs nobody") {
  for (const nanoseconds jump : {nanoseconds{20ms}, nanoseconds{1h}}) {
    CAPTURE(jump.count());
    court jam{4};
    jam.net.step_clock(jam.at(3).peer, jump);
    jam.at(3).in_time = false;
    jam.run_for(18s, 5ms);
    CHECK(jam.discord() == "");
    CHECK(jam.machine(0).timing().role() == arbiter_role::master);
    CHECK(jam.machine(0).timing().claim().epoch == 1);
    CHECK(jam.told(peer_change::outvoted) == 0);
    CHECK(jam.spread() < 2ms);
    CHECK(jam.breaches == "");
  }
}

TEST_CASE("a master that runs 10 % fast is outvoted") {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    CAPTURE(seed);
    court jam{seed};
    jam.net.set_skew_ppm(jam.at(0).peer, 100'000);
    jam.at(0).in_time = false;
    const auto before = jam.at(1).peer.now();
    for (int i = 0; i < 1000; ++i) {
      jam.run_for(5ms, 5ms);
      jam.at(0).in_time = false;
    }
    CHECK(jam.machine(1).timing().master() != jam.at(0).id());
    const auto off = jam.at(1).peer.now() - before - 5s;
    CHECK(std::abs(off.count()) < 2'000'000);
    CHECK(jam.breaches == "");
  }
}

TEST_CASE("who was asleep rejoins in a moment, whoever it was and however long") {
  for (const std::size_t sleeper : {0u, 3u}) {
    for (const nanoseconds sleep : {nanoseconds{5s}, nanoseconds{10min}}) {
      CAPTURE(sleeper);
      CAPTURE(sleep.count());
      court jam{6};
      const auto before = jam.at(1).peer.now();
      jam.net.suspend(jam.at(sleeper).peer, sleep);
      for (auto left = sleep; left > 0ns; left -= 5s) {
        jam.at(sleeper).in_time = false;
        jam.run_for(5s, 1s);
        jam.at(sleeper).in_time = false;
      }
      jam.run_for(20s, 5ms);
      CHECK(jam.discord() == "");
      CHECK(jam.at(sleeper).count(peer_change::rejoined) == 1);
      CHECK(jam.told(peer_change::rejoined) == 1);
      CHECK(jam.spread() < 2ms);
      const auto passed = jam.at(1).peer.now() - before - (sleep + 20s);
      CHECK(passed < sleep / 5'000 + 2ms);
      CHECK(passed > -sleep / 5'000 - 2ms);
    }
  }
}

TEST_CASE("a master that hands over is another's follower at once, and no time moves") {
  court jam{7};
  const auto before = jam.spread();
  jam.at(0).peer.machine().hand_over(jam.at(0).peer.platform().clock().now());
  jam.at(0).peer.platform().wake();
  jam.run_for(500ms);
  CHECK(jam.machine(0).timing().role() == arbiter_role::follower);
  CHECK(jam.discord() == "");
  CHECK(jam.spread() < before + 100us);
  CHECK(jam.at(1).told.back().reason != master_change::lost);
  CHECK(jam.breaches == "");
}

TEST_CASE("in a room of forty nobody answers more than 31, and all are in time") {
  watched_jam jam{{.delay = 200us, .jitter = 100us}, 8};
  random_source random{8};
  for (int i = 0; i < 40; ++i) jam.add({.clock = quartz(random)});
  jam.run_for(10s, 50ms);
  CHECK(jam.discord() == "");
  CHECK(jam.spread() < 1ms);
  std::map<peer_id, std::size_t> askers;
  for (const auto& w : jam.peers) {
    const auto& timing = w.peer.machine().timing();
    if (timing.role() != arbiter_role::master) ++askers[timing.source()];
    CHECK(timing.hops() <= 2);
  }
  CHECK(askers.size() == 2);
  for (const auto& [source, count] : askers) CHECK(count <= clock_fan_out);
}
