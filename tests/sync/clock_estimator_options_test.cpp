#include <jamnet/sync/clock_estimator_options.hpp>

#include <doctest/doctest.h>

using namespace jamnet;

TEST_CASE(
    "what is certain of two crystals includes what is likely, and is within what is believed") {
  const clock_estimator_options o;
  CHECK(3 * o.boot_skew < o.certain_skew);
  CHECK(o.certain_skew < o.greatest_skew);
}
