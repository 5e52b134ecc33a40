#include <jamnet/platform/asio_udp.hpp>

#include <string>
#include <vector>

#include <asio/steady_timer.hpp>
#include <doctest/doctest.h>
#include <jamnet/time/steady_source.hpp>

using namespace jamnet;

TEST_CASE("a datagram arrives whole, with its sender's address") {
  asio::io_context io;
  asio_udp a{io}, b{io};
  const auto port_a = a.open(0), port_b = b.open(0);
  REQUIRE(port_a);
  REQUIRE(port_b);
  std::string got;
  toast::address from;
  b.receive([&](const toast::address& who, bytes_view bytes, nanoseconds) {
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
  a.receive([&](const toast::address&, bytes_view, nanoseconds) {
    if (++got == 3) io.stop();
  });
  for (int i = 0; i < 3; ++i) {
    a.send(toast::address::v4(127, 0, 0, 1, *port_b), as_bytes("anybody?"));
    a.send(toast::address::v4(127, 0, 0, 1, *port_a), as_bytes("me"));
  }
  io.run_for(std::chrono::seconds{5});
  CHECK(got == 3);
}

#if defined(__linux__)
TEST_CASE("datagrams that were there before the loop ran are told apart by when they arrived") {
  const steady_source clock;
  bool apart = false; // the kernel begins to stamp a moment after it was asked to
  for (int attempt = 0; !apart; ++attempt) {
    REQUIRE(attempt < 50);
    asio::io_context io;
    asio_udp a{io}, b{io};
    REQUIRE(a.open(0));
    const auto port = b.open(0);
    REQUIRE(port);
    CHECK(b.stamped_by_kernel());
    std::vector<host_time> sent, arrived;
    for (int i = 0; i < 3; ++i) {
      sent.push_back(clock.now());
      a.send(toast::address::v4(127, 0, 0, 1, *port), as_bytes("now"));
      asio::steady_timer pause{io, std::chrono::milliseconds{20}}; // b does not listen yet
      pause.async_wait([](const asio::error_code&) {});
      io.restart();
      io.run();
    }
    b.receive([&](const toast::address&, bytes_view, nanoseconds waited) {
      arrived.push_back(clock.now() - waited);
      if (arrived.size() == sent.size()) io.stop();
    });
    io.restart();
    io.run_for(std::chrono::seconds{5});
    REQUIRE(arrived.size() == sent.size());
    for (std::size_t i = 0; i < sent.size(); ++i) CHECK(arrived[i] >= sent[i]);
    apart = arrived[2] - arrived[0] > std::chrono::milliseconds{30};
  }
}
#endif

TEST_CASE("without the kernel's stamps nothing has waited, and it says so") {
  asio::io_context io;
  basic_asio_udp<read_stamps> a{io};
  const auto port = a.open(0);
  REQUIRE(port);
  CHECK_FALSE(a.stamped_by_kernel());
  nanoseconds waited{-1};
  a.receive([&](const toast::address&, bytes_view, nanoseconds w) {
    waited = w;
    io.stop();
  });
  a.send(toast::address::v4(127, 0, 0, 1, *port), as_bytes("to myself"));
  io.run_for(std::chrono::seconds{5});
  CHECK(waited == nanoseconds{0});
}
