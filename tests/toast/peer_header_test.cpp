#include <jamnet/toast/peer_header.hpp>

#include <array>

#include <doctest/doctest.h>

using namespace jamnet;
using namespace jamnet::toast;

TEST_CASE("session, sender and destination, big-endian, in this order") {
  std::array<std::uint8_t, peer_header::size> bytes{};
  peer_header{{0x0102030405060708}, {0x1112131415161718}, {0x21}}.write(bytes.data());
  CHECK(bytes == std::array<std::uint8_t, 24>{1,    2,    3,    4,    5,    6,    7,    8,
                                              0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18,
                                              0,    0,    0,    0,    0,    0,    0,    0x21});
  const auto h = decode_peer_header(bytes);
  REQUIRE(h);
  CHECK(h->session.value == 0x0102030405060708);
  CHECK(h->sender.value == 0x1112131415161718);
  CHECK(h->destination.value == 0x21);
}

TEST_CASE("another size, or nobody as the sender, is refused") {
  std::array<std::uint8_t, 25> bytes{};
  CHECK(decode_peer_header(bytes_view{bytes}.first(24)).error().code == errc::frame_payload);
  bytes.fill(1);
  CHECK(decode_peer_header(bytes_view{bytes}.first(24)));
  CHECK_FALSE(decode_peer_header(bytes_view{bytes}.first(23)));
  CHECK_FALSE(decode_peer_header(bytes));
}
