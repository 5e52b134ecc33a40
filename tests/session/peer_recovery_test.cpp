// No event is lost, doubled or stuck on a bad network, and those that must be repeated are soon
// there; a burst drowns nobody; what a peer decides about its copies can be seen.
#include <doctest/doctest.h>

#include "watched_jam.hpp"

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

namespace {

toast::link_quality quality_of_link(const watched_peer& w) {
  toast::link_quality quality;
  w.peer.machine().for_each_link([&](const toast::link& l) { quality = l.quality(); });
  return quality;
}

// Plays `rate` events a second, each by itself.
void perform(watched_jam& jam, watched_peer& player, int rate, nanoseconds time) {
  for (auto left = time; left > 0ns; left -= 1000ms / rate) {
    REQUIRE(player.play());
    jam.run_for(1000ms / rate, 5ms);
  }
}

} // namespace

TEST_CASE("a fifth of all datagrams lost, or one in ten in bursts of five: every event is heard") {
  for (const path_quality path : {path_quality{.delay = 10ms, .jitter = 2ms, .loss = 0.2},
                                  {.delay = 10ms, .jitter = 2ms, .loss = 0.1, .burst = 5}}) {
    for (std::uint64_t seed = 1; seed <= 2; ++seed) {
      CAPTURE(seed);
      CAPTURE(path.burst);
      watched_jam jam{path, seed};
      for (int i = 0; i < 4; ++i) jam.add();
      for (int i = 0; i < 20 && jam.discord() != ""; ++i) jam.run_for(1s, 5ms);
      REQUIRE(jam.discord() == "");
      std::uint64_t played = 0;
      for (auto& w : jam.peers) w.received.clear();
      for (; played < 400; ++played) {
        for (auto& w : jam.peers) REQUIRE(w.play());
        jam.run_for(5ms, 5ms);
      }
      jam.run_for(1500ms, 5ms); // who hears the group says only each 500 ms what it has
      for (auto& w : jam.peers) {
        CHECK(w.peer.machine().backlog() == 0);
        CHECK(w.peer.machine().statistics().events_lost == 0);
        for (auto& other : jam.peers)
          if (&w != &other) CHECK(w.received[other.id()].size() == played);
      }
      CHECK(jam.breaches == "");
    }
  }
}

TEST_CASE("with 5 % lost, 99 of 100 events come less than 6 ms later than without") {
  watched_jam jam{{.delay = 10ms, .loss = 0.05}, 3};
  auto& ana = jam.add();
  auto& ben = jam.add();
  jam.run_for(5s, 5ms);
  perform(jam, ana, 200, 3s); // until the loss is known
  std::vector<nanoseconds> took;
  std::vector<sim_time> sent;
  const std::size_t before = ben.events.size();
  ben.peer.on_event([&](const received_event&) {
    if (took.size() < sent.size()) took.push_back(jam.net.now() - sent[took.size()]);
  });
  jam.run_for(500ms, 5ms);
  for (int i = 0; i < 4000; ++i) {
    sent.push_back(jam.net.now());
    REQUIRE(ana.play());
    jam.net.run_for(5ms);
  }
  jam.net.run_for(500ms);
  CHECK(before > 590);
  REQUIRE(took.size() == 4000);
  std::sort(took.begin(), took.end());
  CHECK(took[3960] <= 16ms);
  CHECK(took[3999] <= 100ms);
}

TEST_CASE("a cable that is out for 3 s loses nothing of a thousand events a second") {
  watched_jam jam{{.delay = 5ms, .jitter = 1ms}, 4};
  auto& ana = jam.add();
  auto& ben = jam.add();
  jam.run_for(5s, 5ms);
  perform(jam, ana, 1000, 100ms);
  jam.net.partition(ben.peer);
  perform(jam, ana, 1000, 3s);
  CHECK(ana.peer.machine().backlog() >= 2990);
  CHECK(ana.peer.machine().backlog() <= 3010);
  jam.net.heal();
  perform(jam, ana, 1000, 1s);
  CHECK(ben.received[ana.id()].size() >= 4080);
  CHECK(ana.peer.machine().backlog() <= 30);
  jam.run_for(500ms, 5ms);
  CHECK(ben.received[ana.id()].size() == 4100);
  CHECK(ben.count(peer_change::lost_events) == 0);
  CHECK(jam.breaches == "");
}

TEST_CASE(
    "ten thousand events at once arrive whole and soon, and the clocks are asked in between") {
  for (const double loss : {0.0, 0.05}) {
    CAPTURE(loss);
    watched_jam jam{{.delay = 10ms, .jitter = 1ms, .loss = loss}, 5};
    auto& ana = jam.add();
    auto& ben = jam.add();
    jam.run_for(10s, 5ms);
    std::size_t questions = 0, answers = 0, most = 0;
    jam.net.network().on_send([&](const toast::address&, const toast::address&, bytes_view bytes) {
      for (; !bytes.empty(); bytes = bytes.subspan(toast::read_frame(bytes)->size())) {
        questions += toast::read_frame(bytes)->type == toast::type::clock_question;
        answers += toast::read_frame(bytes)->type == toast::type::clock_answer;
      }
    });
    for (int i = 0; i < 10'000; ++i) REQUIRE(ana.play());
    int took = 0;
    for (; took < 5000 && ben.received[ana.id()].size() < 10'000; ++took) {
      jam.run_for(1ms);
      most = std::max(most, jam.net.network().in_flight());
    }
    CHECK(took < (loss > 0 ? 3000 : 600));
    CHECK(most < 300);
    CHECK(ana.peer.machine().statistics().events_lost == 0);
    if (loss == 0) { // 5 trains of three a second
      CHECK(questions >= static_cast<std::size_t>(took) * 10 / 1000);
      CHECK(answers + 2 >= questions);
    }
    jam.run_for(300ms);
    CHECK(ana.peer.machine().backlog() == 0);
    CHECK(jam.breaches == "");
  }
}

TEST_CASE("copies are sent where something is lost, no longer than that, and the user is told") {
  watched_jam jam{{.delay = 10ms}, 6};
  auto& ana = jam.add();
  jam.add({.more = {.redundancy = {.least = 1, .most = 1}}});
  auto& ben = jam.peers.back();
  jam.run_for(5s, 5ms);
  perform(jam, ana, 100, 1s);
  const auto calm = quality_of_link(ana);
  CHECK(calm.repeats == 0);
  CHECK(calm.loss == 0);
  CHECK(calm.round_trip >= 20ms);
  CHECK(calm.round_trip < 21ms);
  CHECK(calm.window >= toast::pacer::floor);
  CHECK(calm.rate > 1'000'000);
  CHECK(ana.count(peer_change::repeats_changed) == 0);
  CHECK(quality_of_link(ben).repeats == 1);

  jam.net.network().set_path({.delay = 10ms, .loss = 0.2});
  perform(jam, ana, 100, 5s);
  const auto lossy = quality_of_link(ana);
  CHECK(lossy.repeats == 3);
  CHECK(lossy.loss > 0.1);
  CHECK(lossy.loss < 0.3);
  CHECK(ana.count(peer_change::repeats_changed, ben.id()) >= 2);
  const auto last = std::find_if(ana.told.rbegin(), ana.told.rend(), [](const peer_status& s) {
    return s.change == peer_change::repeats_changed;
  });
  CHECK((last != ana.told.rend() && last->count == 3));

  jam.net.network().set_path({.delay = 10ms});
  perform(jam, ana, 100, 8s);
  CHECK(quality_of_link(ana).repeats == 3);
  jam.run_for(30s, 5ms);
  CHECK(quality_of_link(ana).repeats == 0);
  CHECK(quality_of_link(ben).repeats == 1);
  CHECK(ben.count(peer_change::repeats_changed) == 0);
  CHECK(jam.breaches == "");
}
