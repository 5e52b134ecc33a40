#include <jamnet/platform/asio_address.hpp>

#include <doctest/doctest.h>

using namespace jamnet;

TEST_CASE("an address and its endpoint are the same place") {
  const auto a = toast::address::v4(192, 168, 1, 2, 47800);
  const auto endpoint = to_endpoint<asio::ip::udp>(a);
  CHECK(endpoint.address().to_string() == "192.168.1.2");
  CHECK(endpoint.port() == 47800);
  CHECK(to_address(endpoint, toast::carrier::udp) == a);
  CHECK(to_string(a) == "192.168.1.2:47800");
}

TEST_CASE("an IPv6 address survives the way there and back") {
  const asio::ip::tcp::endpoint endpoint{asio::ip::make_address("fe80::1:2"), 5};
  const auto a = to_address(endpoint, toast::carrier::tcp);
  CHECK_FALSE(a.is_v4());
  CHECK(to_endpoint<asio::ip::tcp>(a) == endpoint);
  CHECK(to_string(a) == "[fe80::1:2]:5");
}

TEST_CASE("a port is a number from 1 to 65535 and nothing else") {
  CHECK(*parse_port("47800") == 47800);
  for (const char* bad : {"", "0", "70000", "-1", "12x", " 12", "99999999999999999999"})
    CHECK(parse_port(bad).error().code == errc::value_range);
}

TEST_CASE("numbers resolve to themselves, and what is no address is refused") {
  CHECK(*resolve("127.0.0.1:47800", toast::carrier::udp) ==
        toast::address::v4(127, 0, 0, 1, 47800));
  CHECK(resolve("127.0.0.1", toast::carrier::udp).error().code == errc::value_range);
  CHECK(resolve("127.0.0.1:0", toast::carrier::udp).error().code == errc::value_range);
}
