// Links that have a stream beside their datagrams: what passes by which, and what is lost when
// either is cut, which is nothing.
#include <doctest/doctest.h>

#include "forged.hpp"
#include "two_ways.hpp"

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

TEST_CASE("both ways: no event waits for the stream, and none for datagrams that do not pass") {
  for (const double loss : {0.0, 0.05}) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      CAPTURE(loss);
      CAPTURE(seed);
      two_ways jam{seed};
      jam.loss = loss;
      jam.run_for(3s);
      CHECK(jam.told[0][peer_change::backed] == 1);
      CHECK(jam.told[1][peer_change::backed] == 1);
      const auto before = jam.link(0).beside().frames_out;
      jam.play_for(2s);
      CHECK(jam.link(0).beside().frames_out - before <= 6); // heartbeats
      CHECK(jam.longest < 100ms);
      CHECK(jam.changes(peer_change::diverted) == 0);

      jam.udp_works = false;
      jam.play_for(700ms);
      CHECK(jam.longest < 550ms);
      CHECK(jam.told[0][peer_change::diverted] == 1);
      CHECK(jam.told[1][peer_change::diverted] == 1);
      jam.longest = 0ns;
      jam.play_for(15s); // longer than a link that hears nothing lasts
      CHECK(jam.longest <= 10ms);

      jam.udp_works = true;
      jam.play_for(4s);
      CHECK(jam.changes(peer_change::undiverted) == 2);
      jam.longest = 0ns;
      jam.play_for(2s);
      jam.run_for(1s);
      CHECK(jam.longest < 100ms);
      CHECK(jam.changes(peer_change::diverted) == 2);
      jam.check_all_heard();
      CHECK(jam.streams_opened() == 1);
    }
  }
}

TEST_CASE("both ways: where nobody plays, it is known within seconds that datagrams do not pass") {
  two_ways jam{1};
  jam.run_for(2s);
  jam.udp_works = false;
  jam.run_for(3s);
  CHECK(jam.changes(peer_change::diverted) == 2);
  jam.play_for(1s);
  CHECK(jam.longest <= 10ms);
  jam.udp_works = true;
  jam.run_for(3s);
  CHECK(jam.changes(peer_change::undiverted) == 2);
  jam.check_all_heard();
}

TEST_CASE("both ways: where datagrams pass in one direction only, nothing is lost either") {
  for (const std::size_t who : {0u, 1u}) {
    CAPTURE(who);
    two_ways jam{2};
    jam.run_for(1s);
    jam.silenced[who] = true;
    jam.play_for(6s);
    CHECK(jam.longest < 1100ms);
    jam.longest = 0ns;
    jam.play_for(5s);
    CHECK(jam.longest <= 10ms);
    CHECK(jam.told[who][peer_change::undiverted] < jam.told[who][peer_change::diverted]);
    jam.silenced[who] = false;
    jam.play_for(4s);
    jam.run_for(1s);
    CHECK(jam.changes(peer_change::undiverted) == jam.changes(peer_change::diverted));
    jam.check_all_heard();
  }
}

TEST_CASE("both ways: a stream that breaks or stalls costs nothing, and is opened again") {
  two_ways jam{3};
  jam.run_for(1s);
  jam.play_for(1s);
  for (const bool both_know : {true, false}) {
    jam.cut(both_know);
    jam.play_for(3s);
  }
  CHECK(jam.streams_opened() == 3);
  CHECK(jam.told[0][peer_change::unbacked] == 2);
  CHECK(jam.link(0).beside().is_open());
  CHECK(jam.link(1).beside().is_open());
  jam.tcp_works = false;
  jam.cut();
  jam.attempts = 0;
  jam.play_for(60s);
  CHECK(jam.attempts >= 5);
  CHECK(jam.attempts <= 12);
  jam.tcp_works = true;
  jam.play_for(31s);
  CHECK(jam.link(0).beside().is_open());
  const auto opened = jam.streams_opened();
  jam.tcp_stalls = true;
  jam.play_for(12s);
  jam.tcp_stalls = false;
  jam.play_for(3s);
  CHECK(jam.streams_opened() > opened);
  CHECK(jam.link(1).beside().is_open());
  jam.run_for(1s);
  CHECK(jam.longest <= 10ms);
  CHECK(jam.changes(peer_change::diverted) == 0);
  jam.check_all_heard();
}

TEST_CASE("both ways: whatever is cut and when, every event is heard once and in order") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    random_source random{seed};
    two_ways jam{seed};
    for (int i = 0; i < 15; ++i) {
      jam.loss = random.uniform(0, 0.2);
      jam.play_for(nanoseconds{static_cast<std::int64_t>(random.uniform(1e6, 1.5e9))});
      switch (random.next() % 6) {
      case 0: jam.cut(random.next() % 2 == 0); break;
      case 1: jam.udp_works = !jam.udp_works; break;
      case 2: jam.silenced[random.next() % 2] ^= true; break;
      case 3: jam.tcp_works = !jam.tcp_works; break;
      case 4: jam.tcp_stalls = !jam.tcp_stalls; break;
      default:
        jam.udp_works = jam.tcp_works = true;
        jam.tcp_stalls = false;
        jam.silenced = {};
      }
    }
    jam.udp_works = jam.tcp_works = true;
    jam.tcp_stalls = false;
    jam.silenced = {};
    jam.loss = 0.02;
    jam.run_for(6s);
    CHECK(jam.wrong == 0);
    for (std::size_t who : {0u, 1u}) {
      CHECK(jam.count[who] == jam.sent[1 - who].size());
      CHECK(jam.peers[who].statistics().events_lost == 0);
      CHECK(jam.told[who][peer_change::vanished] == 0);
    }
  }
}

TEST_CASE("both ways: the last notes and the goodbye arrive, as does that somebody is expelled") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    CAPTURE(seed);
    two_ways jam{seed};
    jam.run_for(1s);
    jam.loss = 0.9;
    for (int i = 0; i < 100; ++i) jam.play(0);
    jam.peers[0].leave();
    jam.run_for(200ms);
    CHECK(jam.count[1] == 100);
    CHECK(jam.told[1][peer_change::left] == 1);
  }
  two_ways jam{1};
  jam.run_for(1s);
  jam.udp_works = false;
  jam.peers[1].expel(jam.peers[0].id());
  jam.run_for(200ms);
  CHECK(jam.told[0][peer_change::refused] == 1);
}

TEST_CASE("both ways: only where both want it") {
  auto ben = with_both("ben", 0ns);
  ben.stream_beside = false;
  two_ways jam{with_both("ana", peer_options::never), ben, 1};
  jam.run_for(5s);
  CHECK(jam.attempts == 0);
  CHECK_FALSE(jam.link(0).beside().is_wanted());
  jam.play_for(1s);
  jam.run_for(1s);
  jam.check_all_heard();
}

TEST_CASE("both ways: who does not know a link's key brings it no stream, whatever it claims") {
  struct claim {
    bool id, attempt, key;
    toast::carrier via;
  };
  for (const claim c : {claim{true, true, false, toast::carrier::tcp},
                        {true, false, true, toast::carrier::tcp},
                        {false, true, true, toast::carrier::tcp},
                        {true, true, true, toast::carrier::udp}}) {
    CAPTURE(c.key);
    CAPTURE(c.attempt);
    two_ways jam{1};
    jam.run_for(1s);
    toast::hello h;
    h.versions = {1, 1};
    h.peer = {jam.peers[0].id().value + (c.id ? 0u : 1u)};
    h.room = "jam";
    h.attempt = jam.link(1).attempt() + (c.attempt ? 0u : 1u);
    h.beside = {jam.link(1).beside().key().value + (c.key ? 0u : 1u)};
    std::vector<char> text(toast::hello_padding, ' ');
    (void)encode(h, text);
    const bool stream = c.via == toast::carrier::tcp;
    const auto thief = toast::address::v4(10, 6, 6, 6, 666, c.via);
    const forger forge{h.peer, {}};
    const auto skip = stream ? toast::frame_overhead + toast::peer_header::size : 0;
    const auto tell = [&](toast::frame_type type, std::string_view payload) {
      const auto bytes = forge(type, payload);
      jam.peers[1].receive(thief, bytes_view{bytes}.subspan(skip), jam.now);
    };
    tell(toast::type::hello, {text.data(), text.size()});
    tell(toast::type::bye, "{}");
    tell(toast::type::error, R"({"code":"refused"})");
    tell(toast::type::midi, R"({"type":"noop","t":0,"seq":0})");
    std::array<std::uint8_t, 16384> out;
    peer::datagram d;
    bool refused = false;
    while (jam.peers[1].write(out, jam.now, d)) refused = refused || (d.to == thief && d.last);
    CHECK(refused == stream);
    CHECK(jam.link(1).beside().where() != thief);
    jam.play_for(1s);
    jam.run_for(1s);
    CHECK(jam.changes(peer_change::unbacked) == 0);
    jam.check_all_heard();
  }
}

TEST_CASE(
    "who is announced, and not reached by datagrams, is tried by a stream where it takes one") {
  for (const bool takes_streams : {true, false}) {
    CAPTURE(takes_streams);
    auto ben = with_both("ben", 0ns);
    ben.tcp_port = takes_streams ? 47800 : 0;
    stream_lab lab{with_both("ana", peer_options::never), ben, 1};
    lab.udp_works = false;
    const toast::hello h = lab.peers[1].introduction();
    std::vector<char> text(500, ' ');
    (void)encode(h, text);
    const auto bytes = forger{h.peer, {}}(toast::type::announce, {text.data(), text.size()});
    lab.peers[0].receive(stream_lab::address(1, toast::carrier::udp), bytes, lab.now);
    lab.run_for(4s);
    int streams = 0;
    lab.peers[0].for_each_link([&](const toast::link& l) { streams += l.is_stream() ? 1 : 0; });
    CHECK(streams == (takes_streams ? 1 : 0));
    CHECK(lab.attempts == streams);
  }
}
