#include <jamnet/testing/sim_timebase.hpp>

#include <doctest/doctest.h>

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

TEST_CASE("a simulated counter runs at its tick and its oscillator's rate, and begins again") {
  manual_clock host;
  sim_timebase gpu{host,
                   {.format = {100, 36},
                    .drift = {.skew_ppm = 100},
                    .first_ticks = 0xF'FFFF'FFFF,
                    .call_spread = 0}};
  CHECK(gpu.ticks() == 0xF'FFFF'FFFF);
  host.advance(10s);
  CHECK(gpu.ticks() == 100'009'999);
  CHECK(gpu.skew_ppm() == doctest::Approx(100));
}

TEST_CASE("the counter showed its ticks within the interval of the reading, wherever it was read") {
  for (const double part : {0.0, 0.5, 1.0}) {
    manual_clock host;
    sim_timebase gpu{host,
                     {.format = {1, 64},
                      .drift = {},
                      .first_ticks = 0,
                      .call_spread = 0.8,
                      .earliest = part,
                      .latest = part}};
    const host_time start = host.now();
    for (int i = 0; i < 1000; ++i) {
      CAPTURE(i);
      const host_time before = host.now();
      const auto reading = gpu.read();
      REQUIRE(reading);
      const auto truth = start + nanoseconds{static_cast<std::int64_t>(reading->ticks)};
      REQUIRE(truth >= reading->host - reading->uncertainty);
      REQUIRE(truth <= reading->host + reading->uncertainty);
      REQUIRE(reading->host - reading->uncertainty <= before + 1ns);
      REQUIRE(reading->host + reading->uncertainty >= host.now());
    }
  }
}

TEST_CASE("a simulated device jumps, stands, is lost and begins again when told to") {
  manual_clock host;
  sim_timebase gpu{host, {.format = {1000, 32}, .drift = {}, .first_ticks = 500}};
  auto same = gpu;
  gpu.jump(5ms);
  CHECK(same.ticks() == 5500);
  gpu.jump(-5ms);
  gpu.stop();
  host.advance(1s);
  CHECK(gpu.ticks() == 500);
  gpu.start();
  host.advance(1ms);
  CHECK(gpu.ticks() == 1500);
  gpu.lose();
  CHECK(gpu.read().error().code == errc::device_lost);
  gpu.restore();
  CHECK(gpu.read());
  gpu.lose();
  gpu.restart();
  CHECK(gpu.ticks() == 0);
}

TEST_CASE("a seed replays the calls") {
  const auto run = [](std::uint64_t seed) {
    manual_clock host;
    sim_timebase gpu{host, {.drift = {.wander_ppm = 1}, .seed = seed}};
    std::uint64_t all = 0;
    for (int i = 0; i < 100; ++i) {
      const auto reading = gpu.read();
      all = all * 31 + reading->ticks + static_cast<std::uint64_t>(reading->uncertainty.count());
      host.advance(1ms);
    }
    return all;
  };
  CHECK(run(1) == run(1));
  CHECK(run(1) != run(2));
}
