#include <jamnet/time/quarter_notes.hpp>

#include <cmath>
#include <initializer_list>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace std::chrono_literals;

TEST_CASE("quarter notes come from the nearest double and go back to it") {
  CHECK(quarter_notes::from(1.5).parts == std::int64_t{3} << 31);
  CHECK(quarter_notes::from(-0.25).count() == -0.25);
  CHECK(quarter_notes::from(1e300).count() == quarter_notes::most);
  CHECK(quarter_notes::from(-1e300).count() == -quarter_notes::most);
  CHECK(quarter_notes{5} + quarter_notes{3} == quarter_notes{8});
  CHECK(quarter_notes{5} - quarter_notes{8} == quarter_notes{-3});
  CHECK(quarter_notes{-3} < quarter_notes{});
}

TEST_CASE("a day at any tempo takes a day, to the part and the nanosecond") {
  for (int bpm = 1; bpm <= 999; ++bpm) {
    const steady_tempo tempo{static_cast<double>(bpm)};
    CAPTURE(bpm);
    for (const std::int64_t minutes : {1, 60, 1'440, -1'440}) {
      const quarter_notes gone{(minutes * bpm) << 32};
      CHECK(tempo.in(minutes * 60s) == gone);
      const auto late = minutes * 60s - tempo.until(gone); // a nanosecond has less than a part
      CHECK(late >= 0ns);
      CHECK(tempo.in(minutes * 60s - late) == gone);
    }
  }
}

TEST_CASE("music gets as far as long double says, and arrives in the first nanosecond it can") {
  for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
    random_source random{seed};
    const double bpm = random.uniform(1, 999);
    const steady_tempo tempo{bpm};
    const nanoseconds time{static_cast<std::int64_t>(random.uniform(-1, 1) * 1e14)};
    const quarter_notes gone = tempo.in(time);
    const long double exact = static_cast<long double>(time.count()) * bpm / 60e9L * 0x1p32L;
    CAPTURE(seed);
    REQUIRE(std::abs(static_cast<long double>(gone.parts) - exact) < 0.51L);
    const quarter_notes q{static_cast<std::int64_t>(random.next()) >> (9 + random.next() % 50)};
    const nanoseconds then = tempo.until(q);
    if (then == steady_tempo::longest || then == -steady_tempo::longest) continue;
    REQUIRE(tempo.in(then) >= q);
    REQUIRE(tempo.in(then - 1ns) < q);
  }
}

TEST_CASE("the pace is what a nanosecond brings, and says it to who cannot ask") {
  const auto pace = steady_tempo{60}.parts_per_ns(); // 2^32 / 10^9 = 4.294967296
  CHECK(pace.whole == 4);
  CHECK(static_cast<double>(pace.part) * 0x1p-64 == doctest::Approx(0.294967296).epsilon(1e-12));
}

TEST_CASE("what is longer than 104 days counts as that, and nothing allocates") {
  const steady_tempo tempo{120};
  const testing::rt_guard guard;
  CHECK(tempo.in(nanoseconds::max()) == tempo.in(steady_tempo::longest));
  CHECK(tempo.in(nanoseconds::min()) == tempo.in(-steady_tempo::longest));
  CHECK(tempo.until({INT64_MAX}) == steady_tempo::longest);
  CHECK(tempo.until({INT64_MIN}) == -steady_tempo::longest);
}
