#include <jamnet/sync/coupled_timelines.hpp>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

constexpr tick_format ten_ns{10, 48};

// A counter that runs `drift` faster than it claims, as it is measured at `t`, with some noise.
tick_map<host_timeline> measured(nanoseconds t, double drift, double noise_ns = 0) {
  const double rate = 1 + drift, ticks = static_cast<double>(t.count()) / 10 * rate;
  const auto from = static_cast<std::uint64_t>(ticks);
  const double image = 5e12 + static_cast<double>(from) * 10 / rate + noise_ns;
  const auto whole = static_cast<std::int64_t>(image);
  return {
      from, host_time{nanoseconds{whole}}, image - static_cast<double>(whole), 10 / rate, 48, 100,
      1e-7};
}

} // namespace

TEST_CASE("the master's side is its own clock, exactly, and the other's never jumps or runs back") {
  for (const auto master : {clock_master::gpu, clock_master::cpu, clock_master::hybrid}) {
    CAPTURE(static_cast<int>(master));
    coupled_timelines both{ten_ns, {.master = master}};
    random_source random{7};
    both.follow(measured(1s, 80e-6));
    for (auto t = nanoseconds{1s}; t < nanoseconds{60s}; t += 20ms) {
      const auto best = measured(t, 80e-6, random.uniform(-300, 300));
      const auto device_before = both.device()(best.from);
      const auto host_before = both.host()(best.to);
      both.follow(best);
      const auto device_moved = both.device()(best.from) - device_before;
      const auto host_moved = both.host()(best.to) - host_before;
      REQUIRE(device_moved <= 1ns);
      REQUIRE(device_moved >= -1ns);
      REQUIRE(host_moved <= 1ns);
      REQUIRE(host_moved >= -1ns);
      if (master == clock_master::gpu) {
        REQUIRE(both.device()(best.from).time_since_epoch() == nanoseconds{best.from * 10});
        REQUIRE(both.device().bound(best.from) <= 1ns);
      } else if (master == clock_master::cpu) {
        REQUIRE(both.host()(best.to).time_since_epoch() == best.to.time_since_epoch());
        REQUIRE(both.host().bound(best.to) <= 1ns);
      }
      const double paces[] = {both.device().tick_ns / 10 - 1, both.host().skew};
      for (const double pace : paces) { // the drift, and what is made up for
        REQUIRE(pace < 581e-6);
        REQUIRE(pace > -581e-6);
      }
      const auto apart = both.device()(best.from) - both.host()(best.to);
      REQUIRE(apart < 400ns);
      REQUIRE(apart > -400ns);
    }
  }
}

TEST_CASE("in between both drift half as much, to either side") {
  coupled_timelines both{ten_ns, {.master = clock_master::hybrid}};
  for (auto t = nanoseconds{0}; t < nanoseconds{5s}; t += 20ms) both.follow(measured(t, 80e-6));
  CHECK(both.device().tick_ns / 10 - 1 == doctest::Approx(-40e-6).epsilon(0.01));
  CHECK(both.host().skew == doctest::Approx(40e-6).epsilon(0.01));
}

TEST_CASE("a gap closes in its time, at the rate that is allowed, and bounds say how wide it is") {
  coupled_timelines both{ten_ns, {.master = clock_master::cpu}};
  both.follow(measured(1s, 0));
  nanoseconds t = 1s;
  const auto follow_for = [&](nanoseconds length) {
    for (const auto end = t + length; t < end; t += 20ms) both.follow(measured(t, 0, 1e6));
  };
  follow_for(20ms);
  CHECK(both.gap_ns() == doctest::Approx(1e6));
  CHECK(both.device().bound_ns >= 1e6);
  CHECK(both.device().tick_ns == doctest::Approx(10.005));
  follow_for(1s);
  CHECK(both.gap_ns() == doctest::Approx(0.5e6).epsilon(0.05));
  follow_for(6s);
  CHECK(both.gap_ns() < 100);
}

TEST_CASE("a device that joins anew leaves the timeline where it is") {
  for (const auto master : {clock_master::gpu, clock_master::cpu, clock_master::hybrid}) {
    CAPTURE(static_cast<int>(master));
    coupled_timelines both{ten_ns, {.master = master}};
    for (auto t = nanoseconds{0}; t < nanoseconds{2s}; t += 20ms) both.follow(measured(t, 50e-6));
    auto best = measured(2s, 50e-6);
    const auto here = both.host()(best.to);
    best.from = 17; // the counter began again
    both.follow(best, true);
    CHECK(both.gap_ns() == doctest::Approx(0));
    CHECK(both.host()(best.to) - here <= 1ns);
    const auto joined = both.device()(17) - here;
    CHECK(joined <= 1ns);
    CHECK(joined >= -1ns);
  }
}

TEST_CASE("another master sets the pace from where the timeline is") {
  coupled_timelines both{ten_ns, {.master = clock_master::gpu}};
  nanoseconds t{};
  for (; t < nanoseconds{2s}; t += 20ms) both.follow(measured(t, 50e-6));
  const auto here = both.host()(measured(t, 50e-6).to);
  both.set_master(clock_master::cpu);
  for (; t < nanoseconds{9s}; t += 20ms) both.follow(measured(t, 50e-6));
  CHECK(both.host().skew == 0);
  const auto best = measured(t, 50e-6);
  const auto moved = both.device()(best.from) - here;
  CHECK(moved - nanoseconds{7s} < 1us);
  CHECK(moved - nanoseconds{7s} > -1us);
}
