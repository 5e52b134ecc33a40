#include <iostream>

#include <jamnet/jsonmidi/to_string.hpp>
#include <jamnet/testing/sim_peers.hpp>

using namespace std::chrono_literals;
namespace jam = jamnet;

int main() {
  jam::testing::sim_peers net{{.delay = 3ms, .jitter = 1ms, .loss = 0.05}, /*seed*/ 3};
  auto& ana = net.add_peer({.name = "ana", .room = "friday", .clock = {.skew_ppm = 40}});
  auto& ben = net.add_peer({.name = "ben", .room = "friday", .clock = {.skew_ppm = -25}});

  ben.on_event([&](const jam::received_event& e) {
    std::cout << jam::jsonmidi::to_string(e) << "  ±" << ben.clock().bound(e.time).count() / 1000
              << " us\n";
  });

  net.run_for(5s); // virtual time: they meet, and agree on the time
  const bool sent =
      ana.send(jam::note_on{.channel = 1, .note = 60, .velocity = 100}, ana.now() + 10ms);
  net.run_for(50ms);
  return sent ? 0 : 1;
}
