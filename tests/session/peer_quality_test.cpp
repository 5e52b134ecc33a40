// What a peer does about a path follows the path, up and down again: how often events go unasked,
// how fast, and how long before they sound they have to be played. All of it stays within the
// limits that the application set, and all of it can be seen.
#include <doctest/doctest.h>

#include "watched_jam.hpp"

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

namespace {

// Two play live to each other and to a third, each 100 events a second, in limits that are soon
// reached.
struct changing_path {
  static constexpr nanoseconds least{8ms}, most{40ms};

  explicit changing_path(const path_quality& path) : jam{path, 9} {
    const peer_options more{.delay = {.window = 1024, .patience = 200ms},
                            .latency = {.smallest = least, .largest = most, .patience = 1s},
                            .redundancy = {.least = 0, .most = 2},
                            .group = {.use = toast::group_use::off}};
    for (int i = 0; i < 3; ++i) jam.add({.more = more});
    jam.run_for(5s, 5ms);
    REQUIRE(jam.discord() == "");
  }
  void play(const path_quality& path, nanoseconds duration) {
    jam.net.network().set_path(path);
    for (auto t = 0ns; t < duration; t += 10ms) {
      for (auto* w : {&ana(), &ben()})
        w->peer.play(note_on{.channel = 1, .note = 60, .velocity = 9});
      jam.run_for(10ms, 5ms);
      for (const auto& w : jam.peers) {
        within &= w.peer.latency() >= least && w.peer.latency() <= most;
        w.peer.machine().for_each_link(
            [&](const toast::link& l) { within &= l.quality().repeats <= 2; });
      }
    }
    CHECK(within);
    CHECK(jam.breaches == "");
    for (const auto& w : jam.peers) { // what there is now was told last
      CHECK(w.peer.latency() == ana().peer.latency());
      CHECK(last_told(w, peer_change::latency_changed) ==
            static_cast<std::uint64_t>(w.peer.latency().count()));
      w.peer.machine().for_each_link([&](const toast::link& l) {
        CHECK(last_told(w, peer_change::repeats_changed, l.peer()) == l.quality().repeats);
      });
    }
  }
  [[nodiscard]] static std::uint64_t last_told(const watched_peer& w, peer_change what,
                                               peer_id about = {}) {
    std::uint64_t count = 0;
    for (const auto& s : w.told)
      if (s.change == what && s.peer == about) count = s.count;
    return count;
  }
  // Of the link from ana to ben.
  [[nodiscard]] toast::link_quality quality() {
    toast::link_quality q;
    ana().peer.machine().for_each_link([&](const toast::link& l) {
      if (l.peer() == ben().id()) q = l.quality();
    });
    return q;
  }
  [[nodiscard]] watched_peer& ana() { return jam.peers.front(); }
  [[nodiscard]] watched_peer& ben() { return *std::next(jam.peers.begin()); }
  [[nodiscard]] nanoseconds latency() { return ana().peer.latency(); }
  [[nodiscard]] std::size_t missing() {
    std::size_t n = 0;
    for (auto& w : jam.peers)
      for (auto* from : {&ana(), &ben()})
        if (&w != from) n += from->peer.machine().next_event() - w.received[from->id()].size();
    return n;
  }

  watched_jam jam;
  bool within = true; // the limits, all the time
};

} // namespace

TEST_CASE("losses come and go: copies and latency follow up and down, and each change is told") {
  constexpr path_quality calm{.delay = 5ms, .jitter = 1ms},
      lossy{.delay = 5ms, .jitter = 1ms, .loss = 0.1};
  changing_path r{calm};
  r.play(calm, 20s);
  CHECK(r.quality().repeats == 0);
  CHECK(r.quality().loss == 0);
  const auto short_one = r.latency();
  CHECK(short_one <= 10ms);

  r.play(lossy, 8s);
  CHECK(r.quality().repeats == 2); // three, but for the limit
  CHECK(r.quality().loss > 0.05);
  CHECK(r.quality().loss < 0.2);
  CHECK(r.latency() > short_one + 4ms); // what went again is to be in time, too

  r.play(calm, 45s);
  CHECK(r.quality().repeats == 0);
  CHECK(r.quality().loss < 0.001);
  CHECK(r.latency() <= short_one + 2ms);
  r.jam.run_for(1s, 5ms);
  CHECK(r.missing() == 0);
}

TEST_CASE("jitter grows and falls: the latency follows, up to the limit, and no event is lost") {
  changing_path r{{.delay = 5ms, .jitter = 1ms}};
  r.play({.delay = 5ms, .jitter = 1ms}, 20s);
  auto before = r.latency();
  CHECK(before <= 10ms);
  for (const auto jitter : {8ms, 20ms}) {
    CAPTURE(jitter.count());
    r.play({.delay = 5ms, .jitter = jitter}, 8s);
    CHECK(r.latency() > before);
    CHECK(r.latency() >= 4ms + jitter);
    before = r.latency();
  }
  r.play({.delay = 5ms, .jitter = 60ms}, 3s);
  CHECK(r.latency() == changing_path::most);
  r.play({.delay = 5ms, .jitter = 8ms}, 30s);
  CHECK(r.latency() < before);
  r.play({.delay = 5ms, .jitter = 1ms}, 15s);
  CHECK(r.latency() <= 10ms);
  CHECK(r.quality().repeats == 0); // what is late is not lost
  r.jam.run_for(1s, 5ms);
  CHECK(r.missing() == 0);
}

TEST_CASE("losses come and go: what may leave at once falls, no lower than set, and grows again") {
  constexpr path_quality calm{.delay = 20ms}, lossy{.delay = 20ms, .loss = 0.1};
  constexpr toast::rate_limits limits{.least = 400'000, .most = 1'500'000};
  watched_jam jam{calm, 10};
  auto& ana = jam.add({.more = {.rate = limits}});
  auto& ben = jam.add();
  jam.run_for(5s, 5ms);
  bool within = true;
  std::int64_t rate = 0;
  // More than the path takes, all the time.
  const auto crowd = [&](const path_quality& path, int times) {
    jam.net.network().set_path(path);
    for (int i = 0; i < times; ++i) {
      while (ana.peer.machine().backlog() < 3000) REQUIRE(ana.play());
      jam.run_for(20ms, 5ms);
      ana.peer.machine().for_each_link([&](const toast::link& l) { rate = l.quality().rate; });
      within &= rate >= limits.least * 9 / 10 && rate <= limits.most * 11 / 10;
    }
    return rate;
  };
  const auto at_first = crowd(calm, 100);
  const auto in_loss = crowd(lossy, 100);
  const auto in_the_end = crowd(calm, 200);
  CAPTURE(at_first);
  CAPTURE(in_loss);
  CAPTURE(in_the_end);
  CHECK(3 * in_loss < 2 * at_first);
  CHECK(2 * in_the_end > 3 * in_loss);
  CHECK(within);
  jam.run_for(5s, 5ms);
  CHECK(ana.peer.machine().backlog() == 0);
  CHECK(ben.received[ana.id()].size() == ana.peer.machine().next_event());
  CHECK(jam.breaches == "");
}
