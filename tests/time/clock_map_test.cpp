#include <jamnet/time/clock_map.hpp>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

struct third_timeline;
using to_session = clock_map<host_timeline, session_timeline>;
using to_third = clock_map<session_timeline, third_timeline>;

template <class Map>
Map random_map(random_source& random) {
  Map map;
  map.from += nanoseconds{static_cast<std::int64_t>(random.next() >> 4)};
  map.to += nanoseconds{static_cast<std::int64_t>(random.next() >> 4)};
  map.residual = random.uniform(-0.5, 0.5);
  map.skew = random.uniform(-200e-6, 200e-6);
  map.bound_ns = random.uniform(0, 1e4);
  map.bound_growth = random.uniform(0, 1e-7);
  return map;
}

} // namespace

TEST_CASE("a map keeps its anchor and runs at its rate") {
  const to_session map{host_time{10s}, session_time{2s}, 0, 100e-6};
  CHECK(map(host_time{10s}) == session_time{2s});
  CHECK(map(host_time{11s}) == session_time{3s + 100us});
  CHECK(map(host_time{9s}) == session_time{1s - 100us});
}

TEST_CASE("the inverse undoes a map to the nanosecond, hours from the anchor") {
  random_source random{1};
  for (int i = 0; i < 2000; ++i) {
    const auto map = random_map<to_session>(random);
    const auto t = map.from + nanoseconds{static_cast<std::int64_t>(random.uniform(-1e13, 1e13))};
    const auto error = map.inverse()(map(t)) - t;
    CHECK(error <= 1ns);
    CHECK(error >= -1ns);
  }
}

TEST_CASE("a composed map equals one map after the other, and its bound is their sum") {
  random_source random{2};
  for (int i = 0; i < 2000; ++i) {
    const auto first = random_map<to_session>(random);
    auto second = random_map<to_third>(random);
    second.from = first.to + nanoseconds{static_cast<std::int64_t>(random.uniform(-1e12, 1e12))};
    const auto both = first.then(second);
    const auto t = first.from + nanoseconds{static_cast<std::int64_t>(random.uniform(-1e12, 1e12))};
    const auto error = both(t) - second(first(t));
    CHECK(error <= 1ns);
    CHECK(error >= -1ns);
    CHECK(both.bound(t) + 2ns >= first.bound(t) + second.bound(first.to));
  }
}

TEST_CASE("moving the anchor changes neither the function nor, near it, the bound") {
  random_source random{3};
  for (int i = 0; i < 2000; ++i) {
    const auto map = random_map<to_session>(random);
    const auto t = map.from + nanoseconds{static_cast<std::int64_t>(random.uniform(0, 1e12))};
    const auto moved = map.anchored_at(t);
    CHECK(moved.from == t);
    CHECK(moved(t + 1s) - map(t + 1s) <= 1ns);
    CHECK(moved(t + 1s) - map(t + 1s) >= -1ns);
    CHECK(moved.bound(t + 1s) - map.bound(t + 1s) <= 2ns);
  }
}

TEST_CASE("a bound beyond all time is 146 years") {
  constexpr double wild_ones[]{1e19, 1e300};
  for (const double wild : wild_ones) {
    const clock_map<host_timeline, session_timeline> map{.bound_ns = wild};
    CHECK(map.bound(host_time{1s}) == nanoseconds{std::int64_t{1} << 62});
  }
}

TEST_CASE("a bound grows away from the anchor on both sides") {
  const to_session map{host_time{10s}, session_time{0s}, 0, 0, 1000, 1e-6};
  CHECK(map.bound(host_time{10s}) >= 1us);
  CHECK(map.bound(host_time{11s}) >= 2us);
  CHECK(map.bound(host_time{9s}) == map.bound(host_time{11s}));
}
