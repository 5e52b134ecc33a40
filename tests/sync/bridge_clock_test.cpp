#include <jamnet/sync/bridge_clock.hpp>

#include <set>

#include <doctest/doctest.h>

using namespace jamnet;
using namespace std::chrono_literals;

TEST_CASE("a snapshot converts either way, and knows how far it can be trusted") {
  bridge_clock clock;
  CHECK_FALSE(clock.usable());
  clock.map = {1000, host_time{10s}, 0, 32, 64, 200, 1e-6};
  clock.device = {1000, bridge_time{32us}, 0, 32, 64, 0, 0};
  clock.host = {host_time{10s}, bridge_time{32us}};
  clock.hard_bound_ns = 900;
  clock.hard_bound_growth = 1e-6;
  clock.period_ns = 32;
  clock.state = bridge_state::following;
  CHECK(clock.usable());
  CHECK(clock.to_host(2000) == host_time{10s + 32us});
  CHECK(clock.to_gpu(host_time{10s + 32us}) == 2000);
  CHECK(clock.to_common(2000) == bridge_time{64us});
  CHECK(clock.to_common(host_time{10s + 32us}) == bridge_time{64us});
  CHECK(clock.to_gpu(bridge_time{64us}) == 2000);
  CHECK(clock.to_host(bridge_time{64us}) == host_time{10s + 32us});
  CHECK(clock.offset_us() == doctest::Approx(32 - 10e6));
  CHECK(clock.bound(host_time{10s}) <= 201ns);
  CHECK(clock.bound(host_time{11s}) >= 1200ns);
  CHECK(clock.hard_bound(host_time{11s}) >= 1900ns);
}

TEST_CASE("every state has its own words") {
  std::set<std::string_view> seen;
  for (const auto state :
       {bridge_state::unset, bridge_state::following, bridge_state::stopped, bridge_state::lost})
    CHECK(seen.insert(to_string(state)).second);
}
