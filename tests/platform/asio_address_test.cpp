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

TEST_CASE("a link-local address keeps the interface it is meant for") {
  const asio::ip::tcp::endpoint endpoint{asio::ip::make_address("fe80::1:2%7"), 5};
  const auto a = to_address(endpoint, toast::carrier::tcp);
  CHECK(a.is_link_local());
  CHECK(to_endpoint<asio::ip::tcp>(a) == endpoint);
  CHECK(*resolve("[fe80::1:2%7]:5", toast::carrier::tcp) == a);
  CHECK(resolve("[fe80::1:2]:5", toast::carrier::tcp).error().code == errc::address_unavailable);
}

TEST_CASE("an IPv4 address in IPv6's clothes is the IPv4 address") {
  const asio::ip::udp::endpoint mapped{asio::ip::make_address("::ffff:10.0.0.1"), 9};
  CHECK(to_address(mapped, toast::carrier::udp) == toast::address::v4(10, 0, 0, 1, 9));
  CHECK(*resolve("[::ffff:10.0.0.1]:9", toast::carrier::udp) == toast::address::v4(10, 0, 0, 1, 9));
}

TEST_CASE("addresses spread in a table") {
  address_hash hash;
  CHECK(hash(toast::address::v4(10, 0, 0, 1, 9)) != hash(toast::address::v4(10, 0, 0, 1, 10)));
  CHECK(hash(toast::address::v4(10, 0, 0, 1, 9)) != hash(toast::address::v4(10, 0, 1, 1, 9)));
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
  CHECK(to_string(*resolve("[::1]:47800", toast::carrier::tcp)) == "[::1]:47800");
  for (const char* bad :
       {"::1:47800", "[::1]", "[::1:47800", "[127.0.0.1]:1", "[]:1", ":1", "[x:y]:1"})
    CHECK(resolve(bad, toast::carrier::udp).error().code == errc::value_range);
  CHECK(resolve("127.0.0.1:0", toast::carrier::udp).error().code == errc::value_range);
}

TEST_CASE("a name stands for all its addresses") {
  const auto all = resolve_all("localhost:47800", toast::carrier::udp);
  REQUIRE(all);
  const auto loopback = toast::address::v4(127, 0, 0, 1, 47800);
  CHECK(std::count(all->begin(), all->end(), loopback) == 1);
}
