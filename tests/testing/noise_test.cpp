#include <jamnet/testing/noise.hpp>

#include <doctest/doctest.h>

using namespace jamnet;
using namespace jamnet::testing;

TEST_CASE("exponential numbers have the mean asked for, and 5 in 100 are beyond three times it") {
  random_source random{1};
  double sum = 0;
  int beyond = 0;
  constexpr int count = 100'000;
  for (int i = 0; i < count; ++i) {
    const double x = exponential(random, 4);
    REQUIRE(x >= 0);
    sum += x;
    beyond += x > 12;
  }
  CHECK(sum / count == doctest::Approx(4).epsilon(0.02));
  CHECK(beyond / double{count} == doctest::Approx(std::exp(-3)).epsilon(0.05));
}

TEST_CASE("normal numbers have mean 0, variance 1 and kurtosis 3") {
  random_source random{1};
  double sum = 0, squares = 0, fourths = 0;
  constexpr int count = 200'000;
  for (int i = 0; i < count; ++i) {
    const double x = normal(random);
    sum += x;
    squares += x * x;
    fourths += x * x * x * x;
  }
  CHECK(std::abs(sum / count) < 0.01);
  CHECK(squares / count == doctest::Approx(1).epsilon(0.02));
  CHECK(fourths / count == doctest::Approx(3).epsilon(0.05));
}
