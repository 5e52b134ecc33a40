#include <jamnet/latency/buffer_health.hpp>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;

TEST_CASE("a counter adds up, or keeps the largest, and is rt-safe") {
  health_counter sum, largest;
  {
    const testing::rt_guard guard;
    sum.add(3);
    sum.add(4);
    largest.keep_largest(4);
    largest.keep_largest(3);
  }
  CHECK(sum.value() == 7);
  CHECK(largest.value() == 4);
}
