#include <jamnet/sync/time_sources.hpp>

#include <doctest/doctest.h>
#include <jamnet/sync/clock_bridge.hpp>
#include <jamnet/testing/sim_timebase.hpp>

using namespace jamnet;
using namespace std::chrono_literals;

TEST_CASE("the host is always there, and right about itself") {
  const source_reading reading = host_source{}.read(host_time{5s});
  CHECK(reading.valid);
  CHECK(reading.map(host_time{6s}) == source_time{6s});
  CHECK(reading.map.bound(host_time{1h}) <= 1ns);
  CHECK(reading.confirmed == host_time{5s});
}

TEST_CASE("the session tells its time once it has one") {
  latest<session_clock> shared;
  const session_source source{shared};
  CHECK_FALSE(source.read(host_time{1s}).valid);
  session_clock clock;
  clock.map = {host_time{10s}, session_time{3s}, 0, 1e-5, 700, 1e-7};
  clock.is_synchronised = true;
  shared.store(clock);
  const source_reading reading = source.read(host_time{11s});
  CHECK(reading.valid);
  CHECK(reading.confirmed == host_time{10s});
  CHECK(reading.map(host_time{11s}) == source_time{4s + 10us});
  CHECK(reading.map.bound(host_time{10s}) == clock.bound(host_time{10s}));
}

TEST_CASE("a device tells its own time, through wraps and restarts, and none while it is lost") {
  testing::manual_clock host;
  testing::sim_timebase gpu{host, {.format = {1e9 / 19.2e6, 24}, .drift = {.skew_ppm = 40}}};
  clock_bridge bridge{gpu, host, {.interval = 10ms}};
  const bridge_source source{bridge};
  static_assert(time_source<decltype(source)>);
  CHECK_FALSE(source.read(host.now()).valid);
  const auto run = [&](nanoseconds length) {
    for (const auto end = host.now() + length; host.now() < end; host.advance(10ms)) bridge.poll();
  };
  run(5s); // 5 times around
  const auto before = source.read(host.now());
  REQUIRE(before.valid);
  CHECK(host.now() - before.confirmed < 30ms);
  CHECK(1e6 * before.map.skew == doctest::Approx(40).epsilon(0.05));
  const host_time then = host.now();
  gpu.restart();
  run(1s);
  const auto after = source.read(host.now());
  const auto moved = after.map(host.now()) - before.map(then) - (host.now() - then);
  CHECK(moved < 45us);
  CHECK(moved > 35us);
  gpu.lose();
  run(1s);
  CHECK_FALSE(source.read(host.now()).valid);
  CHECK(host.now() - source.read(host.now()).confirmed > 900ms);
}
