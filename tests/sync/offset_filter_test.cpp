#include <jamnet/sync/offset_filter.hpp>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>

using namespace jamnet;
using way = offset_filter::way;

TEST_CASE("both ways together find offset, skew and delay") {
  offset_filter filter;
  filter.set_variances(1e12, 1e10, 1e12);
  random_source random{1};
  const double skew = 40e3, delay = 120e3;
  double truth = -3e6;
  for (int i = 0; i < 500; ++i) {
    truth += skew * 0.2;
    filter.predict(0.2, 50, 0);
    filter.update(way::there, truth + delay + random.uniform(-2e3, 2e3), 1e6);
    filter.update(way::back, truth - delay + random.uniform(-2e3, 2e3), 1e6);
  }
  CHECK(std::abs(filter.offset - truth) < 500);
  CHECK(std::abs(filter.skew - skew) < 300);
  CHECK(std::abs(filter.delay - delay) < 500);
  CHECK(filter.offset_deviation() < 500);
}

TEST_CASE("one way alone cannot tell the offset from the delay, and says so") {
  offset_filter filter;
  filter.set_variances(1e10, 1, 1e10);
  for (int i = 0; i < 100; ++i) filter.update(way::there, 50e3, 1e4);
  CHECK(filter.offset_deviation() > 6e4); // 1e5 to begin with
  CHECK(std::abs(filter.offset + filter.delay - 50e3) < 100);
}

TEST_CASE("uncertainty grows with time and shrinks with knowledge, and stays positive") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    random_source random{seed};
    offset_filter filter;
    filter.set_variances(1e10, 1e10, 1e10);
    for (int i = 0; i < 200; ++i) {
      const double before = filter.oo;
      filter.predict(random.uniform(0, 5), 50, 100);
      const double predicted = filter.oo;
      filter.update(random.uniform() < 0.5 ? way::there : way::back, random.uniform(-1e9, 1e9),
                    random.uniform(1, 1e12));
      REQUIRE(filter.oo <= predicted);
      REQUIRE(filter.oo > 0);
      REQUIRE(filter.ss > 0);
      REQUIRE(filter.dd > 0);
      REQUIRE(before > 0);
    }
  }
}
