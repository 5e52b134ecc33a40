#include <jamnet/session/peer.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/testing/sim_peers.hpp>

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

TEST_CASE("two peers find each other, agree on the time and hear each other") {
  sim_peers net{{.delay = 3ms, .jitter = 1ms, .loss = 0.05}, 7};
  auto& ana = net.add_peer({.name = "ana", .room = "friday", .clock = {.skew_ppm = 40}});
  auto& ben = net.add_peer({.name = "ben", .room = "friday", .clock = {.skew_ppm = -25}});
  std::vector<received_event> heard;
  ben.on_event([&](const received_event& e) { heard.push_back(e); });
  net.run_for(3s);
  REQUIRE(ana.clock().synchronised());
  REQUIRE(ben.clock().synchronised());
  const auto at = ana.now() + 20ms;
  REQUIRE(ana.send(note_on{.channel = 1, .note = 60, .velocity = 100}, at));
  net.run_for(50ms);
  REQUIRE(heard.size() == 1);
  CHECK(heard[0].time == at);
  CHECK(heard[0].packet == ump(note_on{.channel = 1, .note = 60, .velocity = 100}));
  CHECK(heard[0].from == ana.machine().id());
}
