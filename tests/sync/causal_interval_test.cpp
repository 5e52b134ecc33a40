#include <jamnet/sync/causal_interval.hpp>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>

using namespace jamnet;

TEST_CASE("the truth stays inside, for any delays and any skew up to the fastest") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    random_source random{seed};
    causal_interval interval;
    const double fastest = 5e5, skew = random.uniform(-fastest, fastest);
    double truth = random.uniform(-1e9, 1e9);
    for (int i = 0; i < 200; ++i) {
      const double dt = random.uniform(0, 1);
      truth += skew * dt;
      interval.advance(dt, fastest);
      REQUIRE(interval.add(truth - random.uniform(0, 1e6), truth + random.uniform(0, 5e6)));
      REQUIRE(interval.reach(truth) < 6e6);
      REQUIRE(interval.nearest(truth) == truth);
      const double estimate = truth + random.uniform(-1e7, 1e7);
      REQUIRE(std::abs(estimate - truth) <= interval.reach(estimate));
    }
  }
}

TEST_CASE("the tightest limits are kept until time wears them out") {
  causal_interval interval;
  CHECK_FALSE(interval.known());
  CHECK(interval.nearest(7) == 7);
  interval.add(-100, 50);
  interval.add(-20, 300);
  CHECK(interval.known());
  CHECK(interval.reach(0) == 50);
  interval.advance(1, 1000);
  CHECK(interval.reach(0) == 1050);
  CHECK(interval.nearest(2000) == 1050);
  CHECK(interval.nearest(-2000) == -1020);
}

TEST_CASE("limits that contradict the former ones replace them") {
  causal_interval interval;
  interval.add(-100, 100);
  CHECK_FALSE(interval.add(5000, 5200));
  CHECK(interval.reach(5100) == 100);
  interval.clear();
  CHECK_FALSE(interval.known());
}
