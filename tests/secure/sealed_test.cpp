#include <jamnet/secure/sealed.hpp>

#include <doctest/doctest.h>
#include <jamnet/testing/sim_relay.hpp>

#include "../session/forged.hpp"
#include "sealed_jam.hpp"

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

TEST_CASE("two who know the pass-phrase play; who knows another, or none, stays outside") {
  sealed_jam jam{{.delay = 3ms, .jitter = 1ms}, 1};
  auto& ana = jam.add("secret");
  auto& ben = jam.add("secret");
  jam.run_for(3s);
  CHECK(ana.peer.sealed());
  CHECK(ana.links() == 1);
  CHECK(jam.discord() == "");
  auto& eve = jam.add("guess");
  auto& open = jam.watched_jam::add();
  for (int i = 0; i < 300; ++i) {
    CHECK(ana.play());
    CHECK(ben.play());
    jam.run_for(10ms, 5ms);
  }
  jam.run_for(500ms);
  CHECK(ben.received[ana.id()].size() == 300);
  CHECK(ana.received[ben.id()].size() == 300);
  for (auto* outside : {&eve, &open}) {
    CHECK(outside->events.empty());
    CHECK(outside->links() == 0);
    CHECK(outside->peer.machine().session() != ana.peer.machine().session());
  }
  CHECK_FALSE(open.peer.sealed());
  open.peer.connect(ana.peer.platform().where());
  jam.run_for(1s);
  CHECK(open.count(peer_change::refused) > 0);
  CHECK(open.told.back().why == errc::wrong_key);
  CHECK(eve.count(peer_change::refused) > 0);
  for (const auto& s : eve.told)
    if (s.change == peer_change::refused) CHECK(s.why == errc::wrong_key);
  CHECK(ana.count(peer_change::turned_away) + ben.count(peer_change::turned_away) > 0);
  CHECK(jam.breaches == "");
}

TEST_CASE("eight play through loss and a late one joins; nothing of it can be read on the wire") {
  sealed_jam jam{{.delay = 8ms, .jitter = 4ms, .loss = 0.05}, 2};
  for (int i = 0; i < 7; ++i) jam.add("secret", {.name = "Annabella"});
  jam.run_for(4s);
  const auto play = [&](int rounds) {
    for (int i = 0; i < rounds; ++i) {
      for (auto& w : jam.peers) w.play();
      jam.run_for(20ms, 10ms);
    }
  };
  play(100);
  jam.add("secret", {.name = "Annabella"});
  jam.run_for(4s, 10ms);
  play(100);
  jam.run_for(2s, 10ms);
  CHECK(jam.discord() == "");
  CHECK(jam.breaches == "");
  for (auto& w : jam.peers)
    for (auto& other : jam.peers) {
      if (&other == &w) continue;
      const bool late = &w == &jam.peers.back() || &other == &jam.peers.back();
      CHECK(w.received[other.id()].size() >= (late ? 100u : 200u));
      CHECK(w.count(peer_change::lost_events) == 0);
    }
  CHECK(jam.peers.front().count(peer_change::grouped) > 0); // sealed for all at once, too
  CHECK(jam.peers.front().peer.machine().statistics().group_datagrams > 50);
  CHECK(jam.heard.size() > 1000);
  for (const auto& bytes : jam.heard) {
    const auto text = as_text(bytes);
    REQUIRE(text.find("Annabella") == std::string_view::npos);
    REQUIRE(text.find("noteOn") == std::string_view::npos);
    REQUIRE(text.find("jam") == std::string_view::npos);
  }
}

TEST_CASE("what listeners send again, change or invent harms nobody who plays") {
  sealed_jam jam{{.delay = 3ms, .jitter = 1ms}, 3};
  auto& ana = jam.add("secret", {.more = {.max_peers = 8}});
  auto& ben = jam.add("secret", {.more = {.max_peers = 8}});
  jam.run_for(3s);
  random_source random{5};
  const auto stranger = toast::address::v4(192, 168, 7, 7, 4711);
  const auto receive = [&](const toast::address& from, bytes_view bytes) {
    ben.peer.carried().receive(from, bytes, ben.peer.platform().clock().now(), {});
  };
  for (int i = 0; i < 300; ++i) {
    for (int k = 0; k < 5; ++k) {
      auto bytes = jam.heard[random.next() % jam.heard.size()];
      const auto from = k % 2 == 0 ? stranger : ana.peer.platform().where();
      receive(from, bytes);
      bytes[random.next() % bytes.size()] ^= static_cast<std::uint8_t>(1 + random.next() % 255);
      receive(from, bytes);
      for (auto& b : bytes) b = static_cast<std::uint8_t>(random.next());
      receive(from, bytes);
      const forger forged{k % 2 == 0 ? ana.id() : peer_id{random.next() | 1}, {}};
      receive(from, forged.hello());
      receive(from, forged(toast::type::bye, std::string_view{"{}"}));
      receive(from, forged(toast::type::error, std::string_view{R"({"code":"key"})"}));
    }
    CHECK(ana.play());
    CHECK(ben.play());
    jam.run_for(10ms, 5ms);
  }
  jam.run_for(1s);
  CHECK(ben.received[ana.id()].size() == 300);
  CHECK(ana.received[ben.id()].size() == 300);
  CHECK(ben.links() == 1);
  CHECK(jam.discord() == "");
  CHECK(jam.breaches == "");
}

TEST_CASE("who is expelled by one is outside for all, and stays there under its id") {
  sealed_jam jam{{.delay = 3ms}, 4};
  auto& ana = jam.add("secret");
  auto& ben = jam.add("secret");
  auto& eve = jam.add("secret", {.more = {.id = {77}}});
  jam.run_for(4s);
  REQUIRE(eve.links() == 2);
  ana.peer.expel(eve.id());
  jam.run_for(1s);
  CHECK(ana.links() == 1);
  CHECK(ben.links() == 1);
  CHECK(ben.count(peer_change::turned_away, eve.id()) > 0);
  const auto before = eve.events.size();
  eve.peer.connect(ben.peer.platform().where());
  for (int i = 0; i < 100; ++i) {
    CHECK(ana.play());
    CHECK(ben.play());
    jam.run_for(20ms, 10ms);
  }
  CHECK(ben.received[ana.id()].size() == 100);
  CHECK(eve.events.size() == before);
  CHECK(ben.links() == 1);
}

TEST_CASE(
    "behind NATs a sealed room meets by a relay and plays through it; it sees no plain text") {
  sealed_jam jam{{.delay = 15ms, .jitter = 2ms, .loss = 0.02}, 6};
  sim_relay relay{jam.net, {}, 6};
  std::size_t seen = 0, notes = 0;
  relay.on_datagram([&](bytes_view datagram) {
    const auto text = as_text(datagram);
    ++seen;
    for (const auto* plain : {"Annabella", "noteOn", "jam"})
      notes += text.find(plain) == text.npos ? 0u : 1u;
  });
  const auto tag = secure::room_secret::tag_of("jam").value;
  for (const auto kind :
       {nat_kind::symmetric, nat_kind::symmetric, nat_kind::full_cone, nat_kind::port_restricted}) {
    auto& w = jam.add("secret", {.name = "Annabella", .more = {.layers = {relay.route({tag})}}});
    jam.net.network().put_behind(w.peer.platform().where(), jam.net.network().add_nat(kind));
  }
  auto& eve = jam.add("guess", {.more = {.layers = {relay.route({tag})}}});
  jam.net.network().put_behind(eve.peer.platform().where(),
                               jam.net.network().add_nat(nat_kind::full_cone));
  jam.run_for(8s, 10ms);
  std::size_t direct = 0, relayed = 0;
  for (auto& w : jam.peers)
    w.peer.machine().for_each_link(
        [&](const toast::link& l) { ++(l.is_relayed() ? relayed : direct); });
  CHECK(direct + relayed == 12);
  CHECK(direct >= 2); // the cones
  CHECK(relayed >= 2);
  const auto home = [&](std::ptrdiff_t i) {
    return std::next(jam.peers.begin(), i)->peer.platform().where();
  };
  for (int i = 0; i < 100; ++i) {
    if (i == 20) jam.net.network().set_path(home(2), home(3), path_quality{.loss = 1});
    for (auto& w : jam.peers) (void)w.play();
    jam.run_for(20ms, 10ms);
  }
  jam.run_for(2s, 10ms);
  for (auto& w : jam.peers)
    for (auto& other : jam.peers)
      if (&other != &w && &w != &eve && &other != &eve) CHECK(w.received[other.id()].size() == 100);
  CHECK(eve.events.empty());
  CHECK(eve.links() == 0);
  for (auto& w : jam.peers) {
    w.peer.machine().for_each_link([&](const toast::link& l) { direct -= !l.is_relayed(); });
    CHECK(w.count(peer_change::silent) == 0);
  }
  CHECK(direct == 2); // the way between the cones, which was cut
  CHECK(seen > 500);
  CHECK(notes == 0);
  CHECK(jam.breaches == "");
}
