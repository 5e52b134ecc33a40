#include <jamnet/sync/interval_filter.hpp>

#include <cmath>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;

TEST_CASE("narrowing gives the mean and the variance of what is left of the belief") {
  random_source random{1};
  for (int i = 0; i < 200; ++i) {
    CAPTURE(i);
    interval_filter filter{.offset = random.uniform(-50, 50), .oo = random.uniform(1, 1e4)};
    const double sigma = filter.offset_deviation();
    const double low = filter.offset + sigma * random.uniform(-6, 4);
    const double high = low + sigma * random.uniform(0.01, 5);
    double weight = 0, sum = 0, squares = 0; // by cutting it into a thousand slices
    for (int k = 0; k < 1000; ++k) {
      const double x = low + (high - low) * (k + 0.5) / 1000, z = (x - filter.offset) / sigma;
      const double w = std::exp(-z * z / 2);
      weight += w, sum += w * x, squares += w * x * x;
    }
    const double mean = sum / weight, variance = squares / weight - mean * mean;
    filter.narrow(low, high);
    REQUIRE(std::abs(filter.offset - mean) < 1e-3 * sigma);
    REQUIRE(std::abs(filter.oo - variance) < 1e-3 * sigma * sigma + 1e-3);
  }
}

TEST_CASE("a wide interval teaches nothing, and a sharp one all") {
  interval_filter filter{.offset = 3, .skew = 2, .oo = 100, .os = 10, .ss = 5};
  filter.narrow(-1e6, 1e6);
  CHECK(filter.offset == doctest::Approx(3));
  CHECK(filter.oo == doctest::Approx(100));
  filter.narrow(7, 7);
  CHECK(filter.offset == doctest::Approx(7));
  CHECK(filter.skew == doctest::Approx(2.4)); // a tenth of what the offset moved by
  CHECK(filter.ss == doctest::Approx(4));
  CHECK(filter.oo < 0.01);
}

TEST_CASE("a measurement counts by its variance, and the skew goes along") {
  interval_filter filter{.offset = 10, .skew = 1, .oo = 100, .os = 20, .ss = 8};
  filter.measure(30, 300);
  CHECK(filter.offset == doctest::Approx(15));
  CHECK(filter.skew == doctest::Approx(2));
  CHECK(filter.oo == doctest::Approx(75));
  CHECK(filter.os == doctest::Approx(15));
  CHECK(filter.ss == doctest::Approx(7));
}

TEST_CASE("intervals beyond belief, or without width, leave numbers that are numbers") {
  random_source random{2};
  testing::rt_guard guard;
  for (int i = 0; i < 5000; ++i) {
    interval_filter filter{.oo = std::exp(random.uniform(-6, 40)), .ss = 1e10};
    filter.predict(random.uniform(0, 100), 30);
    const double sigma = filter.offset_deviation();
    const double low = filter.offset + sigma * random.uniform(-30, 29);
    const double high =
        low + (random.next() % 2 == 0 ? 0 : sigma * std::exp(random.uniform(-9, 9)));
    filter.narrow(low, high);
    const double slack = 1e-6 * sigma;
    if (!(filter.offset >= low - slack && filter.offset <= high + slack)) FAIL("outside");
    if (!(filter.oo > 0 && filter.ss > 0 && std::isfinite(filter.skew))) FAIL("no number");
  }
}

TEST_CASE("the skew is learnt from where intervals end, and the belief is not too sure of itself") {
  int missed = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    random_source random{seed};
    interval_filter filter{.oo = 1e12, .ss = 1e10};
    const double skew = random.uniform(-5e4, 5e4);
    double truth = 0;
    for (int i = 0; i < 400; ++i) {
      filter.predict(0.1, 10);
      truth += skew * 0.1;
      const double width = random.uniform(800, 3000), before = random.uniform() * width;
      filter.narrow(truth - before, truth - before + width);
    }
    missed += std::abs(filter.offset - truth) > 2 * filter.offset_deviation();
    REQUIRE(std::abs(filter.offset - truth) < 4 * filter.offset_deviation());
    REQUIRE(std::abs(filter.skew - skew) < 4 * filter.skew_deviation());
    REQUIRE(filter.offset_deviation() < 100);
  }
  CHECK(missed <= 6);
}
