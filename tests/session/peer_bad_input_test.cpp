// Every kind of bad input by its name: what is answered, which counter is raised, and that the
// neighbour plays on as if nothing had been.
#include <doctest/doctest.h>

#include <jamnet/midi/message.hpp>
#include <jamnet/session/peer.hpp>

#include "forged.hpp"

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

namespace {

using raw_datagram = std::vector<std::uint8_t>;

// Ana, to whom it happens; Ben, her neighbour; and an address of a stranger by each carrier.
struct neighbours {
  static constexpr auto ana_at = toast::address::v4(10, 0, 0, 1, 1),
                        ben_at = toast::address::v4(10, 0, 0, 2, 2),
                        stranger = toast::address::v4(10, 0, 0, 3, 3),
                        stream = toast::address::v4(10, 0, 0, 3, 4, toast::carrier::tcp);
  host_time now{1000s};
  peer ana{{.found_after = 0ns, .announce = false}, now, 1};
  peer ben{{.announce = false}, now, 2};
  std::vector<std::uint64_t> heard; // of Ben's events, by Ana
  int changes = 0;                  // that Ana was told of since they met
  std::vector<raw_datagram> said;   // by Ben to Ana
  std::vector<std::pair<toast::address, raw_datagram>> answers;

  neighbours() {
    ana.on_event([this](const received_event& e) { heard.push_back(e.seq); });
    ben.connect(ana_at);
    run(2000);
    REQUIRE(ben.clock().synchronised());
    ana.on_peer([this](const peer_status&) { ++changes; });
  }
  void run(int ms) {
    std::array<std::uint8_t, 16'384> out{};
    for (; ms > 0; --ms, now += 1ms) {
      ana.poll(now);
      ben.poll(now);
      for (peer::datagram d; ben.write(out, now, d);) {
        said.emplace_back(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(d.size));
        ana.receive(ben_at, said.back(), now);
      }
      for (peer::datagram d; ana.write(out, now, d);) {
        raw_datagram bytes(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(d.size));
        if (d.to == ben_at)
          ben.receive(ana_at, bytes, now);
        else
          answers.emplace_back(d.to, bytes);
      }
    }
  }
  void tell(const toast::address& from, bytes_view bytes) {
    ana.receive(from, bytes, now);
    run(5);
  }
  // What a stranger is told, if anything: of the last datagram to it, the frame behind PEER.
  [[nodiscard]] toast::frame last_word() const {
    bytes_view bytes = answers.back().second;
    while (const auto f = toast::read_frame(bytes)) {
      bytes = bytes.subspan(f->size());
      if (bytes.empty()) return *f;
    }
    return {};
  }
  [[nodiscard]] errc answer() const {
    if (answers.empty() || last_word().type != toast::type::error) return {};
    return toast::decode_refusal(as_text(last_word().payload))->code;
  }
  [[nodiscard]] toast::cookie cookie_of(peer_id id) {
    tell(stranger, forger{id, {}}.hello());
    REQUIRE(last_word().type == toast::type::challenge);
    return toast::decode_challenge(as_text(last_word().payload))->cookie;
  }
  void plays_on() {
    const auto before = heard.size();
    for (int i = 0; i < 10; ++i) {
      CHECK(ben.send(note_on{.channel = 1, .note = 60, .velocity = 9}, session_time{}, now));
      run(10);
    }
    run(100);
    CHECK(heard.size() == before + 10);
    CHECK(changes == 0);
    std::size_t links = 0;
    ana.for_each_link([&](const toast::link& l) {
      ++links;
      CHECK(l.peer() == ben.id());
    });
    CHECK(links == 1);
    CHECK(ben.clock().synchronised());
  }
};

using counter_of_peer = std::uint64_t peer_statistics::*;

struct bad_input {
  std::string_view name;
  raw_datagram (*make)(neighbours&); ///< a datagram; on a stream PEER is left out
  counter_of_peer counted;
  errc by_datagram, by_stream; ///< the answers; none: errc{}
};

raw_datagram a_frame(neighbours& n, bytes_view payload,
                     toast::frame_type type = toast::type::midi) {
  return forger{{77}, n.ana.id()}(type, payload);
}
raw_datagram a_hello(neighbours& n, peer_id id, std::string_view room = "jam",
                     toast::version_range versions = {1, 1}) {
  forger f{id, {}};
  f.cookie = n.cookie_of(id);
  return f.hello(room, versions);
}
raw_datagram with_last(raw_datagram bytes, std::size_t from_end, unsigned flip) {
  auto& byte = bytes[bytes.size() - from_end];
  byte = static_cast<std::uint8_t>(byte ^ flip);
  return bytes;
}

// Behind a PEER that is right. What ends a stream because of its frames is the carrier's affair
// (platform/asio_tcp_test.cpp): ERRO crc, and no other connection notices.
const bad_input bad_inputs[]{
    {"a malformed frame",
     [](neighbours& n) {
       auto bytes = a_frame(n, {});
       bytes.resize(bytes.size() - 9);
       return bytes;
     },
     &peer_statistics::datagrams_refused, errc{}, errc{}},
    {"a length that lies",
     [](neighbours& n) { return with_last(a_frame(n, {}), toast::frame_overhead - 3, 64); },
     &peer_statistics::datagrams_refused, errc{}, errc{}},
    {"a wrong CRC", [](neighbours& n) { return with_last(a_frame(n, {}), 1, 1); },
     &peer_statistics::datagrams_refused, errc{}, errc{}},
    {"a type that is no word", [](neighbours& n) { return a_frame(n, {}, toast::frame_type{7}); },
     &peer_statistics::datagrams_refused, errc{}, errc{}},
    {"an unknown type", [](neighbours& n) { return a_frame(n, {}, {"WHAT"}); },
     &peer_statistics::strangers, errc{}, errc{}},
    {"an oversized payload: a name of 300 bytes",
     [](neighbours& n) {
       std::string text(toast::hello_padding, ' ');
       const std::string said =
           R"({"min":1,"max":1,"peer":"000000000000004d","room":"jam","name":")" +
           std::string(300, 'x') + "\"}";
       std::copy(said.begin(), said.end(), text.begin());
       return a_frame(n, as_bytes(text), toast::type::hello);
     },
     &peer_statistics::datagrams_refused, errc{}, errc{}},
    {"an id that somebody has", [](neighbours& n) { return a_hello(n, n.ben.id()); },
     &peer_statistics::refusals, errc::duplicate_peer, errc::duplicate_peer},
    {"the receiver's own id", [](neighbours& n) { return a_hello(n, n.ana.id()); },
     &peer_statistics::refusals, errc::duplicate_peer, errc::duplicate_peer},
    {"a session that does not match", [](neighbours& n) { return a_hello(n, {77}, "elsewhere"); },
     &peer_statistics::refusals, errc::wrong_room, errc::wrong_room},
    {"versions out of range", [](neighbours& n) { return a_hello(n, {77}, "jam", {2, 9}); },
     &peer_statistics::refusals, errc::version_mismatch, errc::version_mismatch},
    {"versions from high to low", [](neighbours& n) { return a_hello(n, {77}, "jam", {9, 2}); },
     &peer_statistics::refusals, errc::version_mismatch, errc::version_mismatch},
    {"no version at all", [](neighbours& n) { return a_hello(n, {77}, "jam", {0, 0}); },
     &peer_statistics::datagrams_refused, errc{}, errc{}},
};

} // namespace

TEST_CASE("bad input, by name: its answer, its counter, and a neighbour that plays on") {
  neighbours n;
  for (const bad_input& bad : bad_inputs) {
    for (const bool by_stream : {false, true}) {
      CAPTURE(std::string{bad.name});
      CAPTURE(by_stream);
      const auto bytes = bad.make(n);
      const auto& from = by_stream ? n.stream : n.stranger;
      const std::size_t front = by_stream ? toast::frame_overhead + toast::peer_header::size : 0;
      const auto before = n.ana.statistics();
      n.answers.clear();
      n.tell(from, bytes_view{bytes}.subspan(front));
      CHECK(n.ana.statistics().*bad.counted == before.*bad.counted + 1);
      CHECK(n.answer() == (by_stream ? bad.by_stream : bad.by_datagram));
      CHECK(n.answers.size() == (n.answer() == errc{} ? 0u : 1u));
      n.plays_on();
    }
  }
}

TEST_CASE("a datagram that is sent again, from its sender's address or another, is heard once") {
  neighbours n;
  n.plays_on();
  const auto heard = n.heard;
  const auto opened = n.ana.statistics().refusals;
  const auto before = n.ana.statistics();
  for (const auto& bytes : std::vector<raw_datagram>{n.said}) n.tell(n.ben_at, bytes);
  CHECK(n.heard == heard);
  CHECK(n.ana.statistics().duplicates_dropped >= before.duplicates_dropped + 10);
  const auto strangers = n.ana.statistics().strangers;
  n.answers.clear();
  for (const auto& bytes : std::vector<raw_datagram>{n.said}) n.tell(n.stranger, bytes);
  CHECK(n.heard == heard);
  CHECK(n.ana.statistics().strangers > strangers + 10);
  CHECK(n.answer() == errc{}); // but CHAL to what was a HELO
  CHECK(n.ana.statistics().refusals == opened);
  n.plays_on();
}

TEST_CASE("what a member says that makes no sense is counted on its link, which stays") {
  neighbours n;
  const forger ben{n.ben.id(), n.ana.id(), n.ben.session()};
  const auto link = [&] {
    toast::link_statistics s{};
    n.ana.for_each_link([&](const toast::link& l) { s = l.statistics(); });
    return s;
  };
  const auto before = link();
  const auto lines = n.ana.statistics().lines_refused;
  n.tell(n.ben_at, ben({"WHAT"}, std::string_view{}));
  CHECK(link().frames_unknown == before.frames_unknown + 1);
  for (const auto type :
       {toast::type::heartbeat, toast::type::acknowledge, toast::type::clock_answer})
    n.tell(n.ben_at, ben(type, std::string_view{"no"}));
  CHECK(link().frames_bad == before.frames_bad + 3);
  n.tell(n.ben_at, ben(toast::type::midi, std::string_view{"no event\n"}));
  CHECK(n.ana.statistics().lines_refused == lines + 1);
  for (const std::string_view nonsense :
       {"PLAY", "{", "{\"type\":\"transportState\"}",
        "{\"type\":\"transport\",\"command\":\"TEMPO\",\"timestamp\":1,\"bpm\":0,\"seq\":1}"})
    n.tell(n.ben_at, ben(toast::type::transport, nonsense));
  CHECK(n.ana.statistics().transport_refused == 4);
  CHECK_FALSE(n.ana.transport().stamp());
  n.plays_on();
}
