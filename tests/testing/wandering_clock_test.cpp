#include <jamnet/testing/wandering_clock.hpp>

#include <doctest/doctest.h>

using namespace jamnet::testing;

TEST_CASE("without wander it gains what its skew says, and goes on so when its time is over") {
  const wandering_clock clock{{.skew_ppm = 40}, 10};
  for (const double s : {0.0, 0.001, 3.3335, 10.0, 100.0})
    CHECK(clock.offset(s * 1e9) == doctest::Approx(s * 40e3));
  CHECK(clock.offset(-1) == 0);
}

TEST_CASE("it wanders as much as asked for, alike for one seed and not for another") {
  double squares = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    const wandering_clock clock{{0, 0.03, seed}, 100};
    const double skew = (clock.offset(100e9) - clock.offset(99e9)) * 1e-3; // ppm
    squares += skew * skew;
    const wandering_clock again{{0, 0.03, seed}, 100}, other{{0, 0.03, seed + 1}, 100};
    CHECK(clock.offset(50e9) == again.offset(50e9));
    CHECK(clock.offset(50e9) != other.offset(50e9));
  }
  CHECK(std::sqrt(squares / 400) == doctest::Approx(0.3).epsilon(0.15)); // 0.03 · √100 s
}

TEST_CASE("a step of the clock is there at once, a step of the skew grows") {
  wandering_clock clock{{}, 10};
  clock.step_at = 5e9;
  clock.clock_step = -2e6;
  clock.skew_step = 20e3;
  CHECK(clock.offset(4.999e9) == 0);
  CHECK(clock.offset(5e9) == -2e6);
  CHECK(clock.offset(8e9) == doctest::Approx(-2e6 + 60e3));
}

TEST_CASE("while it is suspended it stands still, and stays behind by as much") {
  wandering_clock clock{{}, 100};
  clock.suspended_at = 10e9;
  clock.suspended_for = 30e9;
  CHECK(clock.offset(10e9) == 0);
  CHECK(clock.offset(25e9) == -15e9);
  CHECK(clock.offset(40e9) == -30e9);
  CHECK(clock.offset(90e9) == -30e9);
}
