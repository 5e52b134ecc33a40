#include <jamnet/sync/tick_estimator.hpp>

#include <cmath>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/testing/rt_guard.hpp>
#include <jamnet/testing/sim_timebase.hpp>

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

using outcome = tick_estimator::verdict;

struct estimated_device {
  explicit estimated_device(const testing::sim_timebase_options& options)
      : gpu{host, options},
        estimator{gpu.format()} {}

  outcome look(int reads = 8) {
    outcome last{};
    for (int i = 0; i < reads; ++i) last = estimator.add(*gpu.read());
    return last;
  }
  void run(nanoseconds length, nanoseconds interval = 100ms) {
    for (const auto end = host.now() + length; host.now() < end; host.advance(interval)) look();
  }
  nanoseconds error() const {
    const auto away = estimator.map(host.now())(gpu.ticks()) - host.now();
    return away < 0ns ? -away : away;
  }

  testing::manual_clock host{{.skew_ppm = -20}};
  testing::sim_timebase gpu;
  tick_estimator estimator;
};

} // namespace

TEST_CASE("there is a map from the first reading on, and its bounds hold") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    estimated_device d{{.seed = seed}};
    CHECK_FALSE(d.estimator.ready());
    d.look(1);
    REQUIRE(d.estimator.ready());
    for (int i = 0; i < 50; ++i) {
      const auto map = d.estimator.map(d.host.now());
      REQUIRE(d.error() <= map.bound(d.host.now()));
      REQUIRE(static_cast<double>(d.error().count()) <= d.estimator.hard_bound_ns(d.host.now()));
      d.host.advance(20ms);
      d.look(1);
    }
  }
}

TEST_CASE("a device is followed through wraps, however long nobody looked") {
  estimated_device d{{.format = {1, 32}, .drift = {.skew_ppm = 90}, .first_ticks = 0xFFFF'0000}};
  d.run(30s);
  CHECK(d.estimator.wraps() == 7);
  CHECK(d.estimator.drift_ppm() == doctest::Approx(110).epsilon(0.01)); // 90 and the host's 20
  for (const nanoseconds pause : {nanoseconds{7s}, nanoseconds{60s}, nanoseconds{600s}}) {
    d.host.advance(pause);
    CHECK(d.look() == outcome::taken);
    CHECK(d.error() < 1us);
  }
  CHECK(d.estimator.wraps() == 7 + 156);
}

TEST_CASE("what cannot be is refused, and a single lie is doubted, and neither does harm") {
  estimated_device d{{.format = {32, 36}}};
  d.run(5s);
  const auto map = d.estimator.map(d.host.now());
  const auto good = *d.gpu.read();
  const auto add = [&](timebase_reading reading) { return d.estimator.add(reading); };
  CHECK(add({std::uint64_t{1} << 36, good.host, good.uncertainty}) == outcome::refused);
  CHECK(add({good.ticks, good.host, -1ns}) == outcome::refused);
  CHECK(add({good.ticks, good.host, 1s}) == outcome::refused);
  CHECK(add({good.ticks, good.host - 1s, good.uncertainty}) == outcome::refused);
  CHECK(add({good.ticks, host_time::max(), good.uncertainty}) == outcome::refused);
  CHECK(add({good.ticks, host_time::min(), good.uncertainty}) == outcome::refused);
  for (const nanoseconds later : {0ns, 1ns, 2ns})
    CHECK(add({good.ticks + 3000, good.host + later, 1us}) == outcome::doubted);
  CHECK(add({good.ticks + 3000, good.host + 2ns, 1us}) == outcome::refused); // the very same
  CHECK(d.estimator.map(d.host.now())(good.ticks) - map(good.ticks) < 2ns);
  const auto next = *d.gpu.read();
  CHECK(add(next) == outcome::taken);
  CHECK(add(next) == outcome::refused); // not newer
}

TEST_CASE("a counter that jumps, forward or back, is found again at once, and its rate is kept") {
  for (const nanoseconds jump : {nanoseconds{50us}, nanoseconds{-50us}, nanoseconds{300s},
                                 nanoseconds{-300s}, nanoseconds{200h}}) {
    CAPTURE(jump.count());
    estimated_device d{{.drift = {.skew_ppm = 60}}};
    d.run(10s);
    d.gpu.jump(jump);
    CHECK(d.look(3) == outcome::doubted);
    CHECK(d.look(1) == outcome::jumped);
    CHECK(d.look() == outcome::taken);
    CHECK(d.error() < 1us);
    CHECK(d.estimator.drift_ppm() == doctest::Approx(80).epsilon(0.02));
    d.run(1s);
    CHECK(d.error() < d.estimator.map(d.host.now()).bound(d.host.now()));
  }
}

TEST_CASE("a rate that changes is followed without a jump") {
  estimated_device d{{.drift = {.skew_ppm = 10}}};
  d.run(20s);
  d.gpu.set_skew_ppm(25);
  d.run(5s);
  CHECK(d.error() < 200ns);
  CHECK(d.estimator.drift_ppm() == doctest::Approx(45).epsilon(0.02));
}

TEST_CASE("a counter that stands still teaches nothing, and the bound grows while it does") {
  estimated_device d{{}};
  d.run(10s);
  d.gpu.stop();
  d.host.advance(100ms);
  d.look();
  const double soon = d.estimator.map(d.host.now()).bound_ns;
  d.host.advance(60s);
  CHECK(d.look() == outcome::stands);
  const double late = d.estimator.map(d.host.now()).bound_ns;
  CHECK(late > soon + 5'000);
  CHECK(late < soon + 100'000);
  d.gpu.start();
  d.host.advance(1ms);
  d.look();
  CHECK(d.error() < 1us);
}

TEST_CASE("the hard bound holds where counters are read near one end of calls, then near another") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    random_source random{seed};
    tick_estimator estimator{{1, 64}};
    bool quick = false; // as submissions to a GPU in software are, while both cores are free
    nanoseconds now = 10s;
    for (int look = 0; look < 400; ++look, now += look < 64 ? 5ms : 100ms) {
      CAPTURE(look);
      if (random.next() % 32 == 0) quick = !quick;
      for (int i = 0; i < 8; ++i, now += 100us) {
        const double before = quick ? random.uniform(3e3, 6e3) : random.uniform(9e3, 3e4);
        const double after = quick ? random.uniform(1e2, 1e3) : random.uniform(13e3, 6e4);
        const nanoseconds middle{nearest((after - before) / 2)};
        static_cast<void>(
            estimator.add({static_cast<std::uint64_t>(now.count()), host_time{now + middle},
                           nanoseconds{nearest((before + after) / 2)}}));
      }
      const auto away =
          (estimator.map(host_time{now})(static_cast<std::uint64_t>(now.count())) - host_time{now})
              .count();
      REQUIRE(magnitude(static_cast<double>(away)) <= estimator.hard_bound_ns(host_time{now}) + 2);
    }
  }
}

TEST_CASE(
    "readings of any kind neither crash nor allocate, and a good device is learnt after them") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    random_source random{seed};
    estimated_device d{{.format = {1, 40}, .drift = {.skew_ppm = 50}}};
    {
      testing::rt_guard guard;
      for (int i = 0; i < 500; ++i) {
        const auto far = static_cast<std::int64_t>(random.next()) >> (random.next() % 64);
        const auto wide = static_cast<std::int64_t>(random.next() >> (random.next() % 64));
        static_cast<void>(
            d.estimator.add({random.next() >> (random.next() % 64),
                             d.host.now() + nanoseconds{far % 1'000'000'000}, nanoseconds{wide}}));
        if (d.estimator.ready()) static_cast<void>(d.estimator.map(d.host.now()));
      }
    }
    d.host.advance(2s);
    d.run(20s);
    CHECK(d.error() < 10us);
  }
}

TEST_CASE("a device that says itself that it jumped is believed at once, and keeps its rate") {
  estimated_device d{{.drift = {.skew_ppm = 30}}};
  d.run(20s);
  const double before = d.estimator.drift_ppm();
  auto jumped = *d.gpu.read();
  jumped.ticks += 1'000'000'000;
  jumped.anew = true;
  CHECK(d.estimator.add(jumped) == outcome::jumped);
  CHECK(d.estimator.drift_ppm() == before);
  const auto image = d.estimator.map(jumped.host)(jumped.ticks);
  CHECK(image - jumped.host < jumped.uncertainty + 1us);
  CHECK(jumped.host - image < jumped.uncertainty + 1us);
}

TEST_CASE("jumps that are small beside what is certain teach it no rate that cannot be") {
  tick_estimator estimator{{1, 64}};
  random_source random{7};
  host_time now{1s};
  std::int64_t late = 0; // ns: grows by 5 ms now and then, as where frames are lost
  for (int i = 0; i < 20'000; ++i, now += 40ms) {
    if (i % 25 == 24) late += 5'000'000;
    const auto noise = static_cast<std::int64_t>(random.uniform(0, 400e3));
    const auto ticks = static_cast<std::uint64_t>((now - host_time{}).count() - late);
    estimator.add({ticks, now + nanoseconds{noise}, 300us, false});
    REQUIRE(std::abs(estimator.drift_ppm()) < 5000);
  }
  for (int i = 0; i < 2000; ++i, now += 40ms) {
    const auto ticks = static_cast<std::uint64_t>((now - host_time{}).count() - late);
    estimator.add({ticks, now, 100us, false});
  }
  CHECK(std::abs(estimator.drift_ppm()) < 1);
}
