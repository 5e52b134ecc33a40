#include <jamnet/core/strong_id.hpp>

#include <string_view>
#include <type_traits>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>

using namespace jamnet;

TEST_CASE("ids of two kinds neither convert nor compare") {
  static_assert(!std::is_convertible_v<peer_id, session_id>);
  static_assert(!std::is_constructible_v<peer_id, session_id>);
  static_assert(sizeof(peer_id) == 8);
}

TEST_CASE("zero is nobody's id, and ids have an order") {
  CHECK_FALSE(peer_id{});
  CHECK(peer_id{1});
  CHECK(peer_id{1} < peer_id{2});
}

TEST_CASE("an id written in hexadecimal reads back as itself") {
  random_source random{1};
  for (int i = 0; i < 200; ++i) {
    const peer_id id{random.next() >> (i % 64)};
    const auto digits = to_hex(id);
    peer_id back;
    REQUIRE(try_from_hex(std::string_view{digits.data(), digits.size()}, back));
    CHECK(back == id);
  }
  const auto digits = to_hex(peer_id{0xbeef});
  CHECK(std::string_view{digits.data(), digits.size()} == "000000000000beef");
}

TEST_CASE("anything but sixteen lower-case digits is refused, and leaves the id as it was") {
  peer_id id{7};
  for (const std::string_view text :
       {"", "beef", "000000000000BEEF", "000000000000beefa", "00000000000 beef", "0x0000000000beef",
        "000000000000bee`", "000000000000bee:", "000000000000beeg", "000000000000bee/"}) {
    CAPTURE(text);
    CHECK_FALSE(try_from_hex(text, id));
    CHECK(id == peer_id{7});
  }
}
