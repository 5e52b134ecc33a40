// SysEx dumps of a megabyte and more, and what is played beside them.
#include <doctest/doctest.h>

#include <algorithm>
#include <memory>

#include <jamnet/midi/message.hpp>
#include <jamnet/midi/sysex_assembler.hpp>
#include <jamnet/testing/sim_peers.hpp>

#include "stream_lab.hpp"

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

namespace {

std::vector<std::uint8_t> random_dump(std::size_t size, std::uint64_t seed) {
  random_source random{seed};
  std::vector<std::uint8_t> dump(size);
  for (auto& byte : dump) byte = static_cast<std::uint8_t>(random.next() % 128);
  return dump;
}

// Puts dumps together, and looks at the notes between their pieces.
struct sysex_listener {
  template <class Peer>
  explicit sysex_listener(Peer& p) : room(1 << 21) {
    p.on_event([this](const received_event& e) {
      if (const auto on = note_on::from(e.packet)) {
        late += e.late ? 1u : 0u;
        wrong += on->note == notes++ % 128 ? 0u : 1u;
      }
      assembler.feed(e.packet, [&](const sysex_message& m) {
        if (m.outcome == sysex_outcome::complete)
          dumps.emplace_back(m.data.begin(), m.data.end());
        else
          ++broken;
      });
    });
  }
  std::vector<std::uint8_t> room;
  sysex_assembler<1> assembler{room};
  std::vector<std::vector<std::uint8_t>> dumps;
  unsigned notes = 0, late = 0, wrong = 0, broken = 0;
};

} // namespace

TEST_CASE(
    "a megabyte arrives byte for byte over datagrams of which 5 % are lost, and notes in time") {
  const auto dump = random_dump(1'048'576, 1);
  sim_peers net{path_kind::wifi_home, 0.05, 1};
  auto& ana = net.add_peer({.name = "ana"});
  auto& ben = net.add_peer({.name = "ben"});
  net.run_for(5s);
  sysex_listener at_ben{ben};
  std::uint64_t sent = 0;
  ana.on_peer([&](const peer_status& s) {
    if (s.change == peer_change::sysex_sent) sent = s.count;
  });
  REQUIRE(ana.send_sysex(dump, ana.now(), 1) == errc{});
  REQUIRE(ana.send_sysex(bytes_view{dump}.first(5), ana.now(), 1) == errc{});
  unsigned notes = 0;
  for (int i = 0; i < 6000 && at_ben.dumps.size() < 2; ++i) {
    REQUIRE(ana.send(note_on{.note = notes++ % 128}, ana.now() + 150ms));
    net.run_for(10ms);
  }
  CHECK(notes < 1000); // ten seconds
  REQUIRE(at_ben.dumps.size() == 2);
  CHECK(at_ben.dumps[0] == dump);
  CHECK(at_ben.dumps[1] == random_dump(5, 1));
  CHECK(at_ben.broken == 0);
  CHECK(sent == 5);
  net.run_for(1s);
  CHECK(at_ben.notes == notes);
  CHECK(at_ben.wrong == 0);
  CHECK(at_ben.late == 0);
  CHECK(ben.machine().statistics().events_lost == 0);
}

TEST_CASE("a dump arrives at all who hear the group, and notes in time") {
  const auto dump = random_dump(300'000, 3);
  sim_peers net{path_kind::wifi_home, 0.02, 3};
  auto& ana = net.add_peer({.name = "ana"});
  std::vector<std::unique_ptr<sysex_listener>> others;
  for (int i = 0; i < 3; ++i)
    others.push_back(std::make_unique<sysex_listener>(net.add_peer({.name = "other"})));
  net.run_for(8s);
  REQUIRE(ana.send_sysex(dump, ana.now(), 1) == errc{});
  unsigned notes = 0;
  const auto waiting = [&] {
    return std::any_of(others.begin(), others.end(), [](auto& o) { return o->dumps.empty(); });
  };
  for (int i = 0; i < 3000 && waiting(); ++i) {
    REQUIRE(ana.send(note_on{.note = notes++ % 128}, ana.now() + 400ms));
    net.run_for(10ms);
  }
  net.run_for(1s);
  for (const auto& o : others) {
    REQUIRE(o->dumps.size() == 1);
    CHECK(o->dumps[0] == dump);
    CHECK(o->notes == notes);
    CHECK(o->wrong == 0);
    CHECK(o->late == 0);
  }
}

TEST_CASE("a megabyte arrives byte for byte over a stream that breaks") {
  const auto dump = random_dump(1'048'576, 2);
  stream_lab lab{{.name = "ana", .found_after = peer_options::never, .announce = false},
                 {.name = "ben", .found_after = 0ns, .announce = false},
                 2};
  lab.peers[0].connect(stream_lab::address(1, toast::carrier::tcp));
  lab.run_for(2s);
  sysex_listener at_ana{lab.peers[0]};
  auto& ben = lab.peers[1];
  REQUIRE(ben.send_sysex(dump, ben.clock().to_session(lab.now), 1) == errc{});
  unsigned notes = 0;
  for (int i = 0; i < 6000 && at_ana.dumps.empty(); ++i) {
    const auto at = ben.clock().to_session(lab.now) + 150ms;
    if (i < 100) REQUIRE(ben.send(note_on{.note = notes++ % 128}, at, lab.now));
    if (i == 110 || i == 170) lab.cut(i == 170);
    lab.run_for(10ms);
  }
  REQUIRE(at_ana.dumps.size() == 1);
  CHECK(at_ana.dumps[0] == dump);
  CHECK(at_ana.broken == 0);
  CHECK(at_ana.notes == notes);
  CHECK(at_ana.wrong == 0);
  CHECK(at_ana.late == 0);
}

TEST_CASE("what is no SysEx, or too much of it, is refused by name") {
  sim_peers net{path_kind::lan, 0, 1};
  auto& ana = net.add_peer({.name = "ana"});
  const auto dump = random_dump(1'048'576, 1);
  CHECK(ana.send_sysex(dump, {}) == errc::refused); // knows no time
  net.run_for(3s);
  const std::vector<std::uint8_t> high{1, 128};
  CHECK(ana.send_sysex(high, {}) == errc::value_range);
  CHECK(ana.send_sysex({}, {}) == errc::value_range);
  CHECK(ana.send_sysex(dump, {}, 16) == errc::value_range);
  for (int i = 0; i < 8; ++i) CHECK(ana.send_sysex(dump, {}) == errc{});
  CHECK(ana.send_sysex(dump, {}) == errc::limit_exceeded);
  net.run_for(1s); // nobody is there to wait for
  CHECK(ana.send_sysex(dump, {}) == errc{});
  ana.leave();
  CHECK(ana.send_sysex(dump, {}) == errc::refused);
}
