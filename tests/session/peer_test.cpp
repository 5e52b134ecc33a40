#include <jamnet/session/peer.hpp>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

#include "watched_jam.hpp"

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

namespace {
constexpr path_quality good{.delay = 3ms, .jitter = 1ms};
}

TEST_CASE("two peers find each other, agree on the time and hear each other") {
  sim_peers net{{.delay = 3ms, .jitter = 1ms, .loss = 0.05}, 7};
  auto& ana = net.add_peer({.name = "ana", .room = "friday", .clock = {.skew_ppm = 40}});
  auto& ben = net.add_peer({.name = "ben", .room = "friday", .clock = {.skew_ppm = -25}});
  std::vector<received_event> heard;
  ben.on_event([&](const received_event& e) { heard.push_back(e); });
  net.run_for(3s);
  REQUIRE(ana.clock().synchronised());
  REQUIRE(ben.clock().synchronised());
  CHECK(ana.machine().session() == ben.machine().session());
  const auto at = ana.now() + 20ms;
  REQUIRE(ana.send(note_on{.channel = 1, .note = 60, .velocity = 100}, at));
  net.run_for(50ms);
  REQUIRE(heard.size() == 1);
  CHECK(heard[0].time == at);
  CHECK(heard[0].packet == ump(note_on{.channel = 1, .note = 60, .velocity = 100}));
  CHECK(heard[0].from == ana.machine().id());
  CHECK_FALSE(heard[0].late);
}

TEST_CASE("of peers that start together one founds the session, and nobody has to merge") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    watched_jam jam{good, seed};
    random_source random{seed};
    for (int i = 0; i < 5; ++i) jam.add({.clock = quartz(random)});
    jam.run_for(3s);
    CHECK(jam.discord() == "");
    CHECK(jam.breaches == "");
    std::size_t founded = 0, merged = 0;
    for (const auto& w : jam.peers) {
      founded += w.count(peer_change::founded);
      merged += w.count(peer_change::merged);
    }
    CHECK(founded == 1);
    CHECK(merged == 0);
  }
}

TEST_CASE("two that know of each other, but have no link yet, do not both found a session") {
  watched_jam jam{good, 21};
  auto& ana = jam.add({.more = {.id = peer_id{1}}});
  auto& ben = jam.add({.more = {.id = peer_id{2}}});
  jam.add({.more = {.id = peer_id{3}}});
  const auto way = [&](const path_quality& path) {
    jam.net.network().set_path(ana.peer.platform().where(), ben.peer.platform().where(), path);
  };
  jam.run_for(1ms); // they announce themselves
  way({.loss = 1});
  jam.run_for(1300ms);
  way(good);
  jam.run_for(5s);
  CHECK(jam.discord() == "");
  for (const auto& w : jam.peers) {
    CHECK(w.count(peer_change::founded) == (&w == &ana ? 1 : 0));
    CHECK(w.count(peer_change::merged) == 0);
  }
}

TEST_CASE("a newcomer hears what is played from now on, not what was") {
  watched_jam jam{good, 3};
  auto& ana = jam.add();
  jam.run_for(2s);
  for (int i = 0; i < 5; ++i) REQUIRE(ana.play());
  auto& ben = jam.add();
  jam.run_for(2s);
  CHECK(ben.events.empty());
  REQUIRE(ana.play());
  jam.run_for(100ms);
  REQUIRE(ben.events.size() == 1);
  CHECK(ben.events[0].seq >= 5);
}

TEST_CASE("without announcements an address is enough, and the others are learnt from there") {
  watched_jam jam{good, 5};
  const peer_options quiet{.announce = false};
  auto& ana = jam.add({.more = quiet});
  auto& ben = jam.add({.more = quiet});
  auto& cleo = jam.add({.more = quiet});
  jam.run_for(2s);
  CHECK(ana.links() == 0);
  ben.peer.connect(ana.peer.platform().where());
  jam.run_for(500ms);
  cleo.peer.connect(ana.peer.platform().where());
  jam.run_for(8s);
  CHECK(ben.links() == 2);
  CHECK(jam.discord() == "");
}

TEST_CASE("an address where nobody answers is tried again and again") {
  watched_jam jam{good, 5};
  auto& ana = jam.add();
  const auto empty = jam.net.network().add_node();
  ana.peer.connect(empty);
  jam.run_for(14s);
  CHECK(ana.count(peer_change::unreachable) == 2);
}

TEST_CASE("who leaves says goodbye behind its last events, and its notes end at once") {
  watched_jam jam{good, 9};
  auto& ana = jam.add();
  auto& ben = jam.add();
  jam.run_for(3s);
  REQUIRE(ana.play(60));
  REQUIRE(ben.play(72));
  jam.run_for(50ms);
  REQUIRE(ana.play(61));
  ana.peer.leave();
  jam.run_for(5ms);
  CHECK(ben.count(peer_change::left, ana.id()) == 1);
  CHECK(ben.received[ana.id()].size() == 2);
  CHECK(ben.released() == 2);
  CHECK(ana.released() == 1); // for whoever leaves, the others have gone silent
  jam.run_for(20s);
  CHECK(ana.links() == 0);
  CHECK(ben.links() == 0);
  CHECK(ben.count(peer_change::joined) == 1); // not lured back by announcements
  CHECK(ana.peer.machine().deadline() == host_time::max());
}

TEST_CASE("the notes of who crashes end after two seconds; after ten it is forgotten") {
  watched_jam jam{good, 11};
  auto& ana = jam.add();
  auto& ben = jam.add();
  jam.run_for(3s);
  const auto gone = ana.id();
  REQUIRE(ana.play());
  jam.run_for(50ms);
  jam.crash(ana);
  jam.run_for(1900ms);
  CHECK(ben.released() == 0);
  jam.run_for(200ms);
  CHECK(ben.released() == 1);
  CHECK(ben.count(peer_change::silent, gone) == 1);
  CHECK(ben.links() == 1);
  jam.run_for(8s);
  CHECK(ben.count(peer_change::vanished, gone) == 1);
  CHECK(ben.links() == 0);
  CHECK(ben.released() == 1);
}

TEST_CASE(
    "a few heartbeats lost in a row are no silence, and to ask costs twenty datagrams at most") {
  watched_jam jam{good, 12};
  const sim_peer_options alone{.more = {.group = {.use = toast::group_use::off}}};
  jam.add(alone);
  jam.run_for(3s); // the clock, to whom the others say more than that they live
  auto& ben = jam.add(alone);
  auto& cleo = jam.add(alone);
  jam.run_for(15s, 5ms);
  const auto way = [&](const path_quality& path) {
    jam.net.network().set_path(ben.peer.platform().where(), cleo.peer.platform().where(), path);
  };
  for (int i = 0; i < 10; ++i) { // at all moments between two heartbeats
    jam.run_for(3s + i * 50ms, 5ms);
    REQUIRE(ben.play());
    REQUIRE(cleo.play());
    jam.run_for(100ms, 5ms);
    way({.loss = 1});
    jam.run_for(1750ms, 5ms);
    way(good);
  }
  CHECK(ben.count(peer_change::silent) == 0);
  CHECK(cleo.count(peer_change::silent) == 0);
  CHECK(ben.released() == 0);
  jam.run_for(5s, 5ms);

  int datagrams = 0;
  jam.net.network().on_send(
      [&, from = ben.peer.platform().where(), to = cleo.peer.platform().where()](
          const toast::address& a, const toast::address& b, bytes_view) {
        datagrams += a == from && b == to ? 1 : 0;
      });
  jam.crash(cleo);
  jam.run_for(12s, 5ms);
  CHECK(ben.released() == 1);
  CHECK(datagrams <= 20 + 20 + 10); // and heartbeats, for 10 s, and questions to a witness
}

TEST_CASE("a peer whose session dies before it knows the time founds another") {
  for (const auto life : {1010ms, 1050ms, 1100ms, 1200ms}) {
    watched_jam jam{good, 13};
    auto& ana = jam.add({.more = {.found_after = 100ms}});
    auto& ben = jam.add({.more = {.found_after = 30s}});
    auto& cleo = jam.add({.more = {.found_after = 30s}});
    jam.net.partition(ben.peer, 1);
    jam.net.partition(cleo.peer, 1);
    jam.run_for(990ms);
    jam.net.heal(); // in time for the announcement after one second
    jam.run_for(life - 990ms);
    jam.crash(ana);
    jam.run_for(45s);
    CHECK(jam.discord() == "");
    CHECK(ben.peer.machine().session() == cleo.peer.machine().session());
  }
}

TEST_CASE("callbacks may send, connect and leave") {
  watched_jam jam{good, 15};
  auto& ana = jam.add();
  auto& ben = jam.add();
  jam.run_for(3s);
  ben.peer.on_event([&](const received_event& e) {
    ben.play(e.released ? 1 : 2);
    ben.peer.connect(ana.peer.platform().where());
    ben.peer.leave();
  });
  ben.peer.on_peer([&](const peer_status&) { ben.peer.leave(); });
  for (int i = 0; i < 3; ++i) ana.play();
  jam.run_for(1s);
  CHECK(ana.received[ben.id()].size() == 3);
  CHECK(ana.count(peer_change::left, ben.id()) == 1);
}

TEST_CASE("between peers that are linked, sending and receiving is rt-safe") {
  constexpr auto a_address = toast::address::v4(10, 0, 0, 1, 1);
  constexpr auto b_address = toast::address::v4(10, 0, 0, 2, 2);
  host_time now{1000s};
  peer a{{.found_after = 100ms, .announce = false}, now, 1};
  peer b{{.announce = false}, now, 2};
  int heard = 0;
  b.on_event([&](const received_event&) { ++heard; });
  b.connect(a_address);
  std::array<std::uint8_t, toast::datagram_limit> bytes{};
  const auto pass = [&](peer& from, const toast::address& where, peer& to) {
    for (peer::datagram d; from.write(bytes, now, d);)
      to.receive(where, bytes_view{bytes}.first(d.size), now);
  };
  const auto exchange = [&] {
    now += 1ms;
    a.poll(now);
    b.poll(now);
    pass(a, a_address, b);
    pass(b, b_address, a);
  };
  for (int i = 0; i < 2000; ++i) exchange();
  REQUIRE(b.clock().synchronised());
  const rt_guard guard;
  for (int i = 0; i < 2000; ++i) {
    if (i % 10 == 0)
      a.send(note_on{.channel = 1, .note = 60, .velocity = 1}, a.clock().to_session(now), now);
    exchange();
  }
  CHECK(heard == 200);
}

TEST_CASE("twenty who know only one are soon known to all, however they came in at once") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    CAPTURE(seed);
    watched_jam jam{{.delay = 1ms, .jitter = 2ms, .loss = 0.1}, seed};
    auto& first = jam.add({.more = {.found_after = 0ns, .announce = false}});
    for (int i = 1; i < 20; ++i) {
      auto& w = jam.add({.more = {.found_after = peer_options::never, .announce = false}});
      w.peer.connect(first.peer.platform().where());
    }
    jam.run_for(12s);
    for (auto& w : jam.peers) CHECK(w.links() == 19);
  }
}
