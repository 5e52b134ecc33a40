// Laws of the shared transport, as whole peers keep them.
#include <jamnet/session/transport_control.hpp>

#include <doctest/doctest.h>

#include "two_ways.hpp"
#include "watched_jam.hpp"

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

namespace {

const peer_options as_one{.transport = {.start_stop_sync = true}};
constexpr path_quality lossy_path{.delay = 5ms, .jitter = 2ms, .loss = 0.05};

// A band, and all that each was told of its transport.
struct band {
  explicit band(int size, const path_quality& path = lossy_path, std::uint64_t seed = 1,
                const peer_options& more = as_one)
      : jam{path, seed} {
    for (int i = 0; i < size; ++i) add(more);
    jam.run_for(6s, 20ms);
    REQUIRE(jam.discord() == "");
  }
  watched_peer& add(const peer_options& more = as_one) {
    auto& w =
        jam.add({.clock = {.skew_ppm = 10.0 * static_cast<double>(told.size())}, .more = more});
    auto& list = told[w.id()];
    w.peer.transport().on_change([&list](const transport_change& c) { list.push_back(c); });
    return w;
  }
  watched_peer& at(std::size_t i) {
    return *std::next(jam.peers.begin(), static_cast<std::ptrdiff_t>(i));
  }
  watched_peer& master() {
    for (auto& w : jam.peers)
      if (w.peer.machine().timing().role() == arbiter_role::master) return w;
    return at(0);
  }
  watched_peer& follower() { return &at(0) == &master() ? at(1) : at(0); }
  // Whether all hold the same register, which is not none.
  [[nodiscard]] bool agree() const {
    const auto& first = jam.peers.front().peer.machine().transport().settled();
    return first.stamp && std::all_of(jam.peers.begin(), jam.peers.end(), [&](const auto& w) {
             return w.peer.machine().transport().settled() == first;
           });
  }
  std::size_t jumps(const watched_peer& w) {
    const auto& list = told[w.id()];
    return static_cast<std::size_t>(
        std::count_if(list.begin(), list.end(), [](const auto& c) { return c.jumps(); }));
  }

  watched_jam jam;
  std::map<peer_id, std::vector<transport_change>> told;
};

session_time soon(watched_peer& w, nanoseconds ahead = 500ms) { return w.peer.now() + ahead; }

} // namespace

TEST_CASE("whoever asks, all play, seek and change the tempo as one, and nobody's music jumps") {
  band b{5};
  auto& w = b.follower();
  auto t = w.peer.transport();
  const auto start = soon(w);
  CHECK(t.play(0, when::at(start)) == errc{});
  b.jam.run_for(450ms, 10ms);
  CHECK(b.agree()); // before it begins
  b.jam.run_for(1s, 10ms);
  CHECK(t.at(w.peer.now()).rolling());
  CHECK(t.tempo(96, when::next_bar) == errc{});
  CHECK(b.at(2).peer.transport().seek({.bar = 9}, when::bar_from(soon(w, 3s))) == errc{});
  CHECK(b.at(3).peer.transport().signature({3, 4}, when::at(soon(w, 9s))) == errc{});
  b.jam.run_for(9s, 20ms);
  CHECK(b.agree());
  const auto state = t.at(w.peer.now());
  CHECK(state.bpm == 96);
  CHECK(state.signature == time_signature{3, 4});
  CHECK(state.bar_at(w.peer.now()).bar > 9);
  for (auto& each : b.jam.peers) {
    CHECK(b.jumps(each) == 0);            // all was known ahead
    CHECK(b.told[each.id()].size() >= 2); // or more, where it saw what was between
    const auto now = w.peer.now();
    CHECK(each.peer.transport().schedule().position_at(now) == t.schedule().position_at(now));
    CHECK(each.peer.shared_transport().read() == t.schedule());
  }
}

TEST_CASE("who joins takes over what there is, also one that had a session of its own") {
  band b{3};
  auto& w = b.follower();
  CHECK(w.peer.transport().play(0) == errc{});
  b.jam.run_for(2s, 20ms);
  auto& late = b.add();
  b.jam.run_for(4s, 20ms);
  CHECK(b.agree());
  CHECK(late.peer.transport().at(late.peer.now()).rolling());

  auto& alone = b.add({.found_after = 100ms, .transport = {.start_stop_sync = true}});
  b.jam.net.partition(alone.peer);
  b.jam.run_for(2s, 20ms);
  REQUIRE(alone.peer.clock().synchronised());
  for (int i = 0; i < 9; ++i) CHECK(alone.peer.transport().tempo(200 + i) == errc{});
  b.jam.net.heal();
  b.jam.run_for(12s, 20ms);
  CHECK(b.jam.discord() == "");
  CHECK(alone.count(peer_change::merged) == 1);
  CHECK(b.agree());
  CHECK(w.peer.transport().at(w.peer.now()).bpm == 120);
}

TEST_CASE("when the master dies what was asked for is done by the next one, once") {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    CAPTURE(seed);
    band b{5, lossy_path, seed};
    auto& w = b.follower();
    CHECK(w.peer.transport().play(0) == errc{});
    b.jam.run_for(1s, 20ms);
    const auto before = w.peer.machine().transport().stamp();
    b.jam.crash(b.master());
    CHECK(w.peer.transport().seek(64) == errc{}); // nobody hears it yet
    const auto asked = w.peer.now();
    b.jam.run_for(4s, 20ms);
    CHECK(b.agree());
    CHECK(w.peer.machine().transport().stamp().epoch == before.epoch + 1);
    const auto now = w.peer.now();
    const double beats = static_cast<double>((now - asked).count()) * 2e-9;
    const double here = w.peer.transport().schedule().position_at(now).count();
    CHECK(here == doctest::Approx(64 + beats).epsilon(1e-4)); // where it would be
    for (auto& each : b.jam.peers) CHECK(b.jumps(each) >= 1); // and all were told
  }
}

TEST_CASE("halves that were apart agree again, and whose music jumps is told so") {
  band b{6};
  CHECK(b.follower().peer.transport().play(0) == errc{});
  b.jam.run_for(1s, 20ms);
  for (std::size_t i = 0; i < 3; ++i) b.jam.net.partition(b.at(i).peer);
  b.jam.run_for(4s, 20ms);
  CHECK(b.at(0).peer.transport().seek(100) == errc{});
  b.jam.run_for(1s, 20ms);
  CHECK(b.at(0).peer.transport().tempo(90) == errc{});
  CHECK(b.at(4).peer.transport().seek(500) == errc{});
  b.jam.run_for(1s, 20ms);
  CHECK_FALSE(b.agree());
  std::vector<std::size_t> jumps;
  for (auto& w : b.jam.peers) jumps.push_back(b.jumps(w));
  b.jam.net.heal();
  b.jam.run_for(8s, 20ms);
  CHECK(b.jam.discord() == "");
  CHECK(b.agree());
  CHECK(b.at(5).peer.transport().at(b.at(5).peer.now()).bpm == 90); // two changes against one
  std::size_t i = 0;
  for (auto& w : b.jam.peers) {
    CAPTURE(i);
    CHECK(b.jumps(w) - jumps[i] == (i < 3 ? 0u : 1u));
    ++i;
  }
}

TEST_CASE("what is refused is refused by name to who asked, and nobody else is disturbed") {
  band b{3};
  auto& w = b.follower();
  auto t = w.peer.transport();
  CHECK(t.tempo(0) == errc::tempo_range);
  CHECK(t.tempo(1e9) == errc::tempo_range);
  CHECK(t.signature({7, 3}) == errc::signature_range);
  CHECK(t.seek(1e12) == errc::position_range);
  CHECK(t.loop(8, 4) == errc::position_range);
  CHECK(t.tempo(96, when::at(w.peer.now() - 20s)) == errc::change_order);
  CHECK(t.tempo(96, when::at(w.peer.now() + 2h)) == errc::limit_exceeded);
  for (int i = 0; i < 5; ++i)
    CHECK(t.tempo(100 + i, when::at(w.peer.now() + 1min + i * 1s)) == errc{});
  b.jam.run_for(1s, 20ms);
  CHECK(b.agree());
  const auto& told = b.told[w.id()];
  REQUIRE_FALSE(told.empty());
  CHECK(told.back().what == transport_event::refused);
  CHECK(told.back().why == errc::limit_exceeded);
  CHECK(b.told[b.at(2).id()].size() <= 4);

  b.master().peer.on_permission([&](permission_request& r) {
    if (r.what == permission::conduct && r.peer == w.id()) r.allowed = false;
  });
  b.master().peer.ask_again();
  b.jam.run_for(100ms, 20ms);
  CHECK(t.play(0) == errc{});
  b.jam.run_for(1s, 20ms);
  CHECK(told.back().why == errc::not_admitted);
  CHECK_FALSE(t.at(w.peer.now()).rolling());
  sim_peers empty{lossy_path, 3};
  CHECK(empty.add_peer({}).transport().play() == errc::refused); // no session yet
}

TEST_CASE("with a quorum the smaller half decides nothing, and says so") {
  band b{5, lossy_path, 7, {.transport = {.start_stop_sync = true, .quorum = true}}};
  CHECK(b.follower().peer.transport().play(0) == errc{});
  b.jam.run_for(1s, 20ms);
  b.jam.net.partition(b.at(0).peer);
  b.jam.net.partition(b.at(1).peer);
  b.jam.run_for(20s, 20ms); // the others are forgotten, and yet
  for (std::size_t i = 0; i < 2; ++i) {
    const errc why = b.at(i).peer.transport().seek(100);
    b.jam.run_for(1s, 20ms);
    if (why == errc{})
      CHECK(b.told[b.at(i).id()].back().why == errc::no_quorum);
    else
      CHECK(why == errc::no_quorum);
  }
  CHECK(b.at(3).peer.transport().tempo(90) == errc{});
  b.jam.run_for(1s, 20ms);
  CHECK(b.at(4).peer.transport().at(b.at(4).peer.now()).bpm == 90);
  b.jam.net.heal();
  b.jam.run_for(12s, 20ms);
  CHECK(b.agree());
  CHECK(b.at(0).peer.transport().seek(0) == errc{});
  b.jam.run_for(1s, 20ms);
  CHECK(b.agree());
  CHECK(b.at(1).peer.transport().at(b.at(1).peer.now()).bpm == 90);
}

TEST_CASE("who has not opted in starts and stops by itself, in time with all others") {
  band b{3};
  auto& own = b.add({});
  b.jam.run_for(4s, 20ms);
  CHECK(b.at(0).peer.transport().play(0) == errc{});
  b.jam.run_for(1s, 20ms);
  CHECK(b.agree());
  CHECK_FALSE(own.peer.transport().at(own.peer.now()).rolling());
  CHECK(own.peer.transport().play(when::next_bar) == errc{});
  b.jam.run_for(3s, 20ms);
  const auto now = own.peer.now();
  CHECK(own.peer.transport().at(now).rolling());
  CHECK(own.peer.transport().schedule().position_at(now) ==
        b.at(0).peer.transport().schedule().position_at(now));
  CHECK(own.peer.transport().stop() == errc{});
  b.jam.run_for(1s, 20ms);
  CHECK(b.agree());
  CHECK_FALSE(own.peer.transport().at(own.peer.now()).rolling());
  CHECK(b.at(0).peer.transport().at(b.at(0).peer.now()).rolling());
}

TEST_CASE("where a stream is beside the datagrams it takes TRAN, whether those pass or not") {
  for (const bool passes : {true, false}) {
    CAPTURE(passes);
    two_ways jam{4};
    jam.run_for(3s);
    jam.udp_works = passes;
    if (!passes) jam.run_for(3s);
    peer &ana = jam.peers[0], &ben = jam.peers[1]; // who founded
    const session_time start = ana.clock().to_session(jam.now) + 200ms;
    const jsonmidi::transport_command play{
        .action = jsonmidi::transport_action::record, .time = start, .position = 0, .bpm = 99};
    REQUIRE(ana.direct(play, jam.now) == errc{});
    REQUIRE(ana.direct({.action = jsonmidi::transport_action::tempo, .time = start, .bpm = 77},
                       jam.now) == errc{});
    jam.run_for(150ms);
    CHECK(ben.transport().settled().ahead_count == 2);
    CHECK(ana.transport().settled() == ben.transport().settled());
    CHECK_FALSE(ana.transport().is_waiting());
  }
}
