#include <jamnet/sync/delivery_clock.hpp>

#include <algorithm>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/testing/noise.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

// A driver with a crystal of its own that stamps in steps, and delivers when its buffer is full.
struct stamping_driver {
  struct outcome {
    double error_ns = 0; // how much too late it was placed
    double late_ns = 0;  // how late it was delivered
    double bound_ns = 0;
    double after_ns = 0; // by how much it was placed after its delivery
  };

  stamping_driver(double skew_ppm, nanoseconds step, nanoseconds most_late, std::uint64_t seed)
      : rate{1 + skew_ppm * 1e-6},
        resolution{step},
        delay{most_late},
        random{seed},
        clock{{.resolution = step, .longest_delay = most_late}} {}

  // The next, as long after the last as musicians take, or as was said.
  outcome next(double gap_ns) {
    true_ns += gap_ns;
    const auto stamp = static_cast<std::int64_t>((true_ns - lost_ns) * rate) / resolution.count() *
                       resolution.count();
    const double late = random.uniform(0, static_cast<double>(delay.count()));
    delivered_ns = std::max(true_ns + late, delivered_ns); // in order
    const host_time now{nanoseconds{static_cast<std::int64_t>(delivered_ns)}};
    testing::rt_guard guard;
    const auto placed = clock.place(nanoseconds{7'000'000'000'000 + stamp}, now);
    const auto at = static_cast<double>(placed.at.time_since_epoch().count());
    return {at - true_ns, delivered_ns - true_ns, static_cast<double>(placed.bound.count()),
            at - delivered_ns};
  }
  outcome next() { return next(testing::exponential(random, 20e6)); }

  double rate;
  nanoseconds resolution, delay;
  random_source random;
  delivery_clock clock;
  double true_ns = 1e12, delivered_ns = 0, lost_ns = 0;
};

double p99(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() * 99 / 100];
}

} // namespace

TEST_CASE("what was held up is placed where it was, by a clock of another rate") {
  for (const double skew : {-80.0, 0.0, 80.0})
    for (const auto step : {nanoseconds{1us}, nanoseconds{100us}})
      for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        CAPTURE(skew);
        CAPTURE(step.count());
        stamping_driver driver{skew, step, 2667us, seed};
        std::vector<double> errors, delays, before;
        int held = 0, all = 0;
        for (int i = 0; i < 30'000; ++i) {
          const auto o = driver.next();
          held += o.error_ns <= o.bound_ns && -o.error_ns <= o.bound_ns;
          ++all;
          REQUIRE(o.after_ns <= 1);
          REQUIRE(o.error_ns > -static_cast<double>(step.count()) - 1); // never early
          errors.push_back(o.error_ns);
          delays.push_back(o.late_ns);
        }
        CHECK(held >= all * 99 / 100);
        CHECK(p99(delays) > 2.6e6);
        CHECK(p99(errors) < 350e3 + static_cast<double>(step.count()));
        CHECK(driver.clock.jumps() == 0);
      }
}

TEST_CASE("the first is placed at its delivery, and the bound says how little is known") {
  stamping_driver driver{0, 1us, 5ms, 1};
  const auto first = driver.next();
  CHECK(first.after_ns > -1);
  CHECK(first.bound_ns == 5'001e3);
  for (int i = 0; i < 200; ++i) (void)driver.next();
  CHECK(driver.next().bound_ns < 1e6);
}

TEST_CASE("after a silence it begins anew, and is not early by what the clocks moved apart") {
  for (const double skew : {-90.0, 90.0}) {
    stamping_driver driver{skew, 1us, 3ms, 5};
    for (int i = 0; i < 500; ++i) (void)driver.next();
    for (const double silence : {1e9, 5e9, 9e9, 3600e9}) {
      const auto o = driver.next(silence);
      CHECK(o.error_ns > -2e3);
      CHECK(o.error_ns <= o.bound_ns);
      CHECK(o.after_ns <= 1);
    }
    CHECK(driver.clock.jumps() == 0);
  }
}

TEST_CASE("a driver whose clock lost time is believed again at once") {
  stamping_driver driver{20, 1us, 3ms, 6};
  for (int i = 0; i < 500; ++i) (void)driver.next();
  driver.lost_ns = 40e6; // as RtMidi does where a SysEx comes in parts
  const auto o = driver.next();
  CHECK(o.error_ns >= -2e3);
  CHECK(o.error_ns <= 3e6);
  CHECK(driver.clock.jumps() == 1);
  for (int i = 0; i < 500; ++i) REQUIRE(driver.next().error_ns > -2e3);
  driver.lost_ns = -1e9; // set forward: what comes then is the quickest so far
  for (int i = 0; i < 500; ++i) {
    const auto next = driver.next();
    REQUIRE(next.error_ns > -2e3);
    REQUIRE(next.error_ns <= 3e6);
  }
  CHECK(driver.clock.jumps() == 1);
}

TEST_CASE("a clock that is off by more than it may be costs its excess over the window, no more") {
  stamping_driver driver{-600, 1us, 2ms, 7};
  double earliest = 0;
  for (int i = 0; i < 20'000; ++i) earliest = std::min(earliest, driver.next().error_ns);
  CHECK(earliest < -100e3);              // so it is a promise about the skew only
  CHECK(earliest > -500e-6 * 8e9 - 1e4); // twice the window
}
