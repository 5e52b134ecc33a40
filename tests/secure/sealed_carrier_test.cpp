#include <jamnet/secure/sealed_carrier.hpp>

#include <doctest/doctest.h>

#include "sealed_pair.hpp"

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

namespace {

constexpr auto midi = toast::type::midi;

// The one datagram that `from` has to send.
datagram only(sealed_wire& wire, end& from) {
  const auto all = wire.written(from);
  REQUIRE(all.size() == 1);
  return all[0].second;
}

} // namespace

TEST_CASE("what is said goes through, over datagrams and streams, and nothing of it is readable") {
  for (const bool stream : {false, true}) {
    sealed_pair p{"secret", stream};
    CHECK(p.b.heard == "hello; ");
    p.a.say(p.b, midi, "a note");
    p.b.say(p.a, midi, "another");
    p.run();
    CHECK(p.b.heard == "hello; a note; ");
    CHECK(p.a.heard == "another; ");
    CHECK(p.a.heard_from == p.b.where);
    CHECK(p.a.carrier->statistics().handshakes == 1);
    CHECK(p.a.carrier->key_epoch() == 1);
    for (const auto& bytes : p.carried) {
      CHECK(as_text(bytes).find("note") == std::string_view::npos);
      CHECK(as_text(bytes).find("hello") == std::string_view::npos);
      CHECK(as_text(bytes).find("friday") == std::string_view::npos);
      CHECK(bytes.size() <= toast::datagram_limit);
    }
  }
}

TEST_CASE("another pass-phrase: both sides say so, and nothing gets through") {
  for (const bool stream : {false, true}) {
    sealed_pair p{"Secret", stream};
    CHECK(p.a.heard.find("\"code\":\"key\"") != std::string::npos);
    CHECK(p.b.heard.empty());
    REQUIRE(p.a.away.size() == 1);
    REQUIRE(p.b.away.size() == 1);
    CHECK(p.a.away[0] == std::pair{peer_id{2}, errc::wrong_key});
    CHECK(p.b.away[0] == std::pair{peer_id{1}, errc::wrong_key});
    CHECK(p.a.carrier->statistics().wrong_keys == 1);
    CHECK(p.b.carrier->statistics().wrong_keys == 1);
    CHECK(p.a.carrier->channels() + p.b.carrier->channels() == 0);
    CHECK(p.a.carrier->handshakes() + p.b.carrier->handshakes() == 0);
  }
}

TEST_CASE("both may begin at once") {
  sealed_pair p;
  sealed_wire w;
  end a{1, p.at(1), "secret", w.dice}, b{2, p.at(2), "secret", w.dice};
  w.ends = {&a, &b};
  a.say(b, toast::type::hello, "from a");
  b.say(a, toast::type::hello, "from b");
  w.run(4s);
  CHECK(a.heard == "from b; ");
  CHECK(b.heard == "from a; ");
  CHECK(a.carrier->channels() == 1);
  CHECK(b.carrier->channels() == 1);
  CHECK(a.carrier->handshakes() + b.carrier->handshakes() == 0);
}

TEST_CASE("a replayed datagram is refused by name, from wherever it comes") {
  sealed_pair p;
  p.a.say(p.b, midi, "once");
  const auto bytes = only(p, p.a);
  p.b.carrier->receive(p.a.where, bytes, p.now, {});
  CHECK(p.b.heard == "hello; once; ");
  p.b.carrier->receive(p.a.where, bytes, p.now, {});
  CHECK(p.b.carrier->statistics().replayed == 1);
  p.b.carrier->receive(p.at(9), bytes, p.now, {});
  CHECK(p.b.carrier->statistics().forged == 1);
  CHECK(p.b.moves.empty());
  for (const auto& old : p.carried) p.b.carrier->receive(p.a.where, old, p.now, {});
  p.run();
  CHECK(p.b.heard == "hello; once; ");
}

TEST_CASE("no byte of a sealed datagram can be another") {
  sealed_pair p;
  p.a.say(p.b, midi, "exactly this");
  const auto bytes = only(p, p.a);
  const std::size_t front = toast::frame_overhead + toast::peer_header::size;
  for (std::size_t at = 0; at + 4 < bytes.size(); ++at) {
    if (at >= front - 4 && at < front) continue; // a checksum, which is made right again
    auto forged = bytes;
    forged[at] = static_cast<std::uint8_t>(forged[at] + 1);
    auto head = datagram{forged.begin(), forged.begin() + front};
    mend(head, 0);
    std::copy(head.begin(), head.end(), forged.begin());
    mend(forged, front);
    p.b.carrier->receive(p.a.where, forged, p.now, {});
  }
  CHECK(p.b.heard == "hello; ");
  CHECK(p.b.carrier->channels() == 1);
  p.b.carrier->receive(p.a.where, bytes, p.now, {});
  CHECK(p.b.heard == "hello; exactly this; ");
}

TEST_CASE("an address changes with a valid SEAL, and with nothing else") {
  sealed_pair p;
  const auto elsewhere = p.at(7);
  p.b.carrier->receive(elsewhere, framed(p.a.id, p.b.id, midi, "in clear"), p.now, {});
  p.b.carrier->receive(elsewhere, framed(p.a.id, p.b.id, toast::type::bye, "{}"), p.now, {});
  CHECK(p.b.carrier->statistics().in_clear == 2);
  CHECK(p.b.moves.empty());
  p.now += secure::sealed_carrier::move_after;
  p.a.say(p.b, midi, "from elsewhere");
  p.b.carrier->receive(elsewhere, only(p, p.a), p.now, {});
  REQUIRE(p.b.moves.size() == 1);
  CHECK(p.b.moves[0] == std::pair{p.a.where, elsewhere});
  CHECK(p.b.heard == "hello; from elsewhere; ");
  CHECK(p.b.heard_from == elsewhere);
}

TEST_CASE("what got lost and is sent again from elsewhere moves nobody and ends no link") {
  sealed_pair p;
  end cleo{3, p.at(3), "secret", p.dice};
  p.ends = {&p.a, &p.b, &cleo};
  cleo.say(p.b, toast::type::hello, "i am cleo");
  p.run();
  REQUIRE(p.b.carrier->channels() == 2);
  p.b.heard.clear();
  const auto lost = [&](const toast::address& from, std::string_view text) {
    p.a.say(p.b, midi, text);
    p.b.carrier->receive(from, only(p, p.a), p.now, {});
  };
  lost(cleo.where, "once");
  lost(p.at(7), "twice");
  CHECK(p.b.heard == "once; twice; ");
  CHECK(p.b.heard_from == p.a.where);
  p.now += secure::sealed_carrier::move_after;
  cleo.say(p.b, midi, "i am here");
  p.run();
  lost(cleo.where, "ana is silent, cleo not");
  CHECK(p.b.moves.empty());
  CHECK(p.b.carrier->channels() == 2);
}

TEST_CASE("an id that is forged, and ERRO in clear, end nothing") {
  sealed_pair p;
  const std::string error = R"({"code":"key","text":"","attempt":0})";
  for (std::uint64_t id = 1; id < 4; ++id) {
    p.b.carrier->receive(p.a.where, framed({id}, p.b.id, toast::type::error, error), p.now, {});
    p.b.carrier->receive(p.a.where, framed({id}, p.b.id, toast::type::proof, "{}"), p.now, {});
    p.b.carrier->receive(p.a.where, framed({id}, p.b.id, toast::type::welcome, "{}"), p.now, {});
    p.b.carrier->receive(p.a.where, framed({id}, p.b.id, toast::type::seal, "{}"), p.now, {});
  }
  CHECK(p.b.heard == "hello; ");
  CHECK(p.b.away.empty());
  p.a.say(p.b, midi, "still there");
  p.run();
  CHECK(p.b.heard == "hello; still there; ");
}

TEST_CASE("strangers get no more bytes than they sent, few guesses, and leave little behind") {
  sealed_pair p;
  random_source random{9};
  std::map<std::uint32_t, std::int64_t> owed;
  std::uint64_t guesses = 0;
  std::array<std::uint8_t, toast::datagram_limit> out{};
  std::map<std::uint32_t, toast::cookie> given;
  const auto give = [&](const toast::address& from, bytes_view bytes) {
    owed[from.tag()] += static_cast<std::int64_t>(bytes.size());
    p.b.carrier->receive(from, bytes, p.now, {});
    for (toast::outgoing d; p.b.carrier->write(out, p.now, d);) {
      if (d.to == p.a.where) continue;
      owed[d.to.tag()] -= static_cast<std::int64_t>(d.size);
      const auto f = last_frame(bytes_view{out}.first(d.size));
      if (f.type == toast::type::challenge)
        given[d.to.tag()] = toast::decode_challenge(as_text(f.payload))->cookie;
      guesses += f.type == toast::type::welcome ? 1u : 0u;
    }
  };
  std::array<char, toast::hello_padding> text{};
  for (int i = 0; i < 4000; ++i, p.now += 5ms) { // 20 s
    const auto who = p.at(static_cast<std::uint8_t>(100 + random.next() % 8));
    toast::sealed_hello h;
    h.peer = {77};
    h.tag = secure::room_secret::of_key("friday", {}).tag();
    h.attempt = static_cast<std::uint32_t>(random.next()) | 1;
    if (random.next() % 4 != 0) h.cookie = given[who.tag()];
    h.share = secure::cpace::generator(as_bytes(std::to_string(i)), {}, {});
    text.fill(' ');
    (void)encode(h, text);
    give(who, framed(h.peer, {}, toast::type::hello, {text.data(), text.size()}));
    give(who, framed(h.peer, p.b.id, toast::type::proof, R"({"proof":""})"));
    give(who, framed(p.a.id, p.b.id, toast::type::seal, std::string(200, '\0')));
    p.b.carrier->poll(p.now);
    CHECK(p.b.carrier->handshakes() <= secure::sealed_carrier::most_half_open);
  }
  for (const auto& [who, bytes] : owed) CHECK(bytes >= 0);
  CHECK(guesses <= 8 * (16 + 21));
  CHECK(guesses >= 8 * 20);
  CHECK(p.b.carrier->channels() == 1);
  CHECK(p.b.heard == "hello; ");
}

TEST_CASE("what is said to all is heard by members, once, and by nobody who was expelled") {
  sealed_wire w;
  end a{1, sealed_pair::at(1), "secret", w.dice}, b{2, sealed_pair::at(2), "secret", w.dice},
      c{3, sealed_pair::at(3), "secret", w.dice};
  w.ends = {&a, &b, &c};
  a.say(b, toast::type::hello, "hello");
  a.say(c, toast::type::hello, "hello");
  b.say(c, toast::type::hello, "hello");
  w.run(2s);
  const auto all_know = [&](std::uint64_t epoch) {
    for (const end* e : w.ends) CHECK(e->carrier->key_epoch() == epoch);
  };
  all_know(1);
  for (end* e : w.ends) e->heard.clear();
  a.say_to_all("to all");
  const auto group = only(w, a);
  for (end* e : {&b, &c})
    for (int twice = 0; twice < 2; ++twice) e->carrier->receive(a.where, group, w.now, {});
  CHECK(b.heard == "to all; ");
  CHECK(c.heard == "to all; ");
  CHECK(b.carrier->statistics().replayed == 1);

  a.carrier->expel(c.id);
  w.run(1s);
  CHECK(a.carrier->key_epoch() == 2);
  CHECK(b.carrier->key_epoch() == 2);
  CHECK(c.carrier->key_epoch() == 1);
  CHECK(b.away == std::vector{std::pair{c.id, errc::not_admitted}});
  for (end* e : w.ends) e->heard.clear();
  a.say_to_all("to you");
  c.say_to_all("from outside");
  c.say(b, midi, "from outside");
  c.say(a, midi, "from outside");
  w.run();
  CHECK(b.heard == "to you; ");
  CHECK(a.heard.empty());
  CHECK(c.heard.empty());
  end again{3, sealed_pair::at(8), "secret", w.dice}; // the same id: not even anew
  w.ends = {&a, &b, &again};
  again.say(b, toast::type::hello, "let me in");
  w.run(1s);
  CHECK(again.heard.find("\"code\":\"refused\"") != std::string::npos);
  CHECK(b.heard == "to you; ");
}

TEST_CASE("rooms that meet agree on one key, also if each expelled somebody meanwhile") {
  for (const bool expelled : {false, true}) {
    sealed_wire w;
    std::vector<std::unique_ptr<end>> all;
    for (std::uint8_t i = 1; i <= 6; ++i)
      all.push_back(std::make_unique<end>(i, sealed_pair::at(i), "secret", w.dice));
    for (const auto& e : all) w.ends.push_back(e.get());
    const auto meet = [&](std::size_t x, std::size_t y) {
      all[x]->say(*all[y], toast::type::hello, "hello");
    };
    meet(0, 1), meet(0, 2), meet(1, 2);
    meet(3, 4), meet(3, 5), meet(4, 5);
    w.run(1s);
    if (expelled) {
      all[0]->carrier->expel(peer_id{50});
      all[3]->carrier->expel(peer_id{60});
      w.run(1s);
    }
    for (std::size_t x = 0; x < 3; ++x)
      for (std::size_t y = 3; y < 6; ++y) meet(x, y);
    w.run(2s);
    for (const auto& e : all) {
      e->heard.clear();
      CHECK(e->carrier->key_epoch() == all[0]->carrier->key_epoch());
    }
    all[0]->say_to_all("one");
    all[5]->say_to_all("two");
    w.run();
    CHECK(all[1]->heard == "one; two; ");
    CHECK(all[4]->heard == "one; two; ");
  }
}

TEST_CASE("who forgot everything, and who was silent for long, is met anew") {
  sealed_pair p;
  end again{1, p.a.where, "secret", p.dice}; // started anew, at the same address
  p.ends = {&again, &p.b};
  p.now += 1s;
  again.say(p.b, toast::type::hello, "again");
  p.run();
  CHECK(p.b.heard == "hello; again; ");
  CHECK(p.b.carrier->channels() == 1);
  p.now += 500s;
  p.b.carrier->poll(p.now);
  CHECK(p.b.carrier->channels() == 0);
  p.b.say(again, toast::type::hello, "anybody?");
  p.run(1s);
  CHECK(again.heard == "anybody?; ");
}

TEST_CASE("a member can have the keys told, which open all that it sealed or could open") {
  sealed_pair p;
  p.b.say(p.a, toast::type::midi, "hi");
  p.a.say_to_all("all");
  p.run(1s);
  CHECK(p.b.heard == "hello; all; ");
  std::size_t seals = 0;
  for (const auto& bytes : p.carried) {
    const auto f = last_frame(bytes);
    if (f.type != toast::type::seal) continue;
    ++seals;
    const auto header = toast::decode_peer_header(toast::read_frame(bytes)->payload);
    const auto seal = toast::decode_seal_header(f.payload);
    for (const end* e : p.ends) {
      std::size_t opened = 0;
      for (const auto& told : e->keys) {
        datagram inside(secure::sealed_size(f.payload));
        if (!secure::try_open(told.key, *seal, bytes, bytes.size() - f.size(), inside.data()))
          continue;
        ++opened;
        CHECK((told.from == header->sender && told.to == header->destination));
      }
      CHECK(opened == 1);
    }
  }
  CHECK(seals >= 4);
}
