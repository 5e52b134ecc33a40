#include <jamnet/latency/write_ahead_policies.hpp>

#include <doctest/doctest.h>

using namespace jamnet;

TEST_CASE("the defaults check nothing, tell nothing and change nothing, and take no room") {
  write_ahead_policies<> none;
  bool young = false;
  none.age.wrote(0, 64);
  none.age.find_young(0, 64, nanoseconds{1}, 48'000, [&](auto, auto) { young = true; });
  none.telemetry({buffer_event::kind::underrun, 0, 64});
  CHECK_FALSE(young);
  CHECK(none.sizing.choose(1000, 7) == 7);
  CHECK(sizeof(none) <= 3); // the standard wants no more than an address for each
}
