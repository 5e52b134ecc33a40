#include <jamnet/testing/sim_clock.hpp>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

TEST_CASE("a simulated clock follows true time by itself, as wrongly as it is") {
  sim_time truth{3s};
  const sim_clock clock{truth, {.skew_ppm = 100}, host_time{7s}};
  CHECK(clock.now() == host_time{7s});
  truth += 10s;
  CHECK(clock.now() == host_time{17s + 1ms});
  const sim_clock copy = clock;
  truth += 10s;
  CHECK(copy.now() == host_time{27s + 2ms});
  CHECK(clock.now() == copy.now());
}

TEST_CASE("what it shows does not depend on when it was read") {
  sim_time truth{};
  const clock_drift drift{.skew_ppm = -30, .wander_ppm = 1, .seed = 4};
  const sim_clock often{truth, drift, host_time{}}, seldom{truth, drift, host_time{}};
  host_time last = often.now();
  for (int i = 0; i < 1000; ++i) {
    truth += 7'654'321ns;
    CHECK(often.now() > last);
    last = often.now();
  }
  CHECK(seldom.now() == last);
  CHECK(seldom.skew_ppm() == often.skew_ppm());
}

TEST_CASE("a change of the rate counts from the present on, even where nobody looked before") {
  sim_time truth{};
  sim_clock clock{truth, {.skew_ppm = 100}, host_time{}};
  truth += 10s;
  clock.set_skew_ppm(-100);
  CHECK(clock.now() == host_time{10s + 1ms});
  truth += 10s;
  CHECK(clock.now() == host_time{20s});
}

TEST_CASE("it steps at once, stands while it is stopped, and goes on from there") {
  sim_time truth{};
  sim_clock clock{truth, {.skew_ppm = 100, .wander_ppm = 0.1}, host_time{1h}};
  const auto before = clock.now();
  clock.step(-3s);
  CHECK(clock.now() == before - 3s);
  clock.step(4s);
  truth += 1s;
  clock.stop();
  CHECK(clock.stands());
  const auto stopped = clock.now();
  truth += 1h;
  CHECK(clock.now() == stopped);
  clock.start();
  CHECK(clock.now() == stopped);
  truth += 1s;
  CHECK(clock.now() - stopped > 1s);
  CHECK(clock.now() - stopped < 1s + 200us);
}

TEST_CASE("reading a simulated clock is rt-safe") {
  sim_time truth{};
  const sim_clock clock{truth, {.skew_ppm = 1, .wander_ppm = 1}, host_time{}};
  truth += 1s;
  host_time now;
  {
    const testing::rt_guard guard;
    now = clock.now();
  }
  CHECK(now > host_time{});
}
