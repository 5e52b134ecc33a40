#include <jamnet/testing/manual_clock.hpp>

#include <algorithm>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace std::chrono_literals;
using testing::manual_clock;

TEST_CASE("a manual clock stands still until it is moved, and its copies move with it") {
  manual_clock clock;
  const manual_clock copy = clock;
  const auto start = clock.now();
  CHECK(clock.now() == start);
  clock.advance(5ms);
  CHECK(copy.now() - start == 5ms);
  CHECK(copy.elapsed() == 5ms);
}

TEST_CASE("skew is the rate error, and changing it does not move the reading") {
  manual_clock clock{{.skew_ppm = 40}};
  const auto start = clock.now();
  clock.advance(1h);
  CHECK(clock.now() - start == 1h + 144ms);
  const auto before = clock.now();
  clock.set_skew_ppm(-100);
  CHECK(clock.now() == before);
  clock.advance(1s);
  CHECK(clock.now() - before == 1s - 100us);
}

TEST_CASE("what a clock shows depends on the time passed, not on how it was cut into calls") {
  random_source random{1};
  manual_clock whole{{.skew_ppm = 17.3, .wander_ppm = 0.5, .seed = 9}};
  manual_clock cut{{.skew_ppm = 17.3, .wander_ppm = 0.5, .seed = 9}};
  whole.advance(20s);
  auto last = cut.now();
  while (cut.elapsed() < 20s) {
    const nanoseconds by{static_cast<std::int64_t>(random.uniform(0, 30e6))};
    cut.advance(std::min<nanoseconds>(by, 20s - cut.elapsed()));
    CHECK(cut.now() >= last);
    last = cut.now();
  }
  CHECK(cut.now() == whole.now());
  CHECK(cut.skew_ppm() == whole.skew_ppm());
}

TEST_CASE("wander spreads the rate by its square-root law, differently for each seed") {
  double squares = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    manual_clock clock{{.wander_ppm = 0.1, .seed = seed}};
    clock.advance(4s);
    squares += clock.skew_ppm() * clock.skew_ppm();
  }
  CHECK(squares / 200 == doctest::Approx(0.1 * 0.1 * 4).epsilon(0.25));
}

TEST_CASE("it steps, stands and goes on, and time passes meanwhile") {
  manual_clock clock{{.skew_ppm = 10, .wander_ppm = 0.1}};
  const auto start = clock.now();
  clock.step(2s);
  clock.step(-1s);
  CHECK(clock.now() == start + 1s);
  clock.stop();
  CHECK(clock.stands());
  clock.advance(1h);
  clock.set_skew_ppm(40);
  CHECK(clock.now() == start + 1s);
  CHECK(clock.elapsed() == 1h);
  clock.start();
  CHECK_FALSE(clock.stands());
  clock.advance(9ms);
  CHECK(clock.now() == start + 1s + 9ms + 360ns);
}

TEST_CASE("reading and moving the clock are rt-safe") {
  manual_clock clock{{.skew_ppm = 1, .wander_ppm = 1}};
  host_time now;
  {
    const testing::rt_guard guard;
    clock.advance(1s);
    now = clock.now();
  }
  CHECK(now == clock.now());
}
