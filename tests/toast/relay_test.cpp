#include <jamnet/toast/relay.hpp>

#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace jamnet;
using namespace jamnet::toast;
using namespace std::chrono_literals;

namespace {

using octets = std::vector<std::uint8_t>;
constexpr room_tag tag_of_room = open_room_tag("friday");

template <class Message>
octets own(peer_id sender, frame_type type, const Message& m) {
  octets b(datagram_limit);
  b.resize(toast::detail::write_own(b, {{}, sender, relay_id}, type, m));
  return b;
}

octets with_frame(const peer_header& header, frame_type type, bytes_view payload) {
  octets b(payload.size() + 100);
  frame_writer out{b};
  header.write(out.open().data());
  out.close(type::peer, 0, 0, peer_header::size);
  REQUIRE(out.try_write(type, 0, 1, payload));
  b.resize(out.written().size());
  return b;
}
octets with_frame(const peer_header& header, std::string_view payload) {
  return with_frame(header, type::midi, as_bytes(payload));
}

address udp(unsigned host, std::uint16_t port = 47800) {
  return address::v4(10, 0, static_cast<std::uint8_t>(host >> 8), static_cast<std::uint8_t>(host),
                     port);
}
address tcp(unsigned host, std::uint16_t port = 47800) {
  auto a = udp(host, port);
  a.via = carrier::tcp;
  return a;
}

struct sent {
  address to;
  octets content;
  bool last;

  [[nodiscard]] peer_header header() const {
    return *decode_peer_header(read_frame(content)->payload);
  }
  [[nodiscard]] frame behind() const {
    return *read_frame(bytes_view{content}.subspan(frame_overhead + peer_header::size));
  }
  [[nodiscard]] frame_type type() const { return behind().type; }
  [[nodiscard]] std::string text() const { return std::string(as_text(behind().payload)); }
};

// A relay and what leaves it.
struct place {
  explicit place(const relay_limits& limits = {}) : machine{limits, now, {42, 43}} {}

  std::vector<sent> flush() {
    std::vector<sent> all;
    octets out(16'384);
    relay::datagram d;
    while (machine.write(out, d))
      all.push_back({d.to, {out.begin(), out.begin() + static_cast<long>(d.size)}, d.last});
    CHECK(machine.deadline() > now);
    return all;
  }
  std::vector<sent> take(const address& from, bytes_view b) {
    machine.receive(from, b, now);
    return flush();
  }
  // Registers, proving the address where that is asked; what comes of it.
  std::vector<sent> enter(const address& from, std::uint64_t id, std::uint64_t key = 1,
                          room_tag tag = tag_of_room) {
    registration r{tag, {id}, key};
    const auto first = own({id}, type::relay, r);
    auto answers = take(from, first);
    if (answers.size() != 1 || answers[0].type() != type::relay) return answers;
    const auto challenge = decode_introduction(answers[0].text());
    if (!challenge->cookie) return answers;
    CHECK(answers[0].content.size() <= first.size());
    r.cookie = challenge->cookie;
    return take(from, own({id}, type::relay, r));
  }
  void pass(nanoseconds time) {
    now += time;
    machine.poll(now);
  }

  host_time now{1000s};
  relay machine;
};

std::vector<sent> to(const std::vector<sent>& all, const address& where) {
  std::vector<sent> some;
  for (const auto& s : all)
    if (s.to == where) some.push_back(s);
  return some;
}
std::string code_in(const sent& s) {
  for (const auto& word : toast::detail::refusal_words)
    if (decode_refusal(s.text())->code == word.code) return std::string{word.word};
  return {};
}

} // namespace

TEST_CASE("who registers proves its address, is told who is there, and the others are told of it") {
  place p;
  const auto alone = p.enter(udp(1), 11);
  REQUIRE(alone.size() == 1);
  CHECK(alone[0].header().sender == relay_id);
  CHECK(alone[0].header().destination == peer_id{11});
  CHECK(alone[0].text() == R"({"peers":[]})");

  const auto second = p.enter(tcp(2), 22); // a stream has proven its address
  REQUIRE(second.size() == 2);
  const auto news = decode_introduction(to(second, udp(1)).at(0).text());
  CHECK(news->count == 1);
  CHECK(news->peers[0].peer == peer_id{22});
  CHECK(news->peers[0].where == tcp(2));
  const auto others = decode_introduction(to(second, tcp(2)).at(0).text());
  CHECK(others->count == 1);
  CHECK(others->peers[0].where == udp(1));
  CHECK(p.machine.peers() == 2);
  CHECK(p.machine.statistics().challenges == 1);

  CHECK(p.enter(udp(3), 33, 1, open_room_tag("other")).at(0).text() == R"({"peers":[]})");
  CHECK(p.machine.rooms() == 2);
}

TEST_CASE("everybody of a large room is introduced, in several datagrams") {
  place p;
  for (unsigned i = 1; i < 30; ++i) p.enter(udp(i), i);
  std::size_t named = 0;
  for (const auto& s : to(p.enter(udp(30), 30), udp(30))) {
    CHECK(s.content.size() <= datagram_limit);
    named += decode_introduction(s.text())->count;
  }
  CHECK(named == 29);
}

TEST_CASE("a datagram goes to its destination, or to all others of the room, as it is") {
  place p;
  for (unsigned i = 1; i <= 3; ++i) p.enter(udp(i), i);
  p.enter(tcp(4), 4);
  p.enter(udp(5), 5, 1, open_room_tag("other"));
  const auto one = with_frame({{9}, {1}, {2}}, "for two");
  const auto passed = p.take(udp(1), one);
  REQUIRE(passed.size() == 1);
  CHECK(passed[0].to == udp(2));
  CHECK(passed[0].content == one);

  const auto all = with_frame({{9}, {1}, {}}, "for all");
  const auto copies = p.take(udp(1), all);
  REQUIRE(copies.size() == 3);
  for (const auto& where : {udp(2), udp(3), tcp(4)}) CHECK(to(copies, where).at(0).content == all);

  for (const std::uint64_t nobody : {1u, 5u, 6u})
    CHECK(p.take(udp(1), with_frame({{9}, {1}, {nobody}}, "?")).empty());
  CHECK(p.machine.statistics().absent == 3);
}

TEST_CASE("a stream carries datagrams one behind the other, whole or frame by frame") {
  place p;
  p.enter(tcp(1), 1);
  p.enter(udp(2), 2);
  p.enter(tcp(3), 3);
  const auto a = with_frame({{9}, {1}, {2}}, "a"), b = with_frame({{9}, {1}, {3}}, "b");
  auto both = a;
  both.insert(both.end(), b.begin(), b.end());
  const auto passed = p.take(tcp(1), both);
  REQUIRE(passed.size() == 2);
  CHECK(to(passed, udp(2)).at(0).content == a);
  CHECK(to(passed, tcp(3)).at(0).content == b);

  const auto header = bytes_view{a}.first(48), rest = bytes_view{a}.subspan(48);
  CHECK(p.take(tcp(1), header).empty());
  CHECK(p.take(tcp(1), rest).at(0).content == a);
  CHECK(p.take(tcp(1), rest).at(0).content == a); // still under the same PEER

  // What waits for a stream leaves in one piece; for datagrams, one by one.
  for (int i = 0; i < 5; ++i) {
    p.machine.receive(udp(2), with_frame({{9}, {2}, {3}}, "up"), p.now);
    p.machine.receive(tcp(1), a, p.now);
  }
  const auto flushed = p.flush();
  REQUIRE(flushed.size() == 6);
  CHECK(to(flushed, tcp(3)).at(0).content.size() == 5 * (48 + 24 + 2));
}

TEST_CASE("registrations last by being repeated, and end with silence, goodbye and the stream") {
  place p;
  p.enter(udp(1), 1);
  p.enter(tcp(2), 2);
  p.enter(tcp(3), 3);
  std::size_t closed = 0;
  for (int i = 0; i < 10; ++i) {
    p.pass(10s);
    for (const auto& s : p.flush()) closed += s.last && s.to == tcp(3) ? 1u : 0u;
    p.enter(udp(1), 1);
    p.take(tcp(2), with_frame({{9}, {2}, {1}}, "alive")); // a stream lives by what it carries
  }
  CHECK(p.machine.peers() == 2);
  CHECK(p.machine.statistics().expired == 1);
  CHECK(p.machine.statistics().registrations == 3);
  CHECK(closed == 1);
  p.take(udp(1), own({7}, type::bye, goodbye{}));
  CHECK(p.machine.peers() == 2); // in another's name
  p.take(udp(1), own({1}, type::bye, goodbye{}));
  p.machine.disconnected(tcp(2));
  p.machine.disconnected(tcp(9));
  CHECK(p.machine.peers() == 0);
  CHECK(p.machine.rooms() == 0);
  CHECK(p.machine.queued() == 0);
}

TEST_CASE("who comes from another address is let in by its key, and nobody else under its id") {
  place p;
  p.enter(udp(1), 1, /*key*/ 77);
  p.enter(udp(2), 2);
  const auto thief = p.enter(udp(3), 1, /*key*/ 78);
  REQUIRE(thief.size() == 1);
  CHECK(code_in(thief[0]) == "duplicate");
  CHECK(p.take(udp(2), with_frame({{}, {2}, {1}}, "?")).at(0).to == udp(1));
  p.enter(tcp(4), 1, /*key*/ 77);
  CHECK(p.take(udp(2), with_frame({{}, {2}, {1}}, "?")).at(0).to == tcp(4));
  CHECK(p.machine.peers() == 2);
  p.enter(tcp(4), 9, 5); // the same stream, as another
  CHECK(p.machine.peers() == 2);
}

TEST_CASE("hostile: an unproven address is never sent more bytes than came from it") {
  place p;
  p.enter(udp(1), 1);
  for (const std::size_t padding : {0u, 20u, 100u, 900u}) {
    const std::string text(padding, ' ');
    for (const auto& attempt : {with_frame({{}, {7}, {1}}, text), with_frame({{}, {7}, {}}, text),
                                with_frame({{}, {7}, relay_id}, text),
                                own({7}, type::relay, registration{tag_of_room, {7}, 1, {0xbad}}),
                                own({7}, type::relay, registration{tag_of_room, {7}, 1}),
                                with_frame({{}, {7}, relay_id}, type::relay, as_bytes("{}")),
                                own({7}, type::bye, goodbye{})}) {
      std::size_t answered = 0;
      for (const auto& s : p.take(udp(66), attempt)) {
        CHECK(s.to == udp(66));
        answered += s.content.size();
      }
      CHECK(answered <= attempt.size());
    }
  }
  CHECK(p.machine.peers() == 1);
}

TEST_CASE("hostile: a cookie is for one address and one id, and for a minute at most") {
  place p;
  const auto answer =
      p.take(udp(1), own({1}, type::relay, registration{tag_of_room, {1}, 1})).at(0);
  const auto cookie = decode_introduction(answer.text())->cookie;
  const auto with = [&](std::uint64_t id) {
    return own({id}, type::relay, registration{tag_of_room, {id}, 1, cookie});
  };
  CHECK(decode_introduction(p.take(udp(2), with(1)).at(0).text())->cookie);
  CHECK(decode_introduction(p.take(udp(1, 9), with(1)).at(0).text())->cookie);
  CHECK(decode_introduction(p.take(udp(1), with(2)).at(0).text())->cookie);
  CHECK(p.machine.peers() == 0);
  p.take(udp(1), with(1));
  CHECK(p.machine.peers() == 1);
  p.pass(61s);
  CHECK(decode_introduction(p.take(udp(1), with(1)).at(0).text())->cookie);
  CHECK(p.machine.peers() == 0);
}

TEST_CASE("hostile: who speaks in another's name is not passed on, by datagram and by stream") {
  place p;
  p.enter(udp(1), 1);
  p.enter(tcp(2), 2);
  p.enter(udp(3), 3);
  CHECK(p.take(udp(1), with_frame({{}, {3}, {2}}, "forged")).empty());
  CHECK(p.take(udp(1), with_frame({{}, relay_id, {2}}, "forged")).empty());
  CHECK(p.take(tcp(2), with_frame({{}, {3}, {1}}, "forged")).empty());
  CHECK(p.machine.statistics().forged == 3);
  CHECK(code_in(p.take(udp(9), with_frame({{}, {3}, {2}}, std::string(60, ' '))).at(0)) ==
        "session");
  CHECK(p.take(tcp(9), with_frame({{}, {3}, {2}}, "a stranger")).at(0).last);
  CHECK(p.take(tcp(2), with_frame({{}, {2}, {1}}, "honest")).size() == 1);
}

TEST_CASE("hostile: what is no datagram is dropped, and what is no frame reaches no stream") {
  place p;
  p.enter(udp(1), 1);
  p.enter(tcp(2), 2);
  p.enter(udp(3), 3);
  auto broken = with_frame({{}, {1}, {}}, "frames, but one");
  ++broken[60];
  CHECK(p.take(udp(1), broken).empty());
  CHECK(p.machine.statistics().malformed == 1);
  broken = with_frame({{}, {1}, {3}}, "whatever: it is sealed perhaps");
  ++broken.back();
  CHECK(p.take(udp(1), broken).size() == 1); // datagrams are theirs to judge
  ++broken[30];
  CHECK(p.take(udp(1), broken).empty());
  CHECK(p.take(udp(1), {}).empty());
  CHECK(p.take(udp(1), octets(1'500, 0xff)).empty());
  CHECK(p.take(tcp(2), with_frame({{}, {2}, {}}, std::string(1'200, 'x'))).empty());
  CHECK(p.machine.statistics().malformed == 5);
}

TEST_CASE("hostile: rooms, members of a room and of an address are limited, and say so") {
  place p{{.rooms = 2, .peers = 6, .peers_per_room = 3, .peers_per_ip = 4}};
  for (unsigned i = 1; i <= 3; ++i) p.enter(udp(i), i);
  CHECK(code_in(p.enter(udp(4), 4).at(0)) == "full");
  p.enter(udp(1, 2), 5, 1, {2});
  CHECK(code_in(p.enter(udp(9), 6, 1, {3}).at(0)) == "limit");
  p.enter(udp(1, 3), 7, 1, {2});
  for (std::uint16_t port = 10; port < 300; ++port) // a flood from one address
    for (const auto& s : p.enter(udp(1, port), port, 1, {2})) CHECK(s.content.size() < 200);
  CHECK(p.machine.peers() <= 6);
  CHECK(p.machine.rooms() == 2);
  for (unsigned i = 0; i < 10'000; ++i) // and one that never proves any
    p.machine.receive(udp(i, 5), own({i + 1}, type::relay, registration{tag_of_room, {i + 1}, 1}),
                      p.now);
  CHECK(p.flush().size() <= 256);
  CHECK(p.machine.peers() <= 6);
  CHECK(p.enter(udp(1), 1).size() == 1); // who is there is not disturbed
}

TEST_CASE("hostile: who sends beyond its rate loses what is too much, and nobody else does") {
  place p{{.rate = 10'000, .burst = 2'000}};
  for (unsigned i = 1; i <= 3; ++i) p.enter(udp(i), i);
  const auto piece = with_frame({{}, {1}, {3}}, std::string(128, 'x')); // 200 bytes
  std::size_t passed = 0;
  for (int ms = 0; ms < 1'000; ++ms, p.pass(1ms)) passed += p.take(udp(1), piece).size();
  CHECK(passed >= 55); // 10 at once, 50 in the second
  CHECK(passed <= 61);
  CHECK(p.take(udp(2), with_frame({{}, {2}, {3}}, "a")).size() == 1);
}

TEST_CASE("hostile: what is for all counts as often as it leaves, and each room has its bound") {
  place p{{.room_rate = 10'000, .room_burst = 2'000}};
  for (unsigned i = 1; i <= 6; ++i) p.enter(udp(i), i, 1, i < 6 ? tag_of_room : room_tag{99});
  p.enter(udp(7), 7, 1, {99});
  const auto piece = with_frame({{}, {1}, {}}, std::string(128, 'x')); // 200 bytes
  std::size_t passed = 0;
  for (int ms = 0; ms < 1'000; ++ms, p.pass(1ms)) passed += p.take(udp(1), piece).size();
  CHECK(passed >= 56); // to 4 each: 10 at once, 50 in the second
  CHECK(passed <= 60);
  CHECK(p.take(udp(6), with_frame({{}, {6}, {}}, "a")).size() == 1);
}

TEST_CASE("what comes for a stream that takes nothing waits for it, and is whole then") {
  place p;
  for (unsigned i = 1; i <= 3; ++i) p.enter(tcp(i), i);
  p.machine.hold(tcp(2), true);
  const auto note = with_frame({{}, {1}, {}}, "note");
  for (int i = 0; i < 20; ++i) CHECK(p.take(tcp(1), note).size() == 1);
  CHECK(p.machine.queued() == 20 * (note.size() + 2));
  p.machine.hold(tcp(2), false);
  const auto late = p.flush();
  REQUIRE(late.size() == 1);
  CHECK(late[0].content.size() == 20 * note.size());
  CHECK(p.machine.queued() == 0);
}

TEST_CASE("what waits may be more than leaves in one piece, and comes in order") {
  for (const auto& where : {tcp(2), udp(2)}) {
    place p;
    p.enter(tcp(1), 1);
    p.enter(where, 2);
    octets expected, came;
    for (int round = 0; round < 3; ++round) {
      for (int i = 0; i < 200; ++i) {
        const auto note = with_frame({{}, {1}, {2}}, std::to_string(i) + std::string(300, 'x'));
        expected.insert(expected.end(), note.begin(), note.end());
        p.machine.receive(tcp(1), note, p.now);
      }
      for (const auto& s : p.flush()) came.insert(came.end(), s.content.begin(), s.content.end());
      CHECK(came == expected);
      CHECK(p.machine.queued() == 0);
      p.pass(1s);
    }
  }
}

TEST_CASE("hostile: a stream that does not read is closed with ERRO slow, the others hear all") {
  place p{{.queue = 4'000}};
  for (unsigned i = 1; i <= 3; ++i) p.enter(tcp(i), i);
  p.enter(udp(4), 4);
  p.machine.hold(tcp(2), true);
  const auto note = with_frame({{}, {1}, {}}, std::string(100, 'x'));
  std::size_t heard = 0;
  std::vector<sent> closing;
  for (int i = 0; i < 100; ++i) {
    p.machine.receive(tcp(1), note, p.now);
    for (const auto& s : p.flush()) {
      if (s.to == tcp(2))
        closing.push_back(s);
      else
        ++heard;
    }
    CHECK(p.machine.queued() <= 4'000);
  }
  CHECK(heard == 200);
  REQUIRE(closing.size() == 1);
  CHECK(closing[0].last);
  CHECK(code_in(closing[0]) == "slow");
  CHECK(p.machine.statistics().slow == 1);
  CHECK(p.machine.peers() == 3);
}
