#include <jamnet/testing/sim_peers.hpp>

#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

namespace {

// Everything that was delivered, and what every clock showed then.
std::string play(sim_peers& net) {
  std::string log;
  auto& ana = net.add_peer({.clock = {.skew_ppm = 20, .wander_ppm = 0.01}});
  auto& ben = net.add_peer({.name = "ben"});
  ben.on_event([&](const received_event& e) {
    log += std::to_string(e.seq) + '@' + std::to_string(net.now().time_since_epoch().count()) + ' ';
  });
  net.run_for(3s);
  for (int i = 0; i < 20; ++i) {
    ana.send(note_on{.channel = 1, .note = 60, .velocity = 1}, ana.now());
    net.run_for(3ms);
  }
  net.for_each_peer(
      [&](sim_peer& p) { log += std::to_string(p.now().time_since_epoch().count()) + ' '; });
  return log + std::to_string(net.network().fingerprint());
}

} // namespace

TEST_CASE("a seed replays everything that happens, and another seed makes another jam") {
  const path_quality rough{.delay = 2ms, .jitter = 2ms, .loss = 0.1};
  const auto by_quality = [&](std::uint64_t seed) {
    sim_peers net{rough, seed};
    return play(net);
  };
  const auto by_name = [](std::uint64_t seed) {
    sim_peers net{path_kind::wifi_home, 0.01, seed};
    return play(net);
  };
  CHECK(by_quality(5) == by_quality(5));
  CHECK(by_quality(5) != by_quality(6));
  CHECK(by_name(5) == by_name(5));
  CHECK(by_name(5) != by_name(6));
}

TEST_CASE("how time is cut into calls changes nothing") {
  const auto run = [](nanoseconds step) {
    sim_peers net{path_kind::lan, 0.1, 8};
    for (int i = 0; i < 4; ++i) net.add_peer({.clock = {.skew_ppm = i * 30.0, .wander_ppm = 0.1}});
    for (nanoseconds t{}; t < 6s; t += step) net.run_for(step);
    return net.network().fingerprint();
  };
  CHECK(run(6s) == run(1ms));
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

TEST_CASE("what peers show is of one true moment, whoever was served last") {
  sim_peers net{path_kind::lan, 0, 5};
  auto& ana = net.add_peer({.clock = {.skew_ppm = 80}});
  auto& ben = net.add_peer({.clock = {.skew_ppm = -80}});
  net.run_for(20s);
  for (int i = 0; i < 100; ++i) {
    net.run_for(1234567ns);
    const auto error = ana.now() - ben.now();
    CHECK(error < 30us); // 80 ppm apart for the 2 ms since one was served would be 0.3 us
    CHECK(error > -30us);
  }
}

TEST_CASE("a peer that is suspended stands still and hears nothing, then goes on") {
  sim_peers net{{.delay = 2ms}, 5};
  auto& ana = net.add_peer({});
  auto& ben = net.add_peer({});
  net.run_for(5s);
  const auto shown = ana.platform().clock().now();
  const auto said = net.network().sent_by(ana.platform().where()).datagrams;
  int heard = 0;
  ana.on_event([&](const received_event&) { ++heard; });
  net.suspend(ana, 1500ms);
  net.run_for(1s);
  ben.send(note_on{.channel = 1, .note = 60, .velocity = 1}, ben.now());
  net.run_for(499ms);
  CHECK(ana.platform().clock().now() == shown);
  CHECK(net.network().sent_by(ana.platform().where()).datagrams == said);
  CHECK(heard == 0);
  net.run_for(501ms);
  CHECK(ana.platform().clock().now() == shown + 500ms);
  CHECK(net.network().sent_by(ana.platform().where()).datagrams > said);
  CHECK(heard == 1); // it was sent again
}

TEST_CASE("a process that is stalled finds what a socket holds when it runs again") {
  sim_peers net{{.delay = 2ms}, 5};
  auto& ana = net.add_peer({});
  auto& ben = net.add_peer({});
  net.run_for(5s);
  const auto shown = ana.platform().clock().now();
  const auto seen = [&] {
    std::uint64_t missed = 0;
    ana.machine().for_each_link(
        [&](const toast::link& l) { missed += l.statistics().frames_missed; });
    return missed;
  };
  net.stall(ana, 500ms);
  net.run_for(600ms);
  CHECK(ana.platform().clock().now() == shown + 600ms);
  CHECK(seen() == 0);
  net.stall(ana, 1s);
  constexpr std::array<std::uint8_t, 4> noise{};
  for (std::size_t i = 0; i < sim_peers::socket_buffer; ++i)
    net.network().send(ben.platform().where(), ana.platform().where(), noise, net.now());
  for (int i = 0; i < 400; ++i) {
    ben.send(note_on{.channel = 1, .note = 60, .velocity = 1}, ben.now());
    net.run_for(2ms);
  }
  net.run_for(1s);
  CHECK(seen() > 100);
}

TEST_CASE("clocks step, run fast and stop as they are told, and no deadline is lost or met twice") {
  sim_peers net{{.delay = 2ms}, 5};
  auto& ana = net.add_peer({});
  auto& ben = net.add_peer({});
  net.run_for(5s);
  const auto said = [&](sim_peer& p) { return net.network().sent_by(p.platform().where()); };
  const auto a_second = [&](sim_peer& p) {
    const auto before = said(p).datagrams;
    net.run_for(1s);
    return said(p).datagrams - before;
  };
  const auto usual = a_second(ana);
  CHECK(usual > 10);
  const auto shown = ana.platform().clock().now();
  net.step_clock(ana, 10min);
  CHECK(ana.platform().clock().now() == shown + 10min);
  (void)a_second(ana);
  net.step_clock(ana, -5min);
  net.run_for(10min);
  CHECK(a_second(ana) < 10 * usual); // it may measure anew
  net.set_skew_ppm(ben, 50'000);
  CHECK(a_second(ben) < 10 * usual);
  net.stop_clock(ana);
  net.stop_clock(ben);
  net.run_for(1s);
  CHECK(a_second(ana) + a_second(ben) == 0);
  net.start_clock(ana);
  net.start_clock(ben);
  net.run_for(10s);
  CHECK(a_second(ana) > usual / 2);
}

TEST_CASE("a path can change while it is in use, for all or between two") {
  sim_peers net{path_kind::lan, 0, 5};
  auto& ana = net.add_peer({});
  auto& ben = net.add_peer({});
  nanoseconds took{};
  session_time played{};
  ben.on_event([&](const received_event&) { took = ben.now() - played; });
  const auto way = [&] {
    played = ana.now();
    ana.send(note_on{.channel = 1, .note = 60, .velocity = 1}, played);
    net.run_for(200ms);
    return took;
  };
  net.run_for(5s);
  CHECK(way() < 1ms);
  net.network().set_path(path_kind::wan, 0);
  CHECK(way() > 20ms);
  net.network().set_path(ana.platform().where(), ben.platform().where(),
                         path_quality{.delay = 5ms});
  CHECK(way() < 10ms);
}

TEST_CASE("peers come and go while time passes, and nothing is left of those that went") {
  sim_peers net{path_kind::lan, 0.01, 5};
  random_source random{5};
  std::vector<sim_peer*> peers;
  for (int i = 0; i < 60; ++i) {
    if (peers.size() > 3) {
      const auto gone = peers.begin() + static_cast<std::ptrdiff_t>(random.next() % peers.size());
      net.remove(**gone);
      peers.erase(gone);
    }
    peers.push_back(&net.add_peer({.clock = {.skew_ppm = random.uniform(-100, 100)}}));
    net.run_for(nanoseconds{static_cast<std::int64_t>(random.uniform(0, 2e9))});
  }
  net.run_for(15s);
  for (sim_peer* p : peers) {
    CHECK(p->clock().synchronised());
    int links = 0;
    p->machine().for_each_link([&](const toast::link&) { ++links; });
    CHECK(links == 3);
  }
  CHECK(net.network().in_flight() < 20);
}
