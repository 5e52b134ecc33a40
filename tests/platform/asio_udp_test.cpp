#include <jamnet/platform/asio_udp.hpp>

#include <string>

#include <doctest/doctest.h>

using namespace jamnet;

TEST_CASE("a datagram arrives whole, with its sender's address") {
  asio::io_context io;
  asio_udp a{io}, b{io};
  const auto port_a = a.open(0), port_b = b.open(0);
  REQUIRE(port_a);
  REQUIRE(port_b);
  std::string got;
  toast::address from;
  b.receive([&](const toast::address& who, bytes_view bytes) {
    got = as_text(bytes);
    from = who;
    io.stop();
  });
  a.send(toast::address::v4(127, 0, 0, 1, *port_b), as_bytes("hello"));
  io.run_for(std::chrono::seconds{5});
  CHECK(got == "hello");
  CHECK(from == toast::address::v4(127, 0, 0, 1, *port_a));
}

TEST_CASE("sending to a port where nobody listens disturbs nothing") {
  asio::io_context io;
  asio_udp a{io}, b{io};
  const auto port_a = a.open(0), port_b = b.open(0);
  REQUIRE(port_a);
  REQUIRE(port_b);
  b.close();
  int got = 0;
  a.receive([&](const toast::address&, bytes_view) {
    if (++got == 3) io.stop();
  });
  for (int i = 0; i < 3; ++i) {
    a.send(toast::address::v4(127, 0, 0, 1, *port_b), as_bytes("anybody?"));
    a.send(toast::address::v4(127, 0, 0, 1, *port_a), as_bytes("me"));
  }
  io.run_for(std::chrono::seconds{5});
  CHECK(got == 3);
}
