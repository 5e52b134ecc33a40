// Whatever strangers send, and members that lie: nobody crashes, nothing grows, the jam goes on.
#include <map>

#include <doctest/doctest.h>

#include "forged.hpp"
#include "watched_jam.hpp"

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

namespace {

constexpr toast::frame_type known_types[]{
    toast::type::announce, toast::type::hello,        toast::type::welcome,
    toast::type::midi,     toast::type::clock_answer, toast::type::clock_question,
    toast::type::bye,      toast::type::clock_master, toast::type::acknowledge,
    toast::type::error,    toast::type::heartbeat,    toast::frame_type{"WHAT"}};

// Ana and Ben play while `attack(target, now)` happens to Ben; then all must be well.
struct attacked_jam {
  watched_jam jam{{.delay = 3ms, .jitter = 1ms}, 77};
  watched_peer& ana = jam.add({.more = {.max_peers = 8}});
  watched_peer& ben = jam.add({.more = {.max_peers = 8}});
  toast::address stranger = toast::address::v4(192, 168, 7, 7, 4711);
  random_source random{77};

  attacked_jam() { jam.run_for(3s); }

  [[nodiscard]] const toast::address& ana_address() const { return ana.peer.platform().where(); }
  void receive(const toast::address& from, bytes_view bytes) {
    ben.peer.machine().receive(from, bytes, ben.peer.platform().clock().now());
  }
  template <class Attack>
  void under(int rounds, Attack&& attack) {
    for (int i = 0; i < rounds; ++i) {
      attack();
      ana.play();
      ben.play();
      jam.run_for(10ms, 5ms);
    }
    jam.run_for(1s);
    CHECK(ben.links() <= 8);
    CHECK(ben.received[ana.id()].size() == static_cast<std::size_t>(rounds));
    CHECK(ana.received[ben.id()].size() == static_cast<std::size_t>(rounds));
    CHECK(ben.count(peer_change::merged) == 0);
    CHECK(ben.count(peer_change::lost_events) == 0);
    CHECK(jam.breaches == "");
  }
  std::vector<std::uint8_t> garbage(std::size_t most) {
    std::vector<std::uint8_t> bytes(random.next() % most);
    for (auto& b : bytes) b = static_cast<std::uint8_t>(random.next());
    return bytes;
  }
};

} // namespace

TEST_CASE("noise is counted and dropped") {
  attacked_jam a;
  a.under(300, [&] {
    a.receive(a.stranger, a.garbage(1500));
    a.receive(a.ana_address(), a.garbage(1500));
  });
  CHECK(a.ben.peer.machine().statistics().datagrams_refused >= 590);
  CHECK(a.jam.discord() == "");
}

TEST_CASE("frames with payloads of noise are counted and dropped") {
  attacked_jam a;
  a.under(300, [&] {
    for (const auto type : known_types) {
      if (type != toast::type::bye) // whose payload says nothing that matters
        a.receive(a.ana_address(), forger{a.ana.id(), a.ben.id()}(type, a.garbage(200)));
      a.receive(a.stranger, forger{peer_id{a.random.next()}, {}}(type, a.garbage(200)));
    }
  });
  CHECK(a.jam.discord() == "");
}

TEST_CASE("a member's id from another address is a stranger, whatever it says") {
  attacked_jam a;
  const forger forged{a.ana.id(), a.ben.id(), a.ana.peer.machine().session(), 1LL << 60};
  const std::string_view said[]{
      R"({"v":1,"type":"note_on","time":1,"seq":0,"channel":1,"note":1,"velocity":1})",
      R"({"reason":"left"})", R"({"code":"full","text":"go"})",
      R"({"seq_low":9007199254740991,"seq_next":9007199254740991})"};
  a.under(200, [&] {
    for (const auto type : known_types)
      for (const auto text : said) a.receive(a.stranger, forged(type, text));
    a.receive(a.stranger, forged.hello());
  });
  CHECK(a.ben.peer.machine().statistics().strangers > 0);
  CHECK(a.ben.count(peer_change::left) == 0);
  CHECK(a.jam.discord() == "");
}

TEST_CASE("claims of strangers, and to be another session, change nothing") {
  attacked_jam a;
  const std::string_view claims[]{
      R"({"session":"00000000000000ff","master":"00000000000000aa","epoch":18446744073709551615})",
      R"({"session":"00000000000000ff","master":"00000000000000aa","epoch":1,"priority":9})"};
  a.under(100, [&] {
    for (const auto claim : claims) {
      forger forged{peer_id{0xaa}, {}, session_id{0xff}, 1LL << 60};
      a.receive(a.stranger, forged(toast::type::clock_master, claim));
      forged.sender = a.ana.id(); // a member may speak only for itself
      a.receive(a.ana_address(), forged(toast::type::clock_master, claim));
    }
  });
  CHECK(a.jam.discord() == "");
}

TEST_CASE("a member that claims the last epoch, or an impossible age, stops no music") {
  for (const std::int64_t stamp :
       {std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min() + 1}) {
    attacked_jam a;
    const auto id = to_hex(a.ana.id());
    const std::string own{id.data(), id.size()};
    const auto here = to_hex(a.ana.peer.machine().session());
    const std::string session{here.data(), here.size()};
    const forger forged{a.ana.id(), a.ben.id(), {}, stamp};
    a.under(100, [&] {
      a.receive(a.ana_address(),
                forged(toast::type::clock_master,
                       R"({"session":"00000000000000ff","master":")" + own + R"(","epoch":7})"));
      a.receive(a.ana_address(),
                forged(toast::type::clock_master,
                       R"({"session":")" + session + R"(","master":")" + own +
                           R"(","epoch":18446744073709551615,"priority":2147483647})"));
    });
    CHECK(a.ben.peer.clock().synchronised());
  }
}

TEST_CASE("numbers and times at their limits overflow nothing") {
  attacked_jam a;
  const forger forged{a.ana.id(), a.ben.id(), {}, std::numeric_limits<std::int64_t>::max()};
  const std::string_view lines[]{
      R"({"v":1,"type":"note_on","time":9223372036854775807,"seq":9007199254740991,"channel":1,"note":1,"velocity":1})",
      R"({"v":1,"type":"note_on","time":-9223372036854775808,"seq":9007199254740990,"channel":1,"note":1,"velocity":1})"};
  std::vector<std::uint8_t> extreme(toast::clock_answer::size, 0x7f);
  a.under(50, [&] {
    for (const auto line : lines) a.receive(a.ana_address(), forged(toast::type::midi, line));
    a.receive(a.ana_address(),
              forged(toast::type::acknowledge, R"({"of":"0000000000000001","have":[],)"
                                               R"("want":[[0,9007199254740991]]})"));
    for (const int fill : {0x00, 0x7f, 0x80, 0xff}) {
      std::fill(extreme.begin(), extreme.end(), static_cast<std::uint8_t>(fill));
      a.receive(a.ana_address(), forged(toast::type::clock_answer, extreme));
      a.receive(a.ana_address(), forged(toast::type::clock_question, bytes_view{extreme}.first(8)));
    }
  });
  CHECK(a.jam.discord() == "");
}

TEST_CASE("ten thousand who want in are at most as many as there is room for") {
  attacked_jam a;
  a.under(100, [&] {
    for (int i = 0; i < 100; ++i) {
      const forger forged{peer_id{a.random.next() | 1}, {}};
      a.stranger.port = static_cast<std::uint16_t>(a.random.next());
      a.stranger.ip[15] = static_cast<std::uint8_t>(i % 5 == 0 ? 7 : i);
      a.receive(a.stranger, forged.hello());
      a.receive(a.stranger, forged(toast::type::announce,
                                   R"({"min":1,"max":1,"peer":"00000000000000aa","room":"jam",)"
                                   R"("udp":4711})"));
    }
  });
  CHECK(a.ben.links() == 1);
  CHECK(a.jam.peers.front().links() == 1);
}

TEST_CASE(
    "strangers, in whoever's name, get no more bytes than they sent and leave nothing behind") {
  // Ben alone, what it is sent and what it answers counted by address.
  host_time now{1000s};
  peer ben{{.announce = false, .max_peers = 4}, now, 5};
  random_source random{3};
  std::map<std::uint32_t, std::int64_t> owed; // bytes, to each
  std::array<std::uint8_t, toast::datagram_limit> out{};
  const auto give = [&](const toast::address& from, bytes_view bytes) {
    owed[from.tag()] += static_cast<std::int64_t>(bytes.size());
    ben.receive(from, bytes, now);
    for (peer::datagram d; ben.write(out, now, d);)
      owed[d.to.tag()] -= static_cast<std::int64_t>(d.size);
  };
  std::size_t answered = 0;
  for (int i = 0; i < 3000; ++i, now += 1ms) {
    const auto victim =
        toast::address::v4(10, 9, 9, static_cast<std::uint8_t>(random.next() % 8), 5);
    forger forged{peer_id{random.next() | 1}, {}};
    forged.cookie = {random.next() % 3}; // 0: none
    const auto before = owed[victim.tag()];
    give(victim, forged.hello());
    answered += owed[victim.tag()] < before + 1172 ? 1u : 0u;
    for (const auto type : known_types) give(victim, forged(type, std::string_view{"{}"}));
    ben.poll(now);
  }
  for (const auto& [who, bytes] : owed) CHECK(bytes >= 0);
  CHECK(answered > 1000); // 8 addresses, 64 answers a second each
  CHECK(answered < 3000);
  CHECK(ben.statistics().strangers > 0);
  ben.for_each_link([](const toast::link&) { CHECK(false); });
}

TEST_CASE("a cookie lets in whom it was given to, from where it was given to, and for a while") {
  host_time now{1000s};
  peer ben{{.announce = false, .max_peers = 4}, now, 5};
  const auto home = toast::address::v4(10, 0, 0, 7, 7),
             elsewhere = toast::address::v4(10, 0, 0, 8, 7);
  std::array<std::uint8_t, toast::datagram_limit> out{};
  forger ana{peer_id{77}, {}};
  const auto answer = [&](const toast::address& from, const forger& who) {
    ben.receive(from, who.hello(), now);
    peer::datagram d;
    if (!ben.write(out, now, d)) return toast::frame{};
    CHECK(d.to == from);
    const auto front = toast::read_frame(out);
    return *toast::read_frame(bytes_view{out}.subspan(front->size()));
  };
  const auto first = answer(home, ana);
  REQUIRE(first.type == toast::type::challenge);
  ana.cookie = toast::decode_challenge(as_text(first.payload))->cookie;
  CHECK(answer(elsewhere, ana).type == toast::type::challenge);
  auto other = ana;
  other.sender = {78};
  CHECK(answer(home, other).type == toast::type::challenge);
  CHECK(answer(home, ana).type == toast::type::welcome);
  now += 61s;
  ben.poll(now);
  CHECK(answer(home, ana).type == toast::type::challenge);
}

TEST_CASE("a hello that is shorter than any answer is not answered") {
  attacked_jam a;
  const forger forged{peer_id{0xaa}, {}};
  const auto before = a.ben.peer.machine().statistics().datagrams_refused;
  a.receive(a.stranger, forged(toast::type::hello,
                               R"({"min":1,"max":1,"peer":"00000000000000aa","room":"jam"})"));
  CHECK(a.ben.peer.machine().statistics().datagrams_refused == before + 1);
  CHECK(a.ben.links() == 1);
}
