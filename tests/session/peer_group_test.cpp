// Events to all at once: they leave once for all who hear them, whoever does not is served alone,
// and nothing is lost on the way from one to the other.
#include <doctest/doctest.h>

#include "forged.hpp"
#include "watched_jam.hpp"

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

namespace {

struct group_room {
  group_room(std::size_t size, const path_quality& path, std::uint64_t seed,
             toast::group_use use = toast::group_use::automatic,
             const toast::redundancy_limits& copies = toast::group_options{}.copies)
      : jam{path, seed} {
    sim_peer_options options;
    options.more.max_peers = 128;
    options.more.group.use = use;
    options.more.group.copies = copies;
    for (std::size_t i = 0; i < size; ++i) jam.add(options);
    jam.run_for(6s, 20ms);
    CHECK(jam.discord() == "");
  }
  /// Whether what is sent to everybody reaches anybody.
  void set_deaf(bool deaf) {
    for (auto& w : jam.peers) set_deaf(w, deaf);
  }
  void set_deaf(watched_peer& w, bool deaf) {
    jam.net.network().set_deaf(w.peer.platform().where(), deaf);
  }
  [[nodiscard]] watched_peer& player() { return jam.peers.front(); }
  void play(nanoseconds duration, nanoseconds interval) {
    for (auto left = duration; left > 0ns; left -= interval) {
      sent += player().play() ? 1u : 0u;
      jam.run_for(interval, interval);
    }
  }
  /// What has not arrived of what was played.
  [[nodiscard]] std::size_t missing() {
    std::size_t n = 0;
    for (auto& w : jam.peers)
      if (&w != &player()) n += sent - w.received[player().id()].size();
    return n;
  }
  [[nodiscard]] const sim_network::traffic& traffic() {
    return jam.net.network().sent_by(player().peer.platform().where());
  }
  /// By all of them, who play an event a second each, if they do.
  [[nodiscard]] sim_network::traffic sent_in(nanoseconds duration, bool playing) {
    sim_network::traffic total;
    const auto count = [&](auto add) {
      for (const auto& w : jam.peers) {
        const auto& t = jam.net.network().sent_by(w.peer.platform().where());
        add(total.datagrams, t.datagrams);
        add(total.bytes, t.bytes);
      }
    };
    count([](auto& to, auto n) { to -= n; });
    for (auto left = duration; left > 0ns; left -= 1s) {
      for (auto& w : jam.peers) {
        if (playing) CHECK(w.play());
        jam.net.run_for(9900us);
      }
      jam.net.run_for(100us);
    }
    count([](auto& to, auto n) { to += n; });
    return total;
  }
  [[nodiscard]] std::uint64_t sum(std::uint64_t peer_statistics::* what) const {
    std::uint64_t n = 0;
    for (const auto& w : jam.peers) n += w.peer.machine().statistics().*what;
    return n;
  }

  watched_jam jam;
  std::size_t sent = 0;
};

} // namespace

TEST_CASE("sixteen who miss 5 % each, in their own way, miss nothing in the end and storm nobody") {
  const path_quality lan{.delay = 300us, .jitter = 200us, .loss = 0.05};
  group_room r{16, lan, 1, toast::group_use::automatic, {1, 1}};
  r.play(2s, 10ms); // until all have said that they hear the group
  CHECK(r.player().count(peer_change::grouped) == 15);
  const auto before = r.player().peer.machine().statistics().group_datagrams;
  const auto bytes = r.traffic().bytes;
  const auto asked = r.sum(&peer_statistics::group_requests);
  r.play(20s, 5ms);
  const auto spent = r.traffic().bytes - bytes;
  const auto datagrams = r.player().peer.machine().statistics().group_datagrams - before;
  const auto requests = r.sum(&peer_statistics::group_requests) - asked;
  r.jam.run_for(2s);
  CHECK(r.missing() == 0);
  CHECK(r.jam.breaches == "");
  CHECK(r.sum(&peer_statistics::events_lost) == 0);
  CHECK(r.player().count(peer_change::ungrouped) == 0);
  const double lost = 0.05 * 15 * static_cast<double>(datagrams);
  INFO("datagrams ", datagrams, ", lost ", lost, ", requests ", requests, ", repairs ",
       r.sum(&peer_statistics::group_repairs));
  CHECK(static_cast<double>(requests) < 0.2 * lost);

  group_room alone{16, lan, 1, toast::group_use::off};
  alone.play(2s, 10ms);
  const auto then = alone.traffic().bytes;
  alone.play(20s, 5ms);
  INFO("bytes ", spent, " instead of ", alone.traffic().bytes - then);
  CHECK(spent * 8 < alone.traffic().bytes - then);
}

TEST_CASE("copies to all follow what is lost on the way to who misses most, and the user is told") {
  group_room r{4, {.delay = 10ms}, 8};
  const auto told = [&] {
    std::vector<std::uint64_t> counts;
    for (const auto& s : r.player().told)
      if (s.change == peer_change::repeats_changed && !s.peer) counts.push_back(s.count);
    return counts;
  };
  r.play(3s, 5ms);
  CHECK(told() == std::vector<std::uint64_t>{});
  const auto way = [&](double loss) {
    r.jam.net.network().set_path(r.player().peer.platform().where(),
                                 r.jam.peers.back().peer.platform().where(),
                                 path_quality{.delay = 10ms, .loss = loss});
  };
  way(0.05);
  r.play(10s, 5ms);
  CHECK(told().size() >= 1);
  CHECK(told().back() >= 2);
  way(0);
  r.play(30s, 5ms);
  CHECK(told().back() == 1);
  CHECK(r.player().count(peer_change::ungrouped) == 0);
  r.jam.run_for(1s);
  CHECK(r.missing() == 0);
}

TEST_CASE("where multicast does not pass any more all are served alone, and again when it does") {
  group_room r{4, {.delay = 1ms, .jitter = 1ms, .loss = 0.01}, 2};
  r.play(2s, 10ms);
  REQUIRE(r.player().count(peer_change::grouped) == 3);
  r.set_deaf(true);
  r.play(3s, 10ms);
  CHECK(r.player().count(peer_change::ungrouped) == 3);
  CHECK(r.missing() <= 10); // the latest
  r.play(5s, 10ms);
  r.set_deaf(false);
  r.play(2s, 10ms);
  CHECK(r.player().count(peer_change::grouped) == 6);
  r.jam.run_for(2s);
  CHECK(r.missing() == 0);
  CHECK(r.sum(&peer_statistics::events_lost) == 0);
  CHECK(r.jam.breaches == "");
}

TEST_CASE("while multicast is cut what was sent there still arrives within a second") {
  group_room r{4, {.delay = 1ms}, 3};
  r.play(2s, 10ms);
  r.set_deaf(true);
  r.play(10ms, 10ms);
  r.jam.run_for(1s);
  CHECK(r.missing() == 0);
}

TEST_CASE("who alone hears no multicast is served alone, and the others by the group") {
  group_room r{4, {.delay = 1ms}, 4};
  auto& deaf = r.jam.peers.back();
  r.set_deaf(deaf, true);
  r.play(3s, 10ms);
  CHECK(r.player().count(peer_change::grouped) == 2);
  CHECK(r.player().count(peer_change::grouped, deaf.id()) == 0);
  CHECK(r.sum(&peer_statistics::group_requests) == 0);
  r.jam.run_for(1s);
  CHECK(r.missing() == 0);
}

TEST_CASE("two peers need no group, and who wants none is served alone") {
  group_room two{2, {.delay = 1ms}, 5};
  two.play(2s, 10ms);
  CHECK(two.sum(&peer_statistics::group_datagrams) == 0);
  group_room off{4, {.delay = 1ms}, 5, toast::group_use::off};
  off.play(2s, 10ms);
  CHECK(off.sum(&peer_statistics::group_datagrams) == 0);
}

TEST_CASE("what a hundred miss at once a few of them ask for") {
  group_room r{101, {.delay = 300us, .jitter = 200us}, 6};
  const auto quiet = r.sent_in(3s, false);
  r.play(4s, 50ms);
  REQUIRE(r.player().count(peer_change::grouped) == 100);
  constexpr int times = 20;
  for (int i = 0; i < times; ++i) {
    auto& network = r.jam.net.network();
    const auto& where = r.player().peer.platform().where();
    network.set_mute(where, true); // for an event and its copy
    r.play(10ms, 10ms);
    network.set_mute(where, false);
    r.play(40ms, 40ms);
  }
  const auto requests = r.sum(&peer_statistics::group_requests);
  INFO("requests ", requests, ", repairs ", r.sum(&peer_statistics::group_repairs));
  CHECK(requests >= times);
  CHECK(requests < 5 * times);
  CHECK(r.missing() == 0);
  CHECK(r.player().count(peer_change::ungrouped) == 0);

  // And of datagrams that 5 % lose, others each time.
  r.jam.net.network().set_path({.delay = 300us, .jitter = 200us, .loss = 0.05});
  const auto before = r.sum(&peer_statistics::group_requests);
  r.play(2s, 10ms);
  r.jam.run_for(500ms, 20ms);
  CHECK(r.missing() == 0);
  CHECK(r.sum(&peer_statistics::group_requests) - before < 2 * 200);

  // When all play, what each sends for that does not grow with the room.
  r.jam.net.network().set_path({.delay = 300us, .jitter = 200us});
  (void)r.sent_in(5s, true); // until all know by whom they are heard
  const auto all = r.sent_in(3s, true);
  INFO("each of 101 sends ", quiet.bytes / 303, " bytes/s in quiet, ", all.bytes / 303,
       " when all play an event a second");
  CHECK(all.datagrams < quiet.datagrams + 303 * 10); // alone: 200 more each, acknowledged
}

namespace {

/// Three peers that hear each other's group, and somebody who sends to it what he should not.
struct attacked_room : group_room {
  attacked_room() : group_room{3, {.delay = 1ms}, 7} { play(2s, 10ms); }

  [[nodiscard]] watched_peer& hearer() { return jam.peers.back(); }
  [[nodiscard]] peer_statistics at_player() { return player().peer.machine().statistics(); }
  void receive(watched_peer& to, const toast::address& from, const forger& forged,
               toast::frame_type type, std::string_view payload) {
    auto& p = to.peer;
    p.machine().receive(from, forged(type, payload), p.platform().clock().now());
  }
  /// Asks the player for events in the name of the hearer.
  void ask(std::string_view ranges) {
    const auto id = to_hex(player().id());
    const std::string payload = R"({"of":")" + std::string{id.data(), id.size()} +
                                R"(","have":[],"want":)" + std::string{ranges} + "}";
    receive(player(), hearer().peer.platform().where(), {hearer().id(), {}},
            toast::type::acknowledge, payload);
  }
  [[nodiscard]] std::string whole() {
    jam.run_for(1s);
    return missing() == 0 ? jam.discord() + jam.breaches : "something is missing";
  }
};

constexpr std::string_view group_note =
    R"({"v":1,"type":"note_on","time":1,"seq":SEQ,"channel":1,"note":1,"velocity":1})";

} // namespace

TEST_CASE("what comes to the group under a member's id, but from elsewhere, is a stranger's") {
  attacked_room r;
  const auto elsewhere = toast::address::v4(10, 9, 9, 9, 47800);
  const forger forged{r.player().id(), {}};
  const auto heard = r.hearer().events.size();
  const auto strangers = r.hearer().peer.machine().statistics().strangers;
  std::string next{group_note};
  next.replace(next.find("SEQ"), 3, std::to_string(r.sent));
  r.receive(r.hearer(), elsewhere, forged, toast::type::midi, next);
  r.receive(r.hearer(), elsewhere, forged, toast::type::heartbeat, R"({"seq_next":999999})");
  r.receive(r.hearer(), elsewhere, forged, toast::type::acknowledge, R"({"want":[[0,9]]})");
  r.receive(r.hearer(), elsewhere, {peer_id{0xaa}, {}}, toast::type::midi, next);
  CHECK(r.hearer().events.size() == heard);
  CHECK(r.hearer().peer.machine().statistics().strangers == strangers + 4);
  r.jam.run_for(100ms);
  CHECK(r.sum(&peer_statistics::group_requests) == 0);
  r.play(100ms, 10ms);
  CHECK(r.whole() == "");
}

TEST_CASE("of a link only events, reports and requests are taken from the group") {
  attacked_room r;
  const forger forged{r.player().id(), {}};
  const auto& where = r.player().peer.platform().where();
  const auto refused = r.hearer().peer.machine().statistics().datagrams_refused;
  for (const auto type : {toast::type::bye, toast::type::welcome, toast::type::clock_master,
                          toast::type::clock_question, toast::type::clock_answer})
    r.receive(r.hearer(), where, forged, type, R"({"reason":"left"})");
  r.receive(r.hearer(), where, forged, toast::type::acknowledge, "[");
  CHECK(r.hearer().peer.machine().statistics().datagrams_refused == refused + 6);
  CHECK(r.hearer().count(peer_change::left) == 0);
  CHECK(r.whole() == "");
}

TEST_CASE("wants of what was never sent, and absurd ones, are worth nothing") {
  attacked_room r;
  const auto sent = std::to_string(r.sent);
  r.jam.run_for(20ms);
  const auto before = r.at_player();
  r.ask("[[" + sent + ",9007199254740991]]");
  r.ask("[[9007199254740990,9007199254740991]]");
  r.ask("[[9,1]]");
  r.ask("[]");
  r.jam.run_for(5ms);
  CHECK(r.at_player().group_repairs == before.group_repairs);
  r.ask("[[0,9007199254740991],[0,9007199254740991],[0,9007199254740991]]");
  CHECK(r.at_player().group_repairs <= before.group_repairs + 256);
  CHECK(r.whole() == "");
}

TEST_CASE("a flood of wants makes each event go again once in 5 ms at most") {
  attacked_room r;
  r.jam.run_for(20ms);
  const auto before = r.at_player();
  for (int i = 0; i < 50; ++i) {
    for (int k = 0; k < 100; ++k) r.ask("[[100,119]]");
    r.jam.run_for(1ms);
  }
  CHECK(r.at_player().group_repairs - before.group_repairs <= 20 * 11);
  CHECK(r.at_player().group_datagrams - before.group_datagrams <= 60);
  r.play(1s, 10ms);
  CHECK(r.player().count(peer_change::ungrouped, r.hearer().id()) == 1); // who asks for too much
  CHECK(r.whole() == "");
}

TEST_CASE("who says that others ask already delays a repair, and does not prevent it") {
  attacked_room r;
  auto& third = *std::next(r.jam.peers.begin());
  const auto id = to_hex(r.player().id());
  const std::string all =
      R"({"of":")" + std::string{id.data(), id.size()} + R"(","want":[[0,9007199254740991]]})";
  r.set_deaf(r.hearer(), true);
  r.play(10ms, 10ms);
  r.set_deaf(r.hearer(), false);
  for (int i = 0; i < 500; ++i) {
    r.receive(r.hearer(), third.peer.platform().where(), {third.id(), {}}, toast::type::acknowledge,
              all);
    r.jam.run_for(1ms);
  }
  CHECK(r.missing() == 0);
}
