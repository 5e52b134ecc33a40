#include <jamnet/toast/address.hpp>

#include <doctest/doctest.h>

using namespace jamnet::toast;

TEST_CASE("an IPv4 address is mapped into IPv6, and known as one") {
  constexpr auto a = address::v4(192, 168, 1, 2, 47800);
  static_assert(a.is_v4() && a.port == 47800 && a.via == carrier::udp);
  CHECK(a.ip ==
        std::array<std::uint8_t, 16>{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 168, 1, 2});
  auto other = a;
  other.ip[0] = 0x20;
  CHECK_FALSE(other.is_v4());
}

TEST_CASE("port and carrier are part of an address; the default is none") {
  const auto a = address::v4(10, 0, 0, 1, 1);
  CHECK(a == address::v4(10, 0, 0, 1, 1));
  CHECK(a != address::v4(10, 0, 0, 1, 2));
  CHECK(a != address::v4(10, 0, 0, 1, 1, carrier::tcp));
  CHECK(address{}.via == carrier::none);
  CHECK(address::everybody().via == carrier::multicast);
}

TEST_CASE("an address of one cable only is told from others") {
  address a{{0xfe, 0x80}, 1, carrier::udp};
  CHECK(a.is_link_local());
  CHECK_FALSE(a.is_v4());
  a.ip[1] = 0xc0;
  CHECK_FALSE(a.is_link_local());
  CHECK_FALSE(address::v4(254, 128, 0, 1, 1).is_link_local());
}
