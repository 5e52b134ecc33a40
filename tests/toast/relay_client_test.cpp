#include <jamnet/toast/relay_client.hpp>

#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/toast/relay.hpp>

using namespace jamnet;
using namespace jamnet::toast;
using namespace std::chrono_literals;

namespace {

using octets = std::vector<std::uint8_t>;
constexpr peer_id me{1}, them{2};
constexpr room_tag own_room{5};

octets letter(peer_id sender, peer_id destination, std::string_view payload) {
  octets b(payload.size() + 100);
  frame_writer out{b};
  peer_header{{}, sender, destination}.write(out.open().data());
  out.close(type::peer, 0, 0, peer_header::size);
  REQUIRE(out.try_write(type::midi, 0, 1, as_bytes(payload)));
  b.resize(out.written().size());
  return b;
}

struct arrival {
  address from;
  octets content;
};

// What is above the client: sends what it is told to, and remembers what comes.
struct user final : carried {
  void receive(const address& from, bytes_view frames, host_time, nanoseconds) override {
    came.push_back({from, {frames.begin(), frames.end()}});
  }
  void disconnected(const address&, host_time) override { ++ended; }
  void hold(const address&, bool) override {}
  void moved(const address&, const address&, host_time) override {}
  void rerouted(const address& where, bool direct, host_time) override {
    ways.push_back({where, direct});
  }
  void turned_away(peer_id, errc) override {}
  void introduced(const known_peer& who, host_time) override { met.push_back(who); }
  void refused(peer_id by, errc why) override {
    CHECK(by == relay_id);
    refusals.push_back(why);
  }
  void poll(host_time) override {}
  bool write(std::span<std::uint8_t> out, host_time, outgoing& d) override {
    if (to_send.empty()) return false;
    const auto next = to_send.front();
    to_send.erase(to_send.begin());
    std::copy(next.content.begin(), next.content.end(), out.begin());
    d = {next.from, next.content.size()};
    return true;
  }
  [[nodiscard]] host_time deadline() const override { return host_time::max(); }

  std::vector<arrival> came, to_send;
  std::vector<known_peer> met;
  std::vector<errc> refusals;
  std::vector<std::pair<address, bool>> ways;
  int ended = 0;
};

// A client and a relay, and another client that is just its words.
struct corner {
  explicit corner(carrier via) : where{address::v4(10, 0, 0, 9, 47800, via)} {
    client.stand_under(above);
  }
  void step(nanoseconds time = 1ms) {
    now += time;
    client.poll(now);
    std::array<std::uint8_t, datagram_limit> out;
    for (outgoing d; client.deadline() <= now || !above.to_send.empty();) {
      if (!client.write(out, now, d)) break;
      if (d.to != where) direct.push_back(d.to);
      if (d.to == where && alive) relay.receive(home, bytes_view{out}.first(d.size), now);
      if (d.to == where) ++sent;
    }
    answer();
  }
  void answer() {
    std::array<std::uint8_t, 16'384> out;
    for (relay::datagram d; relay.write(out, d);)
      if (d.to == home) client.receive(where, bytes_view{out}.first(d.size), now, {});
  }
  void other_enters() {
    std::array<std::uint8_t, datagram_limit> out;
    registration r{own_room, them, 7, {}};
    const auto size = toast::detail::write_own(out, {{}, them, relay_id}, type::relay, r);
    relay.receive(elsewhere, bytes_view{out}.first(size), now);
    answer();
  }

  host_time now{1000s};
  address where;
  address home = address::v4(10, 0, 0, 1, 1, where.via),
          elsewhere = address::v4(10, 0, 0, 2, 2, carrier::tcp);
  user above;
  relay_client client{where, false, own_room, me, 77, now};
  toast::relay relay{{}, now, {1, 2}};
  std::vector<address> direct;
  int sent = 0;
  bool alive = true;
};

} // namespace

TEST_CASE("a client registers at once, proves its address, and stays registered") {
  for (const auto via : {carrier::udp, carrier::tcp}) {
    corner p{via};
    for (int i = 0; i < 3; ++i) p.step();
    CHECK(p.client.registered());
    CHECK(p.relay.peers() == 1);
    CHECK(p.sent == (via == carrier::udp ? 2 : 1));
    p.other_enters();
    REQUIRE(p.above.met.size() == 1);
    CHECK(p.above.met[0].peer == them);
    CHECK(p.above.met[0].where == p.elsewhere);
    for (int s = 0; s < 300; ++s) {
      p.step(1s);
      p.relay.poll(p.now);
      if (s % 10 == 0) p.other_enters();
    }
    CHECK(p.relay.peers() == 2);
    CHECK(p.sent < 2 + 30 + 12); // each 10 s, and again when the cookie is out of date
    CHECK(p.relay.statistics().registrations == 2);
  }
}

TEST_CASE("a relayed address is carried to the relay and back, all others pass through") {
  for (const auto via : {carrier::udp, carrier::tcp}) {
    corner p{via};
    p.other_enters();
    for (int i = 0; i < 3; ++i) p.step();
    const auto up = letter(me, {}, "to whom? the address knows");
    p.above.to_send.push_back({address::relayed(them.value), up});
    p.above.to_send.push_back({address::v4(10, 0, 0, 7, 7), up});
    p.step();
    CHECK(p.direct == std::vector{address::v4(10, 0, 0, 7, 7)});
    CHECK(p.relay.statistics().absent == 0);
    CHECK(p.relay.statistics().datagrams_out > 0);

    const auto down = letter(them, me, "back");
    p.relay.receive(p.elsewhere, down, p.now);
    p.answer();
    REQUIRE(p.above.came.size() == 1);
    CHECK(p.above.came[0].from == address::relayed(them.value));
    CHECK(p.above.came[0].content == down);
    p.client.receive(p.elsewhere, down, p.now, {});
    CHECK(p.above.came.at(1).from == p.elsewhere);
  }
}

TEST_CASE("of a stream that is cut anywhere, each frame is a datagram of its sender") {
  corner p{carrier::tcp};
  p.step();
  auto two = letter(them, me, "one");
  const auto second = bytes_view{two}.subspan(48);
  const octets again(second.begin(), second.end());
  two.insert(two.end(), again.begin(), again.end());
  const bytes_view all{two};
  p.client.receive(p.where, all.first(48), p.now, {});
  p.client.receive(p.where, all.subspan(48), p.now, {});
  REQUIRE(p.above.came.size() == 2);
  CHECK(p.above.came[0].content == letter(them, me, "one"));
  CHECK(p.above.came[1].content == p.above.came[0].content);
}

TEST_CASE("a relay that forgot the client is told again at once; one that is away, patiently") {
  for (const auto via : {carrier::udp, carrier::tcp}) {
    corner p{via};
    for (int i = 0; i < 3; ++i) p.step();
    p.relay = relay{{}, p.now, {3, 4}};
    if (via == carrier::tcp) p.client.disconnected(p.where, p.now);
    p.above.to_send.push_back(
        {address::relayed(them.value), letter(me, them, std::string(60, ' '))});
    for (int i = 0; i < 8; ++i) p.step(100ms);
    CHECK(p.relay.peers() == 1);
    CHECK(p.client.registered());
    CHECK(p.above.ended == 0);

    p.alive = false;
    if (via == carrier::tcp) p.client.disconnected(p.where, p.now);
    p.sent = 0;
    for (int i = 0; i < 600; ++i) p.step(100ms);
    CHECK(p.above.refusals == std::vector{errc::address_unavailable});
    CHECK_FALSE(p.client.registered());
    CHECK(p.sent < 25);
    p.above.to_send.push_back({address::relayed(them.value), letter(me, them, "lost")});
    p.step();
    CHECK(p.above.to_send.empty());
    p.alive = true;
    for (int i = 0; i < 50; ++i) p.step(100ms);
    CHECK(p.client.registered());
  }
}

TEST_CASE("where datagrams do not reach the relay a stream may, and the other way round") {
  for (const auto via : {carrier::udp, carrier::tcp}) {
    corner p{via};
    relay_client client{p.where, true, own_room, me, 77, p.now};
    client.stand_under(p.above);
    std::array<std::uint8_t, datagram_limit> out;
    auto latest = carrier::none;
    for (int i = 0; i < 50; ++i, p.now += 100ms)
      for (outgoing d; client.deadline() <= p.now && client.write(out, p.now, d);)
        latest = d.to.via;
    CHECK(latest == (via == carrier::udp ? carrier::tcp : carrier::udp));
  }
}

TEST_CASE("what is not the relay's own word changes nothing") {
  corner p{carrier::udp};
  for (int i = 0; i < 3; ++i) p.step();
  std::array<std::uint8_t, datagram_limit> out;
  const auto write = [&](peer_id from, peer_id to) {
    const auto size =
        toast::detail::write_own(out, {{}, from, to}, type::error, refusal{errc::wrong_room, {}});
    return bytes_view{out}.first(size);
  };
  p.client.receive(p.elsewhere, write(relay_id, me), p.now, {}); // from another address
  p.client.receive(p.where, write(relay_id, them), p.now, {});   // for another
  p.client.receive(p.where, write(them, me), p.now, {});         // of another peer: for above
  p.client.receive(p.where, as_bytes("garbage"), p.now, {});
  CHECK(p.client.registered());
  CHECK(p.above.came.size() == 2);
  CHECK(p.above.refusals.empty());
}

TEST_CASE("hostile: whatever is said of ways, and by whom, nobody is taken for another") {
  corner p{carrier::udp};
  p.other_enters();
  for (int i = 0; i < 3; ++i) p.step();
  p.above.to_send.push_back({address::relayed(them.value), letter(me, them, "so it is wanted")});
  p.step();
  p.direct.clear();
  random_source random{5};
  CAPTURE(5);
  const auto anywhere = [&] {
    return address::v4(9, 9, 9, static_cast<std::uint8_t>(random.next()), 9);
  };
  for (int i = 0; i < 20'000; ++i) {
    std::array<std::uint8_t, datagram_limit> out;
    const auto maybe = [&] { return random.next() % 3 == 0 ? random.next() : 0; };
    const path_message m{maybe(), maybe() != 0, maybe() != 0, maybe(), maybe(), maybe()};
    const peer_id sender{1 + random.next() % 4};
    auto size = toast::detail::write_own(out, {{}, sender, {random.next() % 3}}, type::path, m);
    if (random.next() % 4 == 0)
      out[random.next() % size] ^= static_cast<std::uint8_t>(random.next());
    if (random.next() % 16 == 0) size = random.next() % size;
    const bool relayed = random.next() % 2 == 0;
    p.client.receive(relayed ? p.where : anywhere(), bytes_view{out}.first(size), p.now, {});
    if (i % 64 == 0) p.step(40ms);
  }
  CHECK(p.above.ways.empty());
  CHECK(p.direct.empty()); // not a byte to where nobody was proven to be
  for (const auto& a : p.above.came) CHECK(a.from.via != carrier::tcp);
  p.client.receive(anywhere(), letter(them, me, "I am it"), p.now, {});
  CHECK(p.above.came.back().from.via == carrier::udp);
  CHECK_FALSE(p.client.paths().is_direct(them));
}
