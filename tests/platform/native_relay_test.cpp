#include <jamnet/platform/native_relay.hpp>

#include <string>
#include <vector>

#include <asio/buffer.hpp>
#include <asio/write.hpp>
#include <doctest/doctest.h>
#include <jamnet/platform/native_peer.hpp>

#include "run_until.hpp"

using namespace jamnet;
using jamnet::testing::run_until;
using namespace std::chrono_literals;

namespace {

using bytes = std::vector<std::uint8_t>;

bytes datagram(std::uint64_t sender, peer_id destination, toast::frame_type type,
               std::string_view payload) {
  bytes b(1'200);
  toast::frame_writer out{b};
  toast::peer_header{{}, {sender}, destination}.write(out.open().data());
  out.close(toast::type::peer, 0, 0, toast::peer_header::size);
  REQUIRE(out.try_write(type, 0, 1, as_bytes(payload)));
  b.resize(out.written().size());
  return b;
}
bytes registration(std::uint64_t peer, toast::cookie cookie = {}) {
  std::array<char, 256> text;
  return datagram(peer, toast::relay_id, toast::type::relay,
                  encode(toast::registration{{1}, {peer}, 1, cookie}, text));
}

// What a stream brought until now, without waiting.
bytes read(asio::ip::tcp::socket& s) {
  bytes all(65536);
  asio::error_code ignored;
  all.resize(s.available(ignored) > 0 ? s.read_some(asio::buffer(all), ignored) : 0);
  return all;
}

} // namespace

TEST_CASE("a relay joins datagrams and streams of one room, on one port") {
  asio::io_context io;
  native_relay relay{io};
  const auto port = relay.start(0);
  REQUIRE(port);
  const auto home = asio::ip::address_v4::loopback();

  asio::ip::tcp::socket stream{io};
  stream.connect({home, *port});
  asio::write(stream, asio::buffer(registration(2)));
  REQUIRE(run_until(io, [&] { return relay.machine().peers() == 1; }));

  asio::ip::udp::socket udp{io, {home, 0}};
  udp.non_blocking(true);
  const asio::ip::udp::endpoint there{home, *port};
  udp.send_to(asio::buffer(registration(1)), there);
  bytes answer(1'200);
  const auto hear = [&] {
    asio::error_code nothing;
    asio::ip::udp::endpoint from;
    answer.resize(1'200);
    answer.resize(udp.receive_from(asio::buffer(answer), from, 0, nothing));
    return !nothing;
  };
  REQUIRE(run_until(io, hear));
  const auto challenge = toast::decode_introduction(
      as_text(toast::read_frame(bytes_view{answer}.subspan(48))->payload));
  REQUIRE(challenge);
  udp.send_to(asio::buffer(registration(1, challenge->cookie)), there);
  REQUIRE(run_until(io, hear));
  const auto others = toast::decode_introduction(
      as_text(toast::read_frame(bytes_view{answer}.subspan(48))->payload));
  REQUIRE(others->count == 1);
  CHECK(others->peers[0].where.port == stream.local_endpoint().port());

  const auto to_stream = datagram(1, {2}, toast::type::midi, "up");
  const auto to_udp = datagram(2, {}, toast::type::midi, "down");
  udp.send_to(asio::buffer(to_stream), there);
  asio::write(stream, asio::buffer(to_udp));
  REQUIRE(run_until(io, hear));
  CHECK(answer == to_udp);
  bytes heard;
  REQUIRE(run_until(io, [&] {
    const auto more = read(stream);
    heard.insert(heard.end(), more.begin(), more.end());
    return as_text(heard).find(as_text(to_stream)) != std::string_view::npos;
  }));
  stream.close();
  REQUIRE(run_until(io, [&] { return relay.machine().peers() == 1; }));
}

TEST_CASE("a relay whose port is taken says so, for datagrams and for streams") {
  asio::io_context io;
  native_relay first{io}, second{io};
  const auto port = first.start(0);
  REQUIRE(port);
  CHECK(second.start(*port).error().code == errc::address_in_use);
  asio::ip::tcp::acceptor taken{io, {asio::ip::address_v4::any(), 0}};
  native_relay third{io};
  CHECK(third.start(taken.local_endpoint().port()).error().code == errc::address_in_use);
}

TEST_CASE("who names the same relay meets there: directly by datagrams, through it by streams") {
  for (const bool datagrams : {true, false}) {
    asio::io_context io;
    native_relay relay{io};
    const auto port = relay.start(0);
    REQUIRE(port);
    native_options options{.peer = {.found_after = 0ns, .announce = false},
                           .udp = datagrams,
                           .tcp = !datagrams,
                           .relay = "127.0.0.1:" + std::to_string(*port)};
    native_peer ana{io, options};
    options.peer.found_after = peer_options::never;
    native_peer ben{io, options};
    std::size_t heard = 0;
    ana.on_event([&](const received_event&) { ++heard; });
    REQUIRE(ana.start());
    REQUIRE(ben.start());
    REQUIRE(run_until(io, [&] { return ben.clock().synchronised(); }));
    for (unsigned note = 0; note < 100; ++note) REQUIRE(ben.play(note_on{.note = note}));
    REQUIRE(run_until(io, [&] { return heard == 100; }));
    const auto relayed = [&] {
      bool all = true;
      ben.machine().for_each_link([&](const toast::link& l) { all = all && l.is_relayed(); });
      return all;
    };
    if (datagrams) REQUIRE(run_until(io, [&] { return !relayed(); }));
    CHECK(relayed() == !datagrams);
    ben.leave();
    CHECK(run_until(io, [&] { return relay.machine().peers() == 1; }));
  }
  asio::io_context io;
  native_peer lost{io, {.relay = "nowhere"}};
  CHECK(lost.start().error().code == errc::value_range);
}
