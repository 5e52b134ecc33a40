#include <jamnet/toast/relay_messages.hpp>

#include <array>

#include <doctest/doctest.h>
#include <jamnet/core/bytes.hpp>

using namespace jamnet;
using namespace jamnet::toast;

TEST_CASE("what a relay and its clients say survives encoding") {
  std::array<char, 1'128> text; // a datagram without PEER and the frame's own
  const registration r{{0}, {42}, ~std::uint64_t{0}, {7}};
  const auto back = decode_registration(encode(r, text));
  REQUIRE(back);
  CHECK(back->room == r.room);
  CHECK(back->peer == r.peer);
  CHECK(back->key == r.key);
  CHECK(back->cookie == r.cookie);

  introduction all; // as many as it can name fit into a datagram, of IPv6 and streams, too
  for (; all.count < all.peers.size(); ++all.count) {
    auto where = address::v4(198, 51, 100, 7, 65535, carrier::tcp);
    where.ip[0] = 0x20;
    all.peers[all.count] = {{all.count + 1}, where};
  }
  const auto named = decode_introduction(encode(all, text));
  REQUIRE(named);
  REQUIRE(named->count == 12);
  for (std::size_t i = 0; i < 12; ++i) {
    CHECK(named->peers[i].peer == all.peers[i].peer);
    CHECK(named->peers[i].where == all.peers[i].where);
  }
  introduction challenge;
  challenge.cookie = {9};
  CHECK(encode(challenge, text) == R"({"cookie":"0000000000000009"})");
  CHECK(decode_introduction(as_text(as_bytes(encode(challenge, text))))->cookie ==
        challenge.cookie);
}

TEST_CASE("a registration without a room, without a peer or with the relay's id is refused") {
  for (const char* text :
       {R"({})", R"({"room":"0000000000000001"})", R"({"peer":"0000000000000001"})",
        R"({"room":"0000000000000001","peer":"0000000000000000"})",
        R"({"room":"0000000000000001","peer":"ffffffffffffffff"})",
        R"({"room":"1","peer":"0000000000000001"})", R"({"room":"0000000000000001",)", "",
        R"({"room":"0000000000000001","peer":"0000000000000001","key":1})"})
    CHECK_FALSE(decode_registration(text));
  CHECK(decode_registration(R"({"peer":"0000000000000001","new":[],"room":"0000000000000000"})"));
}

TEST_CASE("the tag of an open room is FNV-1a of its name") {
  CHECK(open_room_tag("").value == 0xcbf29ce484222325u);
  CHECK(open_room_tag("a").value == 0xaf63dc4c8601ec8cu);
  CHECK(open_room_tag("foobar").value == 0x85944171f73967e8u);
}
