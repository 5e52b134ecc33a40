#include <jamnet/platform/native_peer.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "run_until.hpp"

using namespace jamnet;
using jamnet::testing::run_until;
using namespace std::chrono_literals;

namespace {

toast::address loopback(std::uint16_t port, toast::carrier via) {
  return toast::address::v4(127, 0, 0, 1, port, via);
}

// Runs fast, and began at another time.
struct other_clock {
  [[nodiscard]] host_time now() const noexcept {
    const auto t = steady_source{}.now();
    return t + std::chrono::hours{3} + t.time_since_epoch() / 20'000;
  }
};

// Two peers of one room; `connect` lets the second find the first.
template <class Peer = native_peer, class Connect>
void hear_each_other(const native_options& first, const native_options& second, Connect&& connect) {
  asio::io_context io;
  native_peer ana{io, first};
  Peer ben{io, second};
  const auto port = ana.start();
  REQUIRE(port);
  REQUIRE(ben.start());
  connect(ben, *port);
  std::vector<received_event> at_ana, at_ben;
  ana.on_event([&](const received_event& e) { at_ana.push_back(e); });
  ben.on_event([&](const received_event& e) { at_ben.push_back(e); });
  REQUIRE(run_until(io, [&] { return ana.clock().synchronised() && ben.clock().synchronised(); }));
  for (unsigned note = 0; note < 100; ++note) {
    REQUIRE(ana.send(note_on{.note = note}, ana.now() + 1s));
    REQUIRE(ben.send(note_on{.note = 127 - note}, ben.now() + 1s));
  }
  REQUIRE(run_until(io, [&] { return at_ana.size() == 100 && at_ben.size() == 100; }));
  for (unsigned note = 0; note < 100; ++note) {
    CHECK(at_ben[note].packet == ump(note_on{.note = note}));
    CHECK(at_ana[note].packet == ump(note_on{.note = 127 - note}));
  }
  bool left = false;
  ana.on_peer([&](const peer_status& s) { left = left || s.change == peer_change::left; });
  ben.leave();
  CHECK(run_until(io, [&] { return left; }));
}

} // namespace

TEST_CASE_TEMPLATE("two peers hear each other over UDP, whatever their clocks and stamps", Peer,
                   native_peer, basic_native_peer<steady_source, read_stamps>,
                   basic_native_peer<other_clock>, basic_native_peer<other_clock, read_stamps>) {
  native_options options{.peer = {.found_after = 0ns, .announce = false}, .tcp = false};
  auto joins = options;
  joins.peer.found_after = peer_options::never;
  hear_each_other<Peer>(options, joins, [](Peer& me, std::uint16_t port) {
    me.connect(loopback(port, toast::carrier::udp));
  });
}

TEST_CASE("two peers hear each other over TCP") {
  native_options options{.peer = {.found_after = 0ns, .announce = false}, .udp = false};
  auto joins = options;
  joins.peer.found_after = peer_options::never;
  hear_each_other(options, joins, [](native_peer& me, std::uint16_t port) {
    me.connect(loopback(port, toast::carrier::tcp));
  });
}

TEST_CASE("two peers hear each other over IPv6, by datagrams and by streams") {
  asio::io_context io;
  asio::ip::udp::socket probe{io};
  asio::error_code none;
  probe.open(asio::ip::udp::v6(), none);
  if (!none) probe.bind({asio::ip::address_v6::loopback(), 0}, none);
  if (none) {
    MESSAGE("there is no IPv6 here");
    return;
  }
  for (const auto via : {toast::carrier::udp, toast::carrier::tcp}) {
    const bool udp = via == toast::carrier::udp;
    native_options options{
        .peer = {.found_after = 0ns, .announce = false}, .udp = udp, .tcp = !udp};
    auto joins = options;
    joins.peer.found_after = peer_options::never;
    hear_each_other(options, joins, [&](native_peer& me, std::uint16_t port) {
      me.connect(*resolve("[::1]:" + std::to_string(port), via));
    });
  }
}

TEST_CASE("a server whose connections all break loses nothing") {
  asio::io_context io;
  native_options options{.peer = {.found_after = 0ns, .announce = false}, .udp = false};
  auto joins = options;
  joins.peer.found_after = peer_options::never;
  native_peer ana{io, options}, ben{io, joins};
  const auto port = ana.start();
  REQUIRE(port);
  REQUIRE(ben.start());
  std::vector<unsigned> heard;
  ben.on_event([&](const received_event& e) {
    if (!e.released) heard.push_back(note_on::from(e.packet)->note);
  });
  ben.connect(loopback(*port, toast::carrier::tcp));
  REQUIRE(run_until(io, [&] { return ben.clock().synchronised(); }));
  for (unsigned note = 0; note < 120; ++note) {
    REQUIRE(ana.send(note_on{.note = note}, ana.now() + 1s));
    if (note % 40 == 20) {
      ana.platform().tcp().close();
      REQUIRE(ana.platform().tcp().listen(*port));
    }
    io.restart();
    io.run_for(std::chrono::milliseconds{5});
  }
  REQUIRE(run_until(io, [&] { return heard.size() >= 120; }));
  for (unsigned note = 0; note < 120; ++note) CHECK(heard[note] == note);
  CHECK(ana.platform().tcp().statistics().accepted >= 3);
}

namespace {

// A layer that lets datagrams through, or not.
struct firewall final : toast::layer_recipe {
  struct layer final : toast::carrier_layer {
    explicit layer(const bool& c) : closed{c} {}
    void receive(const toast::address& from, bytes_view frames, host_time now,
                 nanoseconds waited) override {
      if (!closed || from.via == toast::carrier::tcp)
        carrier_layer::receive(from, frames, now, waited);
    }
    const bool& closed;
  };
  [[nodiscard]] toast::layer_traits traits() const noexcept override { return {}; }
  [[nodiscard]] std::unique_ptr<toast::carrier_layer> make(const toast::hello&,
                                                           host_time) const override {
    return std::make_unique<layer>(closed);
  }
  bool closed = false;
};

} // namespace

TEST_CASE("where datagrams pass no more, all goes by the stream beside them, and back") {
  asio::io_context io;
  const auto wall = std::make_shared<firewall>();
  native_options options{.peer = {.found_after = 0ns, .announce = false, .stream_beside = true}};
  options.peer.layers = {wall};
  native_peer ana{io, options};
  options.peer.found_after = peer_options::never;
  native_peer ben{io, options};
  const auto port = ana.start();
  REQUIRE(port);
  REQUIRE(ben.start());
  ben.connect(loopback(*port, toast::carrier::udp));
  std::map<peer_change, int> told;
  std::vector<std::uint64_t> heard;
  ben.on_peer([&](const peer_status& s) { ++told[s.change]; });
  ben.on_event([&](const received_event& e) { heard.push_back(e.seq); });
  REQUIRE(run_until(
      io, [&] { return told[peer_change::backed] == 1 && told[peer_change::synchronised] == 1; }));
  std::uint64_t played = 0;
  const auto play = [&](peer_change until) {
    return run_until(io, [&] {
      (void)ben.play(note_on{.note = 1}); // so that it, too, waits for an answer
      played += ana.play(note_on{.note = static_cast<unsigned>(played % 128)}) ? 1u : 0u;
      return told[until] == 1;
    });
  };
  wall->closed = true;
  CHECK(play(peer_change::diverted));
  wall->closed = false;
  CHECK(play(peer_change::undiverted));
  CHECK(run_until(io, [&] { return heard.size() == played; }));
  for (std::uint64_t i = 0; i < heard.size(); ++i) CHECK(heard[i] == i);
  CHECK(told[peer_change::joined] == 1);
  CHECK(told[peer_change::unbacked] == 0);
}

TEST_CASE("two peers find each other by multicast") {
  const short_text room =
      "multicast test " + std::to_string(steady_source{}.now().time_since_epoch().count());
  native_options options{.peer = {.room = room, .found_after = 0ns}, .tcp = false};
  auto joins = options;
  joins.peer.found_after = peer_options::never;
  hear_each_other(options, joins, [](native_peer&, std::uint16_t) {});
}

TEST_CASE("a port that is taken is refused by name") {
  asio::io_context io;
  native_peer first{io, {}};
  const auto port = first.start();
  REQUIRE(port);
  native_peer second{io, {.port = *port}};
  CHECK(second.start().error().code == errc::address_in_use);
}
