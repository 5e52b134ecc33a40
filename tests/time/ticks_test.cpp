#include <jamnet/time/ticks.hpp>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>

using namespace jamnet;

TEST_CASE("ticks add, subtract and compare as their numbers do") {
  CHECK(ticks{3} + ticks{4} == ticks{7});
  CHECK(ticks{3} - ticks{4} == ticks{-1});
  CHECK(ticks{-1} < ticks{0});
}

TEST_CASE("quarter notes become the nearest tick, and ticks come back from quarter notes") {
  CHECK(ticks_in(1) == ticks{960});
  CHECK(ticks_in(-0.25) == ticks{-240});
  CHECK(ticks_in(1.0 / 3, 480) == ticks{160});
  CHECK(quarters_in(ticks{480}) == 0.5);
  for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
    random_source random{seed};
    const ticks t{static_cast<std::int64_t>(random.next() >> 13) - (std::int64_t{1} << 50)};
    const auto ppq = static_cast<std::uint32_t>(1 + random.next() % 32'767);
    CAPTURE(seed);
    REQUIRE(ticks_in(quarters_in(t, ppq), ppq) == t);
  }
}

TEST_CASE("what is beyond 2^53 ticks counts as 2^53") {
  CHECK(ticks_in(1e300) == ticks{std::int64_t{1} << 53});
  CHECK(ticks_in(-1e300) == ticks{-(std::int64_t{1} << 53)});
}
