#include <jamnet/platform/asio_tcp.hpp>

#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace jamnet;

namespace {

struct handler {
  std::vector<std::string>* got;
  std::vector<toast::address>* from;
  int* gone;
  void frames(const toast::address& who, bytes_view whole) {
    got->emplace_back(as_text(toast::read_frame(whole)->payload));
    from->push_back(who);
  }
  void disconnected(const toast::address&) { ++*gone; }
};

struct end {
  explicit end(asio::io_context& io) : tcp{io, handler{&got, &from, &gone}} {}
  std::vector<std::string> got;
  std::vector<toast::address> from;
  int gone = 0;
  asio_tcp<handler> tcp;
};

std::vector<std::uint8_t> frame_of(const std::string& payload) {
  std::vector<std::uint8_t> bytes(payload.size() + toast::frame_overhead);
  toast::frame_writer out{bytes};
  REQUIRE(out.try_write(toast::type::midi, 0, 0, as_bytes(payload)));
  return bytes;
}

template <class Condition>
bool run_until(asio::io_context& io, Condition&& done) {
  for (int i = 0; i < 4000 && !done(); ++i) {
    io.restart();
    io.run_for(std::chrono::milliseconds{5});
  }
  return done();
}

} // namespace

TEST_CASE("frames cross in both directions over one connection") {
  asio::io_context io;
  end a{io}, b{io};
  const auto port = b.tcp.listen(0);
  REQUIRE(port);
  const auto there = toast::address::v4(127, 0, 0, 1, *port, toast::carrier::tcp);
  a.tcp.send(there, frame_of("first"), false);
  REQUIRE(run_until(io, [&] { return b.got.size() == 1; }));
  b.tcp.send(b.from[0], frame_of("answer"), false);
  REQUIRE(run_until(io, [&] { return a.got.size() == 1; }));
  CHECK(a.got[0] == "answer");
  CHECK(a.from[0] == there);
  const std::string large(300'000, 'x');
  a.tcp.send(there, frame_of(large), true);
  REQUIRE(run_until(io, [&] { return b.got.size() == 2 && b.gone == 1 && a.gone == 1; }));
  CHECK(b.got[1] == large);
}

TEST_CASE("a connection that sends what is no frame is ended, others are not") {
  asio::io_context io;
  end good{io}, bad{io}, server{io};
  const auto port = server.tcp.listen(0);
  REQUIRE(port);
  const auto there = toast::address::v4(127, 0, 0, 1, *port, toast::carrier::tcp);
  good.tcp.send(there, frame_of("one"), false);
  bad.tcp.send(there, as_bytes("GET / HTTP/1.1\r\n\r\n"), false);
  REQUIRE(
      run_until(io, [&] { return server.gone == 1 && bad.gone == 1 && server.got.size() == 1; }));
  good.tcp.send(there, frame_of("two"), false);
  REQUIRE(run_until(io, [&] { return server.got.size() == 2; }));
  CHECK(good.gone == 0);
}

TEST_CASE("a peer that reads nothing is dropped once its queue is full") {
  asio::io_context io;
  end server{io};
  const auto port = server.tcp.listen(0);
  REQUIRE(port);
  asio::ip::tcp::socket slow{io};
  slow.connect({asio::ip::address_v4::loopback(), *port});
  asio::write(slow, asio::buffer(frame_of("hello")));
  REQUIRE(run_until(io, [&] { return server.got.size() == 1; }));
  const auto frame = frame_of(std::string(60'000, 'x'));
  for (int i = 0; i < 1000 && server.gone == 0; ++i) {
    server.tcp.send(server.from[0], frame, false);
    io.restart();
    io.poll();
  }
  CHECK(run_until(io, [&] { return server.gone == 1; }));
}
