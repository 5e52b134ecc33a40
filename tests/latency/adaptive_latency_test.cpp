#include <jamnet/latency/adaptive_latency.hpp>

#include <doctest/doctest.h>

using namespace jamnet;

TEST_CASE("a long pause is answered at once, with headroom, in whole steps") {
  adaptive_latency sizing{{.step = 64, .headroom = 1.5}};
  CHECK(sizing.choose(10, 128) == 128);
  CHECK(sizing.choose(960, 128) == 1472); // 1440, in steps of 64
  CHECK(sizing.choose(100, 1472) == 1472);
}

TEST_CASE("what was not needed for a window goes, but not below the smallest") {
  adaptive_latency sizing{{.smallest = 200, .step = 64, .recordings = 100}};
  std::int64_t latency = sizing.choose(960, 128);
  for (int i = 1; i < 99; ++i) latency = sizing.choose(10, latency);
  CHECK(latency == 1472); // the pause is in the half before this one
  for (int i = 0; i < 51; ++i) latency = sizing.choose(10, latency);
  CHECK(latency == 200);
}

TEST_CASE("a pause in every half of the window keeps the latency where it is") {
  adaptive_latency sizing{{.recordings = 100}};
  std::int64_t latency = sizing.choose(960, 64);
  for (int i = 1; i < 1000; ++i) {
    latency = sizing.choose(i % 49 == 0 ? 960 : 10, latency);
    REQUIRE(latency == 1472);
  }
}
