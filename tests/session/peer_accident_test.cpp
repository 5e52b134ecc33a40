// What happens to one machine must not happen to the others: laptops that sleep, processes that
// stall, clocks that are set.
#include <doctest/doctest.h>
#include <jamnet/testing/sim_peers.hpp>

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

namespace {

constexpr nanoseconds step = 10ms;

// Five peers at home, of which one has the accident.
class bystanders {
public:
  bystanders(bool to_master, std::uint64_t seed) : net{path_kind::wifi_home, 0.01, seed} {
    random_source random{seed};
    for (int i = 0; i < 5; ++i) {
      net.add_peer({.clock = {random.uniform(-50, 50), 0.01, 1}});
      net.run_for(300ms);
    }
    net.run_for(15s);
    net.for_each_peer([&](sim_peer& p) {
      const bool master = p.machine().timing().role() == arbiter_role::master;
      if (victim == nullptr && master == to_master) victim = &p;
    });
    net.for_each_peer([&](sim_peer& p) {
      p.on_peer([this, &p](const peer_status& s) {
        if (&p != victim && s.change == peer_change::merged) ++merged;
        if (&p != victim && s.change == peer_change::master_changed) ++elected;
      });
      if (&p != victim) others.push_back({&p, p.now()});
    });
  }
  /// Lets time pass, and watches the others' time.
  void run_for(nanoseconds duration) {
    for (nanoseconds t{}; t < duration; t += step) {
      net.run_for(step);
      for (auto& o : others) {
        const auto passed = o.peer->now() - o.seen;
        if (passed < step * 9 / 10 || passed > step * 11 / 10) ++jumps;
        o.seen = o.peer->now();
        const auto apart = o.peer->now() - others.front().peer->now();
        farthest = std::max(farthest, apart < 0ns ? -apart : apart);
      }
    }
  }
  [[nodiscard]] nanoseconds victim_apart() const {
    const auto apart = victim->now() - others.front().peer->now();
    return apart < 0ns ? -apart : apart;
  }

  struct other {
    sim_peer* peer;
    session_time seen;
  };
  sim_peers net;
  sim_peer* victim = nullptr;
  std::vector<other> others;
  nanoseconds farthest{0}; // of two others, ever
  int jumps = 0, merged = 0, elected = 0;
};

} // namespace

TEST_CASE("a follower that slept a little disturbs nobody and is back in time soon") {
  for (const auto nap : {100ms, 500ms}) {
    for (std::uint64_t seed = 1; seed <= 2; ++seed) {
      CAPTURE(seed);
      CAPTURE(nap.count());
      bystanders jam{false, seed};
      jam.net.suspend(*jam.victim, nap);
      jam.run_for(nap + 20s);
      CHECK(jam.victim_apart() < 200us);
      CHECK(jam.farthest < 200us);
      CHECK(jam.jumps == 0);
      CHECK(jam.elected == 0);
    }
  }
}

TEST_CASE("whoever slept for long, or whose clock stood, disturbs nobody and begins anew") {
  for (const bool master : {false, true}) {
    for (const nanoseconds sleep : {nanoseconds{3s}, nanoseconds{3min}}) {
      for (const bool suspended : {true, false}) {
        CAPTURE(master);
        CAPTURE(sleep.count());
        CAPTURE(suspended);
        bystanders jam{master, 3};
        if (suspended) {
          jam.net.suspend(*jam.victim, sleep);
        } else {
          jam.net.stop_clock(*jam.victim);
        }
        jam.run_for(sleep);
        jam.net.start_clock(*jam.victim);
        jam.run_for(15s);
        CHECK(jam.victim_apart() < 200us);
        CHECK(jam.farthest < 200us);
        CHECK(jam.jumps == 0);
        CHECK(jam.merged == 0);
        if (master) CHECK(jam.victim->machine().timing().role() != arbiter_role::master);
        if (!master) CHECK(jam.elected == 0);
      }
    }
  }
}

TEST_CASE("a process that stalled, whoever it is, is in time as soon as it runs") {
  for (const bool master : {false, true}) {
    for (const nanoseconds pause : {nanoseconds{500ms}, nanoseconds{3s}, nanoseconds{30s}}) {
      CAPTURE(master);
      CAPTURE(pause.count());
      bystanders jam{master, 4};
      jam.net.stall(*jam.victim, pause);
      jam.run_for(pause + 100ms);
      CHECK(jam.victim_apart() < 1ms);
      jam.run_for(10s);
      CHECK(jam.victim_apart() < 200us);
      CHECK(jam.farthest < 200us);
      CHECK(jam.jumps == 0);
      CHECK(jam.merged == 0);
    }
  }
}

TEST_CASE("a follower whose clock is set by a tenth of a second disturbs nobody") {
  for (const auto by : {100ms, -100ms, 1ms, -1ms}) {
    CAPTURE(by.count());
    bystanders jam{false, 5};
    jam.net.step_clock(*jam.victim, by);
    jam.run_for(12s);
    CHECK(jam.victim_apart() < 200us);
    CHECK(jam.farthest < 200us);
    CHECK(jam.jumps == 0);
    CHECK(jam.elected == 0);
  }
}

TEST_CASE("when the master's clock is set by a tenth of a second, nobody's time jumps") {
  for (const auto by : {100ms, -100ms}) {
    CAPTURE(by.count());
    bystanders jam{true, 6};
    jam.net.step_clock(*jam.victim, by);
    jam.run_for(12s);
    CHECK(jam.victim_apart() < 200us);
    CHECK(jam.farthest < 10ms); // each begins to follow when it has seen it
    CHECK(jam.jumps == 0);
  }
}

TEST_CASE("a clock that is set by seconds or hours takes no other with it") {
  for (const bool master : {false, true}) {
    for (const nanoseconds by : {nanoseconds{2s}, nanoseconds{-2s}, nanoseconds{1h}}) {
      CAPTURE(master);
      CAPTURE(by.count());
      bystanders jam{master, 8};
      jam.net.step_clock(*jam.victim, by);
      jam.run_for(15s);
      CHECK(jam.victim_apart() < 200us);
      CHECK(jam.farthest < 200us);
      CHECK(jam.jumps == 0);
      CHECK(jam.merged == 0);
    }
  }
}

TEST_CASE("a clock that suddenly runs 200 ppm faster takes nobody out of time") {
  for (const bool master : {false, true}) {
    CAPTURE(master);
    bystanders jam{master, 7};
    jam.net.set_skew_ppm(*jam.victim, 200);
    jam.run_for(10s);
    CHECK(jam.victim_apart() < 200us);
    CHECK(jam.farthest < 500us);
    CHECK(jam.jumps == 0);
  }
}
