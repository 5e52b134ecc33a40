#include <jamnet/session/permissions.hpp>

#include <doctest/doctest.h>

#include "watched_jam.hpp"

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

namespace {

constexpr path_quality calm{.delay = 3ms};

} // namespace

TEST_CASE("permissions have names") {
  CHECK(to_string(permission::admit) == "admit");
  CHECK(to_string(permission::conduct) == "conduct");
}

TEST_CASE("who is not admitted gets no link, from whichever side, and is told why") {
  for (const std::uint64_t id : {1u, 99u}) { // opens, or is opened to
    watched_jam jam{calm, 3};
    auto& ana = jam.add({.more = {.id = {50}}});
    ana.peer.on_permission([&](permission_request& r) {
      if (r.what == permission::admit && r.peer == peer_id{id}) r.allowed = false;
    });
    auto& ben = jam.add({.more = {.id = {20}}});
    auto& eve = jam.add({.more = {.id = {id}}});
    jam.run_for(4s);
    CHECK(ana.links() == 1);
    CHECK(eve.links() == 1); // to Ben, who did not object
    CHECK(ben.links() == 2);
    CHECK(ana.count(peer_change::turned_away, {id}) >= 1);
    CHECK(ana.peer.machine().statistics().turned_away > 0);
    CHECK(eve.count(peer_change::refused) + eve.count(peer_change::unreachable) > 0);
  }
}

TEST_CASE("who may not play is not heard until it may, and its notes end") {
  watched_jam jam{calm, 4};
  auto& ana = jam.add();
  auto& ben = jam.add();
  bool allowed = true;
  ana.peer.on_permission([&](permission_request& r) {
    if (r.what == permission::play) r.allowed = allowed;
  });
  jam.run_for(3s);
  const auto play = [&] {
    for (int i = 0; i < 10; ++i) {
      CHECK(ben.play());
      jam.run_for(10ms);
    }
  };
  play();
  CHECK(ana.received[ben.id()].size() == 10);
  allowed = false;
  ana.peer.ask_again();
  play();
  jam.run_for(100ms);
  CHECK(ana.received[ben.id()].size() == 10);
  CHECK(ana.released() == 1);
  CHECK(ana.count(peer_change::denied, ben.id()) == 1);
  CHECK(ana.peer.machine().statistics().events_denied >= 10);
  CHECK(ana.links() == 1);
  allowed = true;
  ana.peer.ask_again();
  play();
  jam.run_for(100ms);
  CHECK(ana.received[ben.id()].size() == 20);
}

TEST_CASE("who may not conduct is nobody's clock") {
  watched_jam jam{calm, 5};
  const auto only_ana = [](permission_request& r) {
    if (r.what == permission::conduct && r.peer != peer_id{1}) r.allowed = false;
  };
  auto& ben = jam.add({.more = {.id = {2}}}); // founds, and is alone with its time
  ben.peer.on_permission(only_ana);
  jam.run_for(3s);
  auto& ana = jam.add({.more = {.id = {1}, .found_after = 10ms}});
  auto& cleo = jam.add({.more = {.id = {3}, .found_after = peer_options::never}});
  ana.peer.on_permission(only_ana);
  cleo.peer.on_permission(only_ana);
  jam.run_for(10s);
  CHECK(cleo.peer.machine().timing().master() == ana.id());
  CHECK(cleo.peer.machine().statistics().claims_denied +
            ana.peer.machine().statistics().claims_denied >
        0);
}

TEST_CASE("who is expelled loses its link and does not get it back") {
  watched_jam jam{calm, 6};
  auto& ana = jam.add();
  auto& ben = jam.add();
  jam.run_for(3s);
  REQUIRE(ana.links() == 1);
  ana.peer.expel(ben.id());
  ben.peer.connect(ana.peer.platform().where());
  jam.run_for(5s);
  CHECK(ana.links() == 0);
  CHECK(ben.links() == 0);
  CHECK(ana.count(peer_change::turned_away, ben.id()) >= 1);
  bool told = false;
  for (const auto& s : ben.told)
    told = told || (s.change == peer_change::refused && s.why == errc::not_admitted);
  CHECK(told);
}
