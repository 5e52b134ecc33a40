#include <jamnet/testing/sim_peers.hpp>

#include <string>

#include <doctest/doctest.h>

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

TEST_CASE("a seed replays everything that happens") {
  const auto run = [] {
    sim_peers net{{.delay = 2ms, .jitter = 2ms, .loss = 0.1}, 5};
    std::string log;
    auto& ana = net.add_peer({.clock = {.skew_ppm = 20, .wander_ppm = 0.01}});
    auto& ben = net.add_peer({.name = "ben"});
    ben.on_event([&](const received_event& e) {
      log +=
          std::to_string(e.seq) + '@' + std::to_string(net.now().time_since_epoch().count()) + ' ';
    });
    net.run_for(3s);
    for (int i = 0; i < 20; ++i) {
      ana.send(note_on{.channel = 1, .note = 60, .velocity = 1}, ana.now());
      net.run_for(3ms);
    }
    return log + std::to_string(ben.now().time_since_epoch().count());
  };
  CHECK(run() == run());
}

TEST_CASE("time passes for exactly as long as was asked, for clocks as fast as they are") {
  sim_peers net{{.delay = 2ms}, 5};
  auto& ana = net.add_peer({.clock = {.skew_ppm = 100}});
  const auto before = ana.platform().clock().now();
  for (int i = 0; i < 1000; ++i) net.run_for(1ms);
  CHECK(net.now() == sim_time{1s});
  CHECK(ana.platform().clock().now() - before == 1s + 100us);
}

TEST_CASE("a node without a peer takes nothing from those that have one") {
  sim_peers net{{.delay = 2ms}, 5};
  net.network().add_node();
  auto& ana = net.add_peer({});
  auto& gone = net.add_peer({});
  auto& ben = net.add_peer({});
  net.remove(gone);
  net.run_for(3s);
  int links = 0;
  ana.machine().for_each_link([&](const toast::link& l) {
    ++links;
    CHECK(l.peer() == ben.machine().id());
  });
  CHECK(links == 1);
}

TEST_CASE("peers on two islands do not meet until these are joined") {
  sim_peers net{{.delay = 2ms}, 5};
  auto& ana = net.add_peer({});
  auto& ben = net.add_peer({});
  net.partition(ben);
  net.run_for(5s);
  CHECK(ana.machine().session() != ben.machine().session());
  net.heal();
  net.run_for(12s);
  CHECK(ana.machine().session() == ben.machine().session());
}
