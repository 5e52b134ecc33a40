#include <jamnet/sync/source_clock.hpp>

#include <doctest/doctest.h>

using namespace jamnet;
using namespace std::chrono_literals;

TEST_CASE("a snapshot tells the position and its bound, and finds the way back") {
  source_clock clock;
  CHECK_FALSE(clock.usable());
  clock = {.map = {host_time{10s}, source_time{2s}, 0, 1e-4, 500, 1e-6},
           .state = source_state::following};
  CHECK(clock.usable());
  CHECK(clock.position(host_time{11s}) == source_time{3s + 100us});
  CHECK(clock.to_host(source_time{3s + 100us}) == host_time{11s});
  CHECK(clock.bound(host_time{11s}) >= 1500ns);
  CHECK(to_string(source_state::holding) == "holding over");
}
