// Links over streams that break, and what is chosen of datagrams and streams.
#include <doctest/doctest.h>

#include <string>

#include <jamnet/midi/message.hpp>

#include "forged.hpp"
#include "stream_lab.hpp"

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

namespace {

// What one peer got of the other: numbers that count up from 0, if nothing is lost or doubled.
struct stream_witness {
  explicit stream_witness(peer& p) {
    p.on_event([this](const received_event& e) {
      if (e.released) return void(++released);
      if (e.recalled) return;
      const auto c = control_change::from(e.packet);
      if (!c) return void(++others);
      wrong += c->controller * 128u + c->value == count++ % 8192 ? 0u : 1u;
    });
    p.on_peer([this](const peer_status& s) { ++changes[s.change]; });
  }
  std::map<peer_change, int> changes;
  unsigned count = 0, wrong = 0, others = 0, released = 0;
};

struct pair_of_peers : stream_lab {
  explicit pair_of_peers(std::uint64_t seed, toast::carrier via = toast::carrier::tcp)
      : stream_lab{{.name = "ana", .found_after = peer_options::never, .announce = false},
                   {.name = "ben", .found_after = 0ns, .announce = false},
                   seed},
        heard{stream_witness{peers[0]}, stream_witness{peers[1]}} {
    peers[0].connect(address(1, via));
  }
  void play(std::size_t who) {
    const unsigned n = played[who]++ % 8192;
    const control_change c{.controller = n / 128, .value = n % 128};
    CHECK(peers[who].send(c, peers[who].clock().to_session(now) + 100ms, now));
  }
  void run_for(nanoseconds duration, bool playing) {
    if (!playing) return stream_lab::run_for(duration);
    for (const auto end = now + duration; now < end; stream_lab::run_for(5ms))
      for (std::size_t who : {0u, 1u}) play(who);
  }
  void check_all_heard() {
    for (std::size_t who : {0u, 1u}) {
      CAPTURE(who);
      CHECK(heard[who].wrong == 0);
      CHECK(heard[who].count == played[1 - who]);
      CHECK(peers[who].statistics().events_lost == 0);
    }
  }
  std::array<unsigned, 2> played{};
  std::array<stream_witness, 2> heard;
};

} // namespace

TEST_CASE(
    "nothing is lost, doubled or reordered by streams that break, on whichever side it shows") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    CAPTURE(seed);
    random_source random{seed};
    pair_of_peers jam{seed};
    jam.run_for(1s, false);
    REQUIRE(jam.heard[0].changes[peer_change::synchronised] == 1);
    for (int i = 0; i < 8; ++i) {
      jam.run_for(nanoseconds{static_cast<std::int64_t>(random.uniform(1e6, 2e9))}, true);
      jam.cut(random.next() % 2 == 0);
    }
    jam.run_for(3s, false);
    jam.check_all_heard();
    CHECK(jam.streams_opened() > 4);
    CHECK(jam.heard[0].changes[peer_change::joined] == 1);
    CHECK(jam.heard[1].changes[peer_change::vanished] == 0);
  }
}

TEST_CASE(
    "a server that is away for seconds is asked seldom, and the link goes on when it is back") {
  pair_of_peers jam{1};
  jam.run_for(1s, false);
  jam.run_for(1s, true);
  jam.attempts = 0;
  jam.tcp_works = false;
  jam.cut();
  jam.run_for(8s, true);
  CHECK(jam.attempts >= 4);
  CHECK(jam.attempts <= 8);
  CHECK(jam.heard[0].changes[peer_change::silent] == 1);
  jam.tcp_works = true;
  jam.run_for(6s, true);
  jam.run_for(1s, false);
  jam.check_all_heard();
  CHECK(jam.heard[0].changes[peer_change::returned] == 1);
  CHECK(jam.heard[1].changes[peer_change::returned] == 1);
}

TEST_CASE("a server that is away for longer is forgotten, and joined anew when it is back") {
  pair_of_peers jam{1};
  jam.run_for(1s, false);
  jam.run_for(1s, true);
  jam.tcp_works = false;
  jam.cut();
  jam.run_for(30s, false);
  CHECK(jam.heard[0].changes[peer_change::vanished] == 1);
  CHECK(jam.heard[1].changes[peer_change::vanished] == 1);
  jam.tcp_works = true;
  jam.run_for(8s, false);
  CHECK(jam.heard[0].changes[peer_change::joined] == 2);
}

TEST_CASE("a stream that is held is not written to, and gets everything when it is released") {
  pair_of_peers jam{1};
  jam.run_for(1s, false);
  jam.run_for(1s, true);
  jam.peers[0].hold(stream_lab::address(1, toast::carrier::tcp), true);
  jam.run_for(200ms, false);
  const auto before = jam.heard[1].count;
  jam.run_for(1s, true);
  CHECK(jam.heard[1].count == before);
  jam.peers[0].hold(stream_lab::address(1, toast::carrier::tcp), false);
  jam.run_for(1s, false);
  jam.check_all_heard();
}

TEST_CASE("who would go on with a link that is not theirs is refused, and the link untouched") {
  struct theft {
    std::uint64_t id;      // wrong if not 0
    std::uint32_t attempt; // the same
    toast::carrier via;
  };
  for (const theft t : {theft{0, 1, toast::carrier::tcp}, theft{1, 0, toast::carrier::tcp},
                        theft{0, 0, toast::carrier::udp}}) {
    CAPTURE(t.id);
    CAPTURE(t.attempt);
    pair_of_peers jam{1};
    jam.run_for(1s, false);
    jam.run_for(1s, true);
    std::uint32_t real = 0;
    jam.peers[1].for_each_link([&](const toast::link& l) { real = l.attempt(); });
    toast::hello h;
    h.versions = {1, 1};
    h.peer = {jam.peers[0].id().value ^ t.id};
    h.room = "jam";
    h.attempt = real ^ t.attempt;
    h.resume = 0;
    std::vector<char> text(toast::hello_padding, ' ');
    (void)encode(h, text);
    auto thief = toast::address::v4(10, 6, 6, 6, 666, t.via);
    const auto bytes =
        forger{h.peer, {}}(toast::type::hello, std::string_view{text.data(), text.size()});
    const bytes_view all{bytes}; // a stream has no PEER
    const auto skip =
        t.via == toast::carrier::tcp ? toast::frame_overhead + toast::peer_header::size : 0;
    jam.peers[1].receive(thief, all.subspan(skip), jam.now);
    std::array<std::uint8_t, 16384> out;
    peer::datagram d;
    bool refused = false;
    while (jam.peers[1].write(out, jam.now, d)) refused = refused || d.to == thief;
    CHECK(refused);
    jam.run_for(1s, true);
    jam.run_for(1s, false);
    jam.check_all_heard();
  }
}

TEST_CASE("who claims to have what was never sent, or lacks what it had, harms only itself") {
  for (const std::uint64_t lie : {std::uint64_t{0}, std::uint64_t{1} << 52}) {
    CAPTURE(lie);
    toast::send_state sent{100, true};
    toast::event_log log;
    for (int i = 0; i < 200; ++i) log.append(as_bytes("x"), false);
    std::array<std::uint8_t, 4096> out;
    REQUIRE(sent.fill(log, host_time{}, out) == 200);
    sent.acknowledge({100, 149}, host_time{});
    sent.resume(lie, host_time{});
    CHECK(sent.low(log) >= 150);
    CHECK(sent.low(log) <= 200);
    CHECK(sent.fill(log, host_time{}, out) <= 100);
    CHECK(sent.all_sent(log));
  }
}

TEST_CASE("by any way: datagrams where they pass, else a stream, and never both") {
  struct way {
    bool udp, tcp;
    nanoseconds deaf; // no datagram passes at first
    bool ends_as_stream;
  };
  for (const way w :
       {way{true, true, 0ns, false}, way{true, false, 0ns, false}, way{false, true, 0ns, true},
        way{true, true, 700ms, false}, way{true, true, 1005ms, false}, way{true, true, 4s, true}}) {
    CAPTURE(w.udp);
    CAPTURE(w.deaf.count());
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      CAPTURE(seed);
      pair_of_peers jam{seed, toast::carrier::any};
      jam.udp_works = w.udp;
      jam.tcp_works = w.tcp;
      jam.loss = w.deaf > 0ns ? 1 : 0;
      jam.run_for(w.deaf, false);
      jam.loss = 0;
      jam.run_for(4s, false);
      for (std::size_t who : {0u, 1u}) {
        CHECK(jam.heard[who].changes[peer_change::joined] == 1);
        CHECK(jam.heard[who].changes[peer_change::unreachable] == 0);
        CHECK(jam.heard[who].changes[peer_change::refused] == 0);
        int links = 0;
        jam.peers[who].for_each_link([&](const toast::link& l) {
          ++links;
          if (w.deaf != 1005ms) CHECK(l.is_stream() == w.ends_as_stream);
        });
        CHECK(links == 1);
      }
      jam.run_for(500ms, true);
      jam.run_for(500ms, false);
      jam.check_all_heard();
    }
  }
}

TEST_CASE("by any way: where nobody is, it is tried seldom, and found when somebody comes") {
  pair_of_peers jam{1, toast::carrier::any};
  jam.udp_works = jam.tcp_works = false;
  jam.run_for(20s, false);
  CHECK(jam.attempts <= 10);
  CHECK(jam.heard[0].changes[peer_change::unreachable] >= 1);
  jam.tcp_works = true;
  jam.run_for(6s, false);
  CHECK(jam.heard[0].changes[peer_change::joined] == 1);
}
