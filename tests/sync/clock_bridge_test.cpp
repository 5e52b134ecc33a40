#include <jamnet/sync/clock_bridge.hpp>

#include <atomic>
#include <cmath>
#include <thread>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>
#include <jamnet/testing/sim_timebase.hpp>

using namespace jamnet;
using namespace std::chrono_literals;
using testing::manual_clock;
using testing::sim_timebase;

namespace {

using sim_bridge = clock_bridge<sim_timebase, manual_clock>;

const testing::sim_timebase_options gpu_52ns{.format = {1e9 / 19.2e6, 36},
                                             .drift = {.skew_ppm = 25, .wander_ppm = 0.003},
                                             .call_ns = 2500,
                                             .call_spread = 0.35,
                                             .slow_calls = 0.02};
const testing::sim_timebase_options noisy_vm{.format = {1, 64},
                                             .drift = {.skew_ppm = 40, .wander_ppm = 0.02},
                                             .call_ns = 20'000,
                                             .call_spread = 0.8,
                                             .slow_calls = 0.05};

struct bridged {
  explicit bridged(testing::sim_timebase_options options, const clock_bridge_options& how = {},
                   std::uint64_t seed = 1)
      : gpu{host, with_seed(options, seed)},
        bridge{gpu, host, how} {}

  static testing::sim_timebase_options with_seed(testing::sim_timebase_options options,
                                                 std::uint64_t seed) {
    options.seed = options.drift.seed = seed;
    return options;
  }
  // Polls when it is time to, and calls `look` a few times in between.
  template <class Look>
  void run(nanoseconds length, Look look) {
    for (const auto end = host.now() + length; host.now() < end;) {
      const auto due = bridge.poll();
      const auto step =
          std::max(due - host.now(), nanoseconds{0}) * 10 / 39 + 10ns; // its clock is slow
      for (int i = 0; i < 4; ++i) {
        host.advance(step);
        look();
      }
    }
  }
  void run(nanoseconds length) {
    run(length, [] {});
  }
  nanoseconds error() const { return bridge.to_host(gpu.ticks()) - host.now(); }
  bool within(nanoseconds limit) const { return error() <= limit && -error() <= limit; }

  manual_clock host{{.skew_ppm = -20}};
  sim_timebase gpu;
  sim_bridge bridge;
};

} // namespace

TEST_CASE("the errors of simulated GPUs at ten looks a second, and that the bound holds") {
  struct target {
    const char* name;
    testing::sim_timebase_options gpu;
    double rms;
  };
  for (const auto& t : {target{"32 ns", {}, 25}, target{"52 ns, 36 bits", gpu_52ns, 40},
                        target{"noisy VM", noisy_vm, 100}}) {
    CAPTURE(t.name);
    double squares = 0;
    int count = 0, broken = 0, impossible = 0, above_80 = 0;
    for (std::uint64_t seed = 101; seed <= 103; ++seed) {
      bridged b{t.gpu, {.interval = 100ms}, seed};
      b.run(10s);
      b.run(60s, [&] {
        const auto error = static_cast<double>(b.error().count());
        const auto clock = b.bridge.clock();
        squares += error * error;
        ++count;
        above_80 += std::abs(error) > 80;
        broken += !b.within(clock.bound(b.host.now()));
        impossible += !b.within(clock.hard_bound(b.host.now()));
      });
      CHECK(b.bridge.count().doubted == 0);
    }
    CHECK(std::sqrt(squares / count) < t.rms);
    if (t.rms == 25) CHECK(above_80 * 100 < count);
    CHECK(broken * 1000 <= 3 * count);
    CHECK(impossible == 0);
  }
}

TEST_CASE("three wraps of 36 bits, an hour each, and not one error") {
  bridged b{gpu_52ns, {.interval = 1s}, 5};
  b.run(1s); // until the rate is known
  int wrong = 0;
  b.run(3h, [&] {
    wrong += !b.within(2us) || b.bridge.to_gpu(b.host.now()) - b.gpu.ticks() + 60 > 120;
  });
  CHECK(wrong == 0);
  CHECK(b.bridge.count().wraps == 3);
  CHECK(b.bridge.count().jumps == 0);
}

TEST_CASE("GPU ticks are session time in one step") {
  bridged b{{}};
  b.run(5s);
  const clock_map<host_timeline, session_timeline> session{b.host.now(), session_time{40s}, 0,
                                                           20e-6};
  const auto gpu_to_session = b.bridge.map().then(session);
  b.host.advance(500ms);
  const auto error = gpu_to_session(b.gpu.ticks()) - session_time{40s + 500ms + 10us - 10us};
  CHECK(error < 1us);
  CHECK(error > -1us);
}

TEST_CASE("without correction of drift, the error between looks is in the bound") {
  bridged b{{.drift = {.skew_ppm = 100}}, {.interval = 1s, .correct_drift = false}};
  b.run(3s);
  CHECK(b.bridge.drift_ppm() == doctest::Approx(120).epsilon(0.01));
  b.bridge.poll();
  CHECK(b.within(1us));
  b.host.advance(900ms);
  CHECK_FALSE(b.within(50us));
  CHECK(b.within(b.bridge.bound(b.host.now())));
  b.bridge.set_drift_correction(true);
  b.run(2s);
  CHECK(b.within(1us));
}

TEST_CASE("a device lost in mid-run is held over with a growing bound, and comes back by name") {
  bridged b{{.drift = {.skew_ppm = 30}}};
  b.run(20s);
  CHECK(b.bridge.state() == bridge_state::following);
  b.gpu.lose();
  nanoseconds last{};
  int lost = 0;
  b.run(60s, [&] {
    lost += b.bridge.state() == bridge_state::lost;
    REQUIRE(b.within(b.bridge.bound(b.host.now())));
    REQUIRE(b.bridge.bound(b.host.now()) >= last - 5us);
    last = b.bridge.bound(b.host.now());
  });
  CHECK(lost > 1000);
  CHECK(b.bridge.why() == failure{errc::device_lost});
  CHECK(last > 1us);
  SUBCASE("with its count") {
    b.gpu.restore();
    b.run(5s);
    CHECK(b.bridge.count().jumps == 0);
  }
  SUBCASE("with a count that began again") {
    b.gpu.restart();
    b.run(5s);
    CHECK(b.bridge.count().jumps == 1);
  }
  CHECK(b.bridge.state() == bridge_state::following);
  CHECK(b.bridge.why() == failure{});
  CHECK(b.bridge.count().losses == 1);
  CHECK(b.bridge.count().recoveries == 1);
  CHECK(b.within(300ns));
}

TEST_CASE("a counter that stands still is said to, and found again when it goes on") {
  bridged b{gpu_52ns};
  b.run(5s);
  b.gpu.stop();
  b.run(21ms); // at the next look
  CHECK(b.bridge.state() == bridge_state::stopped);
  b.run(3s);
  b.gpu.start();
  b.run(5s);
  CHECK(b.bridge.state() == bridge_state::following);
  CHECK(b.bridge.count().stops == 1);
  CHECK(b.bridge.count().jumps == 1);
  CHECK(b.within(500ns));
}

TEST_CASE("the common timeline never jumps and never runs back, whatever the counter does") {
  for (const auto master : {clock_master::gpu, clock_master::cpu, clock_master::hybrid}) {
    CAPTURE(static_cast<int>(master));
    bridged b{{.drift = {.skew_ppm = 90, .wander_ppm = 0.02}}, {.master = master}};
    b.run(1s);
    host_time then = b.host.now();
    bridge_time last = b.bridge.clock().to_common(then);
    const auto go_on = [&] {
      const auto clock = b.bridge.clock();
      const auto now = b.host.now();
      const auto common = clock.to_common(now);
      const auto passed = static_cast<double>((now - then).count());
      const auto moved = static_cast<double>((common - last).count());
      REQUIRE(moved > passed * (1 - 700e-6) - 2);
      REQUIRE(moved < passed * (1 + 700e-6) + 2);
      then = now, last = common;
    };
    const auto agrees = [&] {
      const auto clock = b.bridge.clock();
      const auto apart = clock.to_common(b.gpu.ticks()) - clock.to_common(b.host.now());
      return apart < 1us && apart > -1us;
    };
    b.run(5s, go_on);
    CHECK(agrees());
    b.gpu.jump(-400s);
    b.run(2s, go_on);
    CHECK(agrees());
    b.gpu.lose();
    b.run(5s, go_on);
    b.gpu.restart();
    b.run(5s, go_on);
    CHECK(agrees());
    CHECK(b.bridge.count().jumps == 2);
  }
}

TEST_CASE("it looks when its interval has passed, and more often until it knows the rate") {
  bridged b{{}, {.interval = 10s, .reads = 3}};
  b.bridge.poll();
  for (int i = 0; i < 3; ++i) b.run(100ms);
  CHECK(b.within(300ns));
  CHECK(b.bridge.bound(b.host.now() + 1s) < 5us);
  b.run(1s);
  CHECK(b.bridge.count().taken == 65 * 3);
}

TEST_CASE("it does not look before it is time to") {
  bridged b{{}, {.interval = 50ms, .reads = 3}};
  b.bridge.poll();
  const auto before = b.host.elapsed();
  const auto due = b.bridge.poll();
  CHECK(b.host.elapsed() == before);
  CHECK(b.bridge.count().taken == 3);
  b.host.advance(due - b.host.now() + 1us);
  b.run(1s);
  b.bridge.set_interval(10s);
  b.run(10ms);
  CHECK(b.bridge.poll() >= b.host.now() + 9s);
}

TEST_CASE("polls and questions neither allocate nor lock, and other threads see whole snapshots") {
  bridged b{{}, {.interval = 1ms}};
  b.bridge.poll();
  std::atomic<bool> done{false};
  std::atomic<long> asked{0}, torn{0};
  std::thread reader{[&] {
    testing::rt_guard guard;
    while (!done.load() || asked.load() < 1000) {
      const auto clock = b.bridge.clock();
      const auto apart = clock.to_host(clock.map.from) - clock.map.to;
      torn += apart > 1ns || apart < -1ns || clock.period_ns != 32 || clock.map.valid_bits != 64;
      ++asked;
      if (asked.load() % 64 == 0) std::this_thread::yield();
    }
  }};
  {
    testing::rt_guard guard;
    for (int i = 0; i < 20'000; ++i) {
      b.bridge.poll();
      b.host.advance(1ms);
      static_cast<void>(b.bridge.to_gpu(b.host.now()));
    }
  }
  done = true;
  reader.join();
  CHECK(torn == 0);
}
