#include <jamnet/secure/sealed.hpp>

#include <doctest/doctest.h>

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
  CHECK(eve.count(peer_change::refused) > 0);
  for (const auto& s : eve.told)
    if (s.change == peer_change::refused) CHECK(s.why == errc::wrong_key);
  CHECK(ana.count(peer_change::turned_away) + ben.count(peer_change::turned_away) > 0);
  CHECK(jam.breaches == "");
}
