#include <jamnet/platform/asio_tcp.hpp>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include <asio/write.hpp>

#include <doctest/doctest.h>

#include "run_until.hpp"

using namespace jamnet;
using jamnet::testing::run_until;

namespace {

struct handler {
  std::vector<std::string>* got;
  std::vector<toast::address>* from;
  int* gone;
  int* writable_again;
  void frames(const toast::address& who, bytes_view whole) {
    got->emplace_back(as_text(toast::read_frame(whole)->payload));
    from->push_back(who);
  }
  void disconnected(const toast::address&) { ++*gone; }
  void writable(const toast::address&) { ++*writable_again; }
};

struct end {
  explicit end(asio::io_context& io, const tcp_options& options = {})
      : tcp{io, handler{&got, &from, &gone, &writable_again}, options} {}
  std::vector<std::string> got;
  std::vector<toast::address> from;
  int gone = 0, writable_again = 0;
  asio_tcp<handler> tcp;
};

std::vector<std::uint8_t> frame_of(const std::string& payload) {
  std::vector<std::uint8_t> bytes(payload.size() + toast::frame_overhead);
  toast::frame_writer out{bytes};
  REQUIRE(out.try_write(toast::type::midi, 0, 0, as_bytes(payload)));
  return bytes;
}

toast::address at(std::uint16_t port) {
  return toast::address::v4(127, 0, 0, 1, port, toast::carrier::tcp);
}

// Somebody who is no peer: says what it is told to, and reads only when asked.
struct stranger {
  stranger(asio::io_context& io, std::uint16_t port) : socket{io} {
    socket.connect({asio::ip::address_v4::loopback(), port});
  }
  // All that comes until the stream ends, as frames.
  std::string last_words(asio::io_context& io) {
    asio::error_code error;
    socket.non_blocking(true);
    REQUIRE(run_until(io, [&] {
      std::array<std::uint8_t, 65536> bytes;
      const auto size = socket.read_some(asio::buffer(bytes), error);
      REQUIRE(splitter.feed(bytes_view{bytes}.first(size), [&](const toast::frame& f, bytes_view) {
        words = std::string{as_text(f.payload)};
      }));
      return error && error != asio::error::would_block;
    }));
    return words;
  }
  asio::ip::tcp::socket socket;
  toast::frame_splitter splitter;
  std::string words;
};

bool says(const std::string& words, const char* code) {
  INFO(words);
  return words.find(std::string{"\"code\":\""} + code) != std::string::npos;
}

} // namespace

TEST_CASE("frames cross in both directions over one connection") {
  asio::io_context io;
  end a{io}, b{io};
  const auto port = b.tcp.listen(0);
  REQUIRE(port);
  a.tcp.send(at(*port), frame_of("first"), false);
  REQUIRE(run_until(io, [&] { return b.got.size() == 1; }));
  b.tcp.send(b.from[0], frame_of("answer"), false);
  REQUIRE(run_until(io, [&] { return a.got.size() == 1; }));
  CHECK(a.got[0] == "answer");
  CHECK(a.from[0] == at(*port));
  const std::string large(300'000, 'x');
  a.tcp.send(at(*port), frame_of(large), true);
  REQUIRE(run_until(io, [&] { return b.got.size() == 2 && b.gone == 1 && a.gone == 1; }));
  CHECK(b.got[1] == large);
}

TEST_CASE("frames cross over IPv6, on the port that serves IPv4 too") {
  asio::io_context io;
  end a{io}, b{io};
  const auto port = b.tcp.listen(0);
  REQUIRE(port);
  const auto there = resolve("[::1]:" + std::to_string(*port), toast::carrier::tcp);
  REQUIRE(there);
  a.tcp.send(*there, frame_of("six"), false);
  REQUIRE(run_until(io, [&] { return b.got.size() == 1 || a.gone == 1; }));
  if (a.gone == 1) {
    MESSAGE("there is no IPv6 here");
    return;
  }
  CHECK_FALSE(b.from[0].is_v4());
  a.tcp.send(at(*port), frame_of("four"), false);
  REQUIRE(run_until(io, [&] { return b.got.size() == 2; }));
  CHECK(b.from[1].is_v4());
}

TEST_CASE("what is sent in one turn leaves in one write") {
  asio::io_context io;
  end a{io}, b{io};
  const auto port = b.tcp.listen(0);
  REQUIRE(port);
  a.tcp.send(at(*port), frame_of("first"), false);
  REQUIRE(run_until(io, [&] { return b.got.size() == 1; }));
  for (int i = 0; i < 100; ++i) b.tcp.send(b.from[0], frame_of("many"), false);
  REQUIRE(run_until(io, [&] { return a.got.size() == 100; }));
  CHECK(b.tcp.statistics().writes == 1);
}

TEST_CASE("a bad frame ends its connection with ERRO crc, and no other") {
  asio::io_context io;
  end good{io}, server{io};
  const auto port = server.tcp.listen(0);
  REQUIRE(port);
  good.tcp.send(at(*port), frame_of("one"), false);
  stranger http{io, *port}, liar{io, *port};
  asio::write(http.socket, asio::buffer("GET / HTTP/1.1\r\n\r\n", 18));
  auto frame = frame_of("bad");
  frame[21] ^= 1;
  asio::write(liar.socket, asio::buffer(frame));
  CHECK(says(http.last_words(io), "crc"));
  CHECK(says(liar.last_words(io), "crc"));
  http.socket.close();
  liar.socket.close();
  CHECK(run_until(io, [&] { return server.gone == 2 && server.got.size() == 1; }));
  CHECK(server.tcp.statistics().bad == 2);
  good.tcp.send(at(*port), frame_of("two"), false);
  REQUIRE(run_until(io, [&] { return server.got.size() == 2; }));
  CHECK(good.gone == 0);
}

TEST_CASE("a client that takes nothing is advised against, then dropped as slow; others are not") {
  asio::io_context io;
  end server{io}, quick{io};
  const auto port = server.tcp.listen(0);
  REQUIRE(port);
  quick.tcp.send(at(*port), frame_of("hello"), false);
  REQUIRE(run_until(io, [&] { return server.got.size() == 1; }));
  stranger slow{io, *port};
  asio::write(slow.socket, asio::buffer(frame_of("hello")));
  REQUIRE(run_until(io, [&] { return server.got.size() == 2; }));
  const auto frame = frame_of(std::string(60'000, 'x'));
  int sent = 0, advised = 0;
  while (server.tcp.statistics().slow == 0 && ++sent < 1000) {
    advised += server.tcp.send(server.from[1], frame, false) ? 0 : 1;
    io.restart();
    io.poll();
  }
  CHECK(advised > 10);
  CHECK(says(slow.last_words(io), "slow"));
  slow.socket.close();
  CHECK(run_until(io, [&] { return server.gone == 1; }));
  server.tcp.send(server.from[0], frame_of("still here"), false);
  CHECK(run_until(io, [&] { return quick.got.size() == 1; }));

  stranger pausing{io, *port}; // takes it in the end
  asio::write(pausing.socket, asio::buffer(frame_of("hello")));
  REQUIRE(run_until(io, [&] { return server.got.size() == 3; }));
  while (server.tcp.send(server.from[2], frame, false)) io.restart(), io.poll();
  server.tcp.send(server.from[2], frame_of("end"), false);
  std::array<std::uint8_t, 65536> bytes;
  CHECK(run_until(io, [&] {
    asio::error_code error;
    pausing.socket.non_blocking(true);
    pausing.socket.read_some(asio::buffer(bytes), error);
    return server.writable_again == 1;
  }));
}

TEST_CASE("who stalls within the queue's limit is dropped when its time is over") {
  asio::io_context io;
  tcp_options options;
  options.stall_limit = nanoseconds{300'000'000};
  end server{io, options};
  const auto port = server.tcp.listen(0);
  REQUIRE(port);
  stranger slow{io, *port};
  asio::write(slow.socket, asio::buffer(frame_of("hello")));
  REQUIRE(run_until(io, [&] { return server.got.size() == 1; }));
  while (server.tcp.send(server.from[0], frame_of(std::string(60'000, 'x')), false))
    io.restart(), io.poll();
  CHECK(run_until(io, [&] { return server.tcp.statistics().slow == 1; }));
  CHECK(run_until(io, [&] { return server.gone == 1; })); // even if it never takes the ERRO
}

TEST_CASE("half-open, slow-loris and floods: who is not let in is closed with ERRO limit") {
  asio::io_context io;
  tcp_options options;
  options.answer_limit = nanoseconds{300'000'000};
  end server{io, options};
  const auto port = server.tcp.listen(0);
  REQUIRE(port);
  stranger mute{io, *port}, trickle{io, *port}, flood{io, *port}, promise{io, *port};
  asio::error_code error;
  std::size_t bytes = 0;
  const auto slowly = frame_of("a hello that never ends");
  asio::write(flood.socket, asio::buffer(frame_of(std::string(5'000, 'x'))));
  asio::write(promise.socket, asio::buffer(frame_of(std::string(5'000, 'x')), 4'500));
  CHECK(run_until(io, [&] {
    if (++bytes < 40) asio::write(trickle.socket, asio::buffer(&slowly[bytes - 1], 1), error);
    return server.tcp.statistics().unanswered == 4;
  }));
  for (stranger* s : {&mute, &trickle, &flood, &promise}) {
    CHECK(says(s->last_words(io), "limit"));
    s->socket.close();
  }
  CHECK(run_until(io, [&] { return server.gone == 4 && server.tcp.connections() == 0; }));
}

TEST_CASE("too many connections, of all or of one address, are refused by name") {
  asio::io_context io;
  end few{io, {.connection_limit = 2}}, jealous{io, {.address_limit = 2}};
  for (end* server : {&few, &jealous}) {
    const auto port = server->tcp.listen(0);
    REQUIRE(port);
    stranger a{io, *port}, b{io, *port}, c{io, *port};
    CHECK(says(c.last_words(io), server == &few ? "full" : "limit"));
    CHECK(server->tcp.connections() == 2);
    CHECK(server->tcp.statistics().refused == 1);
  }
}

TEST_CASE("nothing is touched of a server that is gone") {
  asio::io_context io;
  auto server = std::make_unique<end>(io);
  end client{io};
  const auto port = server->tcp.listen(0);
  REQUIRE(port);
  client.tcp.send(at(*port), frame_of("one"), false);
  REQUIRE(run_until(io, [&] { return server->got.size() == 1; }));
  server->tcp.send(server->from[0], frame_of("two"), false);
  server.reset();
  CHECK(run_until(io, [&] { return client.gone == 1; }));
}
