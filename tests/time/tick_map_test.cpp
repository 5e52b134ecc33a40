#include <jamnet/time/tick_map.hpp>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

using to_host = tick_map<host_timeline>;

to_host random_ticks(random_source& random) {
  to_host map;
  map.valid_bits = 32 + static_cast<unsigned>(random.next() % 33);
  map.from = random.next() & tick_format{1, map.valid_bits}.mask();
  map.to += nanoseconds{static_cast<std::int64_t>(random.next() >> 4)};
  map.residual = random.uniform(-0.5, 0.5);
  map.tick_ns = random.uniform(0.5, 100);
  map.bound_ns = random.uniform(0, 1e4);
  map.bound_growth = random.uniform(0, 1e-7);
  return map;
}

} // namespace

TEST_CASE("a tick map keeps its anchor, scales, and finds its way round the end of the counter") {
  const to_host map{10, host_time{5s}, 0, 50, 36};
  CHECK(map(10) == host_time{5s});
  CHECK(map(30) == host_time{5s + 1us});
  CHECK(map(0xF'FFFF'FFFF) == host_time{5s - 550ns});
  CHECK(map.inverse(host_time{5s - 550ns}) == 0xF'FFFF'FFFF);
  CHECK(map.inverse(host_time{5s + 24ns}) == 10);
  CHECK(map.inverse(host_time{5s + 26ns}) == 11);
}

TEST_CASE("what the counter shows at the image of a count is that count") {
  random_source random{1};
  for (int i = 0; i < 5000; ++i) {
    CAPTURE(i);
    auto map = random_ticks(random);
    map.tick_ns += 2; // so that whole nanoseconds tell ticks apart
    const auto away = static_cast<std::uint64_t>(nearest(random.uniform(-1e9, 1e9)));
    const auto ticks = (map.from + away) & tick_format{1, map.valid_bits}.mask();
    REQUIRE(map.inverse(map(ticks)) == ticks);
  }
}

TEST_CASE("a tick map then a clock map is what both do one after the other, and bounds add") {
  random_source random{2};
  for (int i = 0; i < 5000; ++i) {
    CAPTURE(i);
    const auto map = random_ticks(random);
    const clock_map<host_timeline, session_timeline> next{
        map.to + nanoseconds{static_cast<std::int64_t>(random.uniform(-1e12, 1e12))},
        session_time{7s},
        0.2,
        random.uniform(-2e-4, 2e-4),
        300,
        1e-8};
    const auto both = map.then(next);
    const auto ticks = (map.from + static_cast<std::uint64_t>(nearest(random.uniform(-1e9, 1e9)))) &
                       tick_format{1, map.valid_bits}.mask();
    const auto apart = both(ticks) - next(map(ticks));
    REQUIRE(apart <= 1ns);
    REQUIRE(apart >= -1ns);
    REQUIRE(both.bound(ticks) >= map.bound(ticks));
    REQUIRE(both.bound(ticks) >= 300ns);
  }
}

TEST_CASE("any count has an image, and takes neither memory nor locks") {
  random_source random{3};
  testing::rt_guard guard;
  for (int i = 0; i < 2000; ++i) {
    auto map = random_ticks(random);
    map.to = host_time{nanoseconds{INT64_MAX / 2}};
    const auto ticks = random.next();
    const auto image = map(ticks);
    const auto back = map.inverse(host_time{nanoseconds{INT64_MIN / 2 + i}});
    if (map.bound(ticks) < 0ns || back > tick_format{1, map.valid_bits}.mask() ||
        image < host_time{})
      FAIL("out of range");
  }
}
