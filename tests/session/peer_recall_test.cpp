// After whatever kept them apart, peers agree on what is held and what is set.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include <jamnet/midi/message.hpp>
#include <jamnet/testing/sim_peers.hpp>

#include "forged.hpp"

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

namespace {

using words = std::vector<std::array<std::uint32_t, 4>>;

words settings_of(const state_recall<>& state) {
  words all;
  state.for_each([&](const ump& p) { all.push_back(p.words); });
  std::sort(all.begin(), all.end());
  return all;
}

// Peers that play at random, and what each knows of each.
struct recall_jam {
  explicit recall_jam(std::uint64_t seed, double loss = 0.02)
      : net{path_kind::wifi_home, loss, seed},
        random{seed} {}
  sim_peer& add() {
    auto& p = net.add_peer({});
    players.push_back(&p);
    p.on_event([this, &p](const received_event& e) {
      known[{&p, e.from.value}].observe(e.packet);
      released += e.released ? 1u : 0u;
    });
    return p;
  }
  void play(sim_peer& p) {
    const unsigned channel = 1 + static_cast<unsigned>(random.next() % 3);
    const unsigned what = static_cast<unsigned>(random.next() % 16);
    const auto value = static_cast<unsigned>(random.next() % 128);
    const unsigned note = 40 + value % 20;
    const auto send = [&](const ump& packet) {
      if (p.send(packet, p.now() + 100ms)) own[&p].observe(packet);
    };
    if (what < 5) return send(note_on{.channel = channel, .note = note});
    if (what < 10) return send(note_off{.channel = channel, .note = note});
    if (what == 10) return send(program_change{.channel = channel, .program = value});
    if (what == 11) return send(pitch_bend{.channel = channel, .value = value * 128});
    if (what == 12) return send(channel_aftertouch{.channel = channel, .value = value});
    const std::array<unsigned, 6> controllers{1, 7, 11, 64, 67, 121};
    send(control_change{.channel = channel,
                        .controller = controllers[value % 6],
                        .value = value % 6 == 5 ? 0 : value});
  }
  void play_for(nanoseconds duration, nanoseconds pause = 10ms) {
    for (nanoseconds t{}; t < duration; t += pause) {
      for (auto* p : players) play(*p);
      net.run_for(pause);
    }
  }
  void check_agreement() {
    for (auto* a : players)
      for (auto* b : players)
        if (a != b) CHECK(settings_of(known[{b, a->machine().id().value}]) == settings_of(own[a]));
  }
  sim_peers net;
  random_source random;
  std::vector<sim_peer*> players;
  std::map<sim_peer*, state_recall<>> own;
  std::map<std::pair<sim_peer*, std::uint64_t>, state_recall<>> known;
  unsigned released = 0;
};

} // namespace

TEST_CASE("whatever keeps peers apart, they agree on what is held and set when they are together") {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    recall_jam jam{seed};
    for (int i = 0; i < 3; ++i) {
      jam.add();
      jam.net.run_for(300ms);
    }
    jam.net.run_for(5s);
    for (int accident = 0; accident < 3; ++accident) {
      jam.play_for(1s);
      auto& victim = *jam.players[jam.random.next() % 3];
      const auto length = nanoseconds{static_cast<std::int64_t>(jam.random.uniform(0.5e9, 16e9))};
      CAPTURE(accident);
      CAPTURE(length.count());
      const auto kind = jam.random.next() % 3;
      CAPTURE(kind);
      if (kind == 0) jam.net.partition(victim);
      if (kind == 1) jam.net.suspend(victim, length);
      if (kind == 2) jam.net.network().set_path(path_kind::wifi_home, 0.6);
      const bool busy = jam.random.next() % 2 == 0; // or nothing is played until they are back
      if (busy) jam.play_for(length, 20ms);
      if (!busy) jam.net.run_for(length);
      jam.net.network().set_path(path_kind::wifi_home, 0.02);
      jam.net.heal();
      jam.play_for(1s);
      jam.net.run_for(14s);
      jam.check_agreement();
    }
    CHECK(jam.released > 0);
  }
}

TEST_CASE("who joins late is told what the others hold and have set, and nobody hears it twice") {
  recall_jam jam{1};
  auto& ana = jam.add();
  auto& ben = jam.add();
  jam.net.run_for(5s);
  jam.play_for(2s);
  jam.net.run_for(1s);
  const auto before = ben.machine().statistics().events_received;
  auto& late = jam.add();
  unsigned recalled = 0;
  late.on_event([&](const received_event& e) {
    jam.known[{&late, e.from.value}].observe(e.packet);
    recalled += e.recalled ? 1u : 0u;
  });
  jam.net.run_for(5s);
  jam.check_agreement();
  CHECK(recalled == late.machine().statistics().events_recalled);
  CHECK(recalled > 5);
  CHECK(ben.machine().statistics().events_received == before);
  CHECK(ben.machine().statistics().events_recalled == 0);
  CHECK(ana.machine().statistics().recalls_sent == 1);
}

TEST_CASE("who asks for the state again and again is served ever more seldom") {
  recall_jam jam{1, 0};
  auto& ana = jam.add();
  auto& ben = jam.add();
  jam.net.run_for(5s);
  jam.play_for(1s);
  jam.net.run_for(1s);
  CHECK(ana.machine().statistics().recalls_sent == 0);
  const forger nag{ben.machine().id(), ana.machine().id()};
  for (int i = 0; i < 600; ++i) {
    ana.machine().receive(ben.platform().where(),
                          nag(toast::type::heartbeat, R"({"state":"joining","recall":true})"),
                          ana.platform().clock().now());
    jam.net.run_for(100ms);
  }
  CHECK(ana.machine().statistics().recalls_sent > 2);
  CHECK(ana.machine().statistics().recalls_sent < 20);
  CHECK(ben.machine().statistics().events_recalled == 0); // it did not ask
  jam.check_agreement();
}

TEST_CASE("the mark of a recalled line is read as it was written, and nothing else is one") {
  std::array<char, 64> line{};
  for (const auto& [index, count] : {std::pair{0u, 1u}, {7u, 9u}, {1022u, 1024u}}) {
    line[0] = '{', line[1] = 'x', line[2] = '}';
    const auto text = jamnet::detail::mark_recall(line, 3, {index, count});
    const auto mark = jamnet::detail::find_recall(text);
    CHECK(mark.index == index);
    CHECK(mark.count == count);
  }
  for (const char* bad :
       {"", "}", "{}", "{\"a\":1,\"recall\":[0,1]", "{\"a\":1,\"recall\":[1,1]}",
        "{\"a\":1,\"recall\":[0,0]}", "{\"a\":1,\"recall\":[0]}", "{\"a\":1,\"recall\":[-1,2]}",
        "{\"a\":1,\"recall\":[0,99999999999999]}", "{\"a\":1,\"recall\":[0,1]]}",
        "{\"a\":1,\"recall\":[0,1],\"b\":\"0123456789012345678901234567890123456789\"}",
        "{\"a\":1,\"recall\":[", "{\"a\":1,\"recall\":[0,", "{\"a\":1,\"recall\":[0,1"})
    CHECK(jamnet::detail::find_recall(bad).count == 0);
}
