#include <jamnet/time/exact_tick_map.hpp>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

using exact_to_host = exact_tick_map<host_timeline>;

} // namespace

TEST_CASE("left as it is, an exact map takes nanoseconds for ticks") {
  random_source random{1};
  for (int i = 0; i < 1000; ++i) {
    const auto ns = static_cast<std::int64_t>(random.next());
    REQUIRE(exact_to_host{}(static_cast<std::uint64_t>(ns)) == host_time{nanoseconds{ns}});
  }
}

TEST_CASE("an exact map is the map it is made from, to a nanosecond") {
  random_source random{2};
  for (int i = 0; i < 5000; ++i) {
    CAPTURE(i);
    tick_map<host_timeline> map;
    map.valid_bits = 32 + static_cast<unsigned>(random.next() % 33);
    const std::uint64_t mask = tick_format{1, map.valid_bits}.mask();
    map.from = random.next() & mask;
    map.to += nanoseconds{static_cast<std::int64_t>(random.next()) >> 3};
    map.residual = random.uniform(-1, 1);
    map.tick_ns = random.uniform(0.01, 100);
    const auto exact = exact_to_host::of(map);
    const double far = std::min(0x1p52 / map.tick_ns, 0x1p30 * static_cast<double>(mask >> 31));
    const auto away = static_cast<std::uint64_t>(nearest(random.uniform(-far, far)));
    const std::uint64_t ticks = (map.from + away) & mask;
    const testing::rt_guard nothing_slow;
    const auto apart = (exact(ticks) - map(ticks)).count();
    REQUIRE(apart <= 1);
    REQUIRE(apart >= -1);
  }
}

TEST_CASE("whole ticks lose nothing, and each half of one is rounded up") {
  const auto map = exact_to_host::of({10, host_time{5s}, 0, 50, 36});
  CHECK(map(10) == host_time{5s});
  CHECK(map(9) == host_time{5s - 50ns});
  CHECK(map(0xF'FFFF'FFFF) == host_time{5s - 550ns});
  const auto halves = exact_to_host::of({0, host_time{}, 0.5, 0.5});
  CHECK(halves(0) == host_time{1ns});
  CHECK(halves(1) == host_time{1ns});
  CHECK(halves(2) == host_time{2ns});
  CHECK(halves(~std::uint64_t{0}) == host_time{});
  CHECK(exact_to_host::of({0, host_time{}, -0.5, 1}).to == host_time{-1ns});
}

TEST_CASE("what is farther away than 73 years counts as that") {
  const auto map = exact_to_host::of({0, host_time{}, 0, 1'000});
  const auto far = nanoseconds{std::int64_t{1} << 61};
  for (const std::uint64_t ticks : {std::uint64_t{1} << 62, (std::uint64_t{1} << 63) - 1}) {
    CHECK(far - map(ticks).time_since_epoch() < 1us);
    CHECK(far + map(0 - ticks).time_since_epoch() < 1us);
  }
  CHECK(map(std::uint64_t{1} << 63) < host_time{-72 * 365 * 24h});
}
