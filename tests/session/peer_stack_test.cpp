#include <jamnet/session/peer_stack.hpp>

#include <doctest/doctest.h>
#include <jamnet/session/basic_peer.hpp>
#include <jamnet/testing/sim_peers.hpp>

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

namespace {

// Adds a byte behind each datagram, which tells the layers apart, and takes it off again.
struct marking final : toast::carrier_layer {
  explicit marking(std::uint8_t m) : mark{m} {}
  void receive(const toast::address& from, bytes_view frames, host_time now,
               nanoseconds waited) override {
    if (!frames.empty() && frames.back() == mark)
      carrier_layer::receive(from, frames.first(frames.size() - 1), now, waited);
  }
  bool write(std::span<std::uint8_t> out, host_time now, toast::outgoing& d) override {
    if (!carrier_layer::write(out.first(out.size() - 1), now, d)) return false;
    out[d.size++] = mark;
    return true;
  }
  std::uint8_t mark;
};

struct recipe final : toast::layer_recipe {
  explicit recipe(std::uint8_t m) : mark{m} {}
  [[nodiscard]] toast::layer_traits traits() const noexcept override {
    return {1, mark == 2, mark == 2};
  }
  [[nodiscard]] std::unique_ptr<toast::carrier_layer> make(const toast::hello& self,
                                                           host_time) const override {
    CHECK(self.peer);
    return std::make_unique<marking>(mark);
  }
  std::uint8_t mark;
};

const toast::layer_list both{std::make_shared<recipe>(std::uint8_t{1}),
                             std::make_shared<recipe>(std::uint8_t{2})};

} // namespace

TEST_CASE("a peer is told what its layers do, and is open unless one of them seals") {
  CHECK(with_layers({.layers = both}).headroom == 2);
  CHECK(with_layers({.layers = both}).trust_addresses);
  CHECK_FALSE(with_layers({}).trust_addresses);
  sim_peers net{{}, 1};
  CHECK_FALSE(net.add_peer({}).sealed());
  CHECK_FALSE(net.add_peer({.more = {.layers = {both[0]}}}).sealed());
  CHECK(net.add_peer({.more = {.layers = both}}).sealed());
}

TEST_CASE("peers on the same layers play, and nobody on others, or none, hears them") {
  sim_peers net{{.delay = 3ms}, 2};
  auto& ana = net.add_peer({.more = {.layers = both}});
  auto& ben = net.add_peer({.more = {.layers = both}});
  auto& eve = net.add_peer({});
  auto& dan = net.add_peer({.more = {.layers = {both[1], both[0]}}});
  int heard = 0, strange = 0;
  ben.on_event([&](const received_event&) { ++heard; });
  eve.on_event([&](const received_event&) { ++strange; });
  dan.on_event([&](const received_event&) { ++strange; });
  net.run_for(3s);
  for (int i = 0; i < 300; ++i) {
    CHECK(ana.play(note_on{.channel = 1, .note = 60, .velocity = 1}));
    net.run_for(1ms);
  }
  net.run_for(1s);
  CHECK(heard == 300);
  CHECK(strange == 0);
}
