#include <jamnet/core/math.hpp>

#include <cmath>
#include <cstdint>

#include <doctest/doctest.h>

using namespace jamnet;

TEST_CASE("the square root is the one of the standard library, to the bit") {
  for (double x = 0; x < 1e12; x = x * 1.37 + 0.001) CHECK(square_root(x) == std::sqrt(x));
  CHECK(std::isnan(square_root(-1)));
}

TEST_CASE("the nearest integer lies within a half, on both sides of zero") {
  CHECK(nearest(2.4) == 2);
  CHECK(nearest(2.5) == 3);
  CHECK(nearest(-2.4) == -2);
  CHECK(nearest(-2.5) == -3);
  CHECK(nearest(0.49999999999999994) == 0);
  CHECK(nearest(0x1p52 + 1) == (std::int64_t{1} << 52) + 1);
  CHECK(nearest(-0x1p62) == -(std::int64_t{1} << 62));
  CHECK(magnitude(-0.5) == 0.5);
}
