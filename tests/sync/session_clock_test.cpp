#include <jamnet/sync/session_clock.hpp>

#include <doctest/doctest.h>

using namespace jamnet;
using namespace std::chrono_literals;

TEST_CASE("there and back is the same time, and bounds grow with distance") {
  session_clock clock;
  CHECK_FALSE(clock.synchronised());
  clock.map = {.from = host_time{100s},
               .to = session_time{3s},
               .skew = 40e-6,
               .bound_ns = 1000,
               .bound_growth = 1e-6};
  clock.hard_bound_ns = 50'000;
  clock.hard_bound_growth = 1e-4;
  const host_time later{110s};
  CHECK(clock.to_session(later) == session_time{13s + 400us});
  CHECK(clock.to_host(clock.to_session(later)) - later <= 1ns);
  CHECK(clock.to_host(clock.to_session(later)) - later >= -1ns);
  CHECK(clock.bound(host_time{100s}) == 1001ns);
  CHECK(clock.bound(later) == 11'001ns);
  CHECK(clock.bound(clock.to_session(later)) == clock.bound(later));
  CHECK(clock.hard_bound(later) == 1'050'001ns);
}
