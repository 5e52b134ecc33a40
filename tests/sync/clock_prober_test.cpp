#include <jamnet/sync/clock_prober.hpp>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

constexpr host_time t0{1000s};

clock_exchange answer_to(host_time t1, nanoseconds way) {
  const session_time there{t1.time_since_epoch() + way};
  return {t1, there, there + 30us, t1 + 2 * way + 30us};
}

// Answers every question after `way` each way until `until`; how many trains ended.
int run(clock_prober& prober, nanoseconds way, host_time until) {
  int trains = 0;
  for (host_time now = prober.deadline(); now < until; now = prober.deadline()) {
    if (prober.poll(now)) {
      prober.sent(now);
      if (now + 2 * way + 30us < prober.deadline()) CHECK(prober.answered(answer_to(now, way)));
    }
    if (prober.take()) ++trains;
  }
  return trains;
}

} // namespace

TEST_CASE("twenty trains a second for two seconds, then five") {
  clock_prober prober{{}, t0, 1};
  const int at_first = run(prober, 100us, t0 + 2s);
  CHECK(at_first >= 38);
  CHECK(at_first <= 42);
  const int later = run(prober, 100us, t0 + 12s);
  CHECK(later >= 48);
  CHECK(later <= 52);
}

TEST_CASE("the next question leaves when the answer has come, and a train has three") {
  clock_prober prober{{}, t0, 1};
  host_time now = t0;
  for (int i = 0; i < 3; ++i) {
    CHECK(prober.deadline() == now);
    REQUIRE(prober.poll(now));
    prober.sent(now);
    CHECK_FALSE(prober.poll(now + 1ms));
    const auto answer = answer_to(now, 1ms);
    CHECK_FALSE(prober.take());
    CHECK(prober.answered(answer));
    now = answer.t4;
  }
  CHECK(prober.take());
  CHECK_FALSE(prober.take());
  CHECK(prober.deadline() > now);
}

TEST_CASE("a train ends by timeout with what it has, and without an answer yields nothing") {
  clock_prober prober{{}, t0, 1};
  REQUIRE(prober.poll(t0));
  prober.sent(t0);
  const auto answer = answer_to(t0, 1ms);
  REQUIRE(prober.answered(answer));
  for (int i = 0; i < 2; ++i) {
    const auto now = prober.deadline();
    REQUIRE(prober.poll(now));
    prober.sent(now);
  }
  CHECK_FALSE(prober.poll(prober.deadline())); // the third's time is over
  const auto merged = prober.take();
  REQUIRE(merged);
  CHECK(*merged == answer);
  CHECK(prober.count().timed_out == 2);

  for (int i = 0; i < 4; ++i) {
    const auto now = prober.deadline();
    if (prober.poll(now)) prober.sent(now);
  }
  CHECK_FALSE(prober.take());
}

TEST_CASE("late, repeated, forged and impossible answers are counted and change nothing") {
  clock_prober prober{{}, t0, 1};
  CHECK_FALSE(prober.answered(answer_to(t0, 1ms))); // never asked
  REQUIRE(prober.poll(t0));
  prober.sent(t0);
  auto impossible = answer_to(t0, 1ms);
  impossible.t3 += 1s;
  CHECK_FALSE(prober.answered(impossible));
  CHECK_FALSE(prober.answered(answer_to(t0 + 1ns, 1ms)));
  CHECK(prober.answered(answer_to(t0, 1ms)));
  CHECK_FALSE(prober.answered(answer_to(t0, 1ms))); // again
  CHECK(prober.count().unknown == 3);
  CHECK(prober.count().refused == 1);

  const auto due = prober.deadline();
  REQUIRE(prober.poll(due));
  prober.sent(due);
  prober.restart(due + 1ms);
  CHECK_FALSE(prober.answered(answer_to(due, 1ms))); // asked of another peer
}

TEST_CASE("a restart begins with twenty trains a second again") {
  clock_prober prober{{}, t0, 1};
  run(prober, 100us, t0 + 10s);
  prober.restart(t0 + 10s);
  CHECK(run(prober, 100us, t0 + 12s) >= 38);
}

TEST_CASE("a far peer is measured too, and less often") {
  clock_prober prober{{}, t0, 1};
  CHECK(run(prober, 120ms, t0 + 20s) >= 10); // 240 ms there and back: beyond the first timeout
  CHECK(prober.count().asked < 100);
}

TEST_CASE("a long round trip slows the trains down by itself") {
  clock_prober prober{{}, t0, 1};
  const int trains = run(prober, 20ms, t0 + 2s); // a train takes 120 ms
  CHECK(trains <= 17);
  CHECK(trains >= 14);
}

TEST_CASE("on a noisy path it asks nine times a second, and five times again when that is over") {
  clock_prober prober{{}, t0, 1};
  prober.noisy(true);
  run(prober, 100us, t0 + 10s);
  const int noisy = run(prober, 100us, t0 + 20s);
  CHECK(noisy >= 88);
  CHECK(noisy <= 94);
  prober.noisy(false);
  CHECK(run(prober, 100us, t0 + 30s) <= 52);
  clock_prober fast{{.interval = 20ms}, t0, 1};
  fast.noisy(true);
  CHECK(run(fast, 100us, t0 + 4s) >= 130); // never less often for it
}

TEST_CASE("quickened, it sends twenty trains a second for two more seconds, once") {
  clock_prober prober{{}, t0, 1};
  run(prober, 100us, t0 + 10s);
  prober.quicken(t0 + 10s);
  CHECK(prober.deadline() <= t0 + 10s + 55ms);
  run(prober, 100us, t0 + 11s);
  prober.quicken(t0 + 11s); // lasts already, and no longer for it
  CHECK(run(prober, 100us, t0 + 12s) >= 18);
  CHECK(run(prober, 100us, t0 + 22s) <= 52);
}

TEST_CASE("quickened, it still knows the question that is pending") {
  clock_prober prober{{}, t0, 1};
  run(prober, 100us, t0 + 10s);
  const auto asked = prober.deadline();
  REQUIRE(prober.poll(asked));
  prober.sent(asked);
  prober.quicken(asked + 1ms);
  CHECK(prober.answered(answer_to(asked, 2ms)));
}

TEST_CASE("the room's least interval holds for every train, also in the quick start") {
  clock_prober prober{{}, t0, 1};
  prober.least_interval(1600ms);
  host_time last_train = t0 - 1600ms;
  int trains = 0;
  const auto run_bounded = [&](host_time until) {
    for (host_time now = prober.deadline(); now < until; now = prober.deadline()) {
      for (int i = 0; i < 3; ++i) {
        REQUIRE(prober.poll(now));
        prober.sent(now);
        prober.answered(answer_to(now, 100us));
        if (i == 0) CHECK(now - last_train >= 1600ms);
        if (i == 0) last_train = now;
        now = prober.deadline();
      }
      ++trains;
    }
  };
  run_bounded(t0 + 100s);
  prober.quicken(t0 + 100s);
  run_bounded(t0 + 160s);
  CHECK(trains >= 160 / 1.76);

  prober.least_interval(0ms); // the others left: the options again, at once
  CHECK(prober.deadline() - last_train <= 220ms);
  CHECK(run(prober, 100us, prober.deadline() + 10s) >= 48);
}

TEST_CASE("from one to a hundred trains a second, as far as the path lets them") {
  struct setting {
    nanoseconds interval, way, length; // of a train: three round trips
  };
  for (const auto& set : {setting{10ms, 100us, 10ms}, setting{10ms, 20ms, 121ms},
                          setting{50ms, 20ms, 121ms}, setting{1s, 20ms, 1s}, setting{1s, 100us, 1s},
                          setting{1ms, 100us, 10ms}, setting{60s, 100us, 1s}}) {
    CAPTURE(set.interval.count());
    CAPTURE(set.way.count());
    clock_prober prober{{.interval = set.interval}, t0, 1};
    run(prober, set.way, t0 + 3s);
    const auto trains = run(prober, set.way, t0 + 63s);
    CHECK(trains >= 0.97 * static_cast<double>(60s / set.length));
    CHECK(trains <= 1.03 * static_cast<double>(60s / set.length) + 1);
  }
}

TEST_CASE("probing allocates nothing") {
  clock_prober prober{{}, t0, 1};
  testing::rt_guard guard;
  for (int i = 0; i < 100; ++i) {
    const auto now = prober.deadline();
    if (prober.poll(now)) prober.sent(now);
    if (i % 3 != 0) prober.answered(answer_to(now, 1ms));
    (void)prober.take();
  }
}
