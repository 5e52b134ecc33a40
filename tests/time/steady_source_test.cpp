#include <jamnet/time/steady_source.hpp>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;

TEST_CASE("the steady clock never goes backwards, and moves") {
  const steady_source clock;
  const auto start = clock.now();
  auto last = start;
  for (int i = 0; i < 100'000 || last == start; ++i) {
    const auto now = clock.now();
    REQUIRE(now >= last);
    last = now;
  }
}

TEST_CASE("reading the steady clock is rt-safe") {
  host_time now;
  {
    const testing::rt_guard guard;
    now = steady_source{}.now();
  }
  CHECK(now != host_time{});
}
