#include <jamnet/toast/carrier_layer.hpp>

#include <string>

#include <doctest/doctest.h>

using namespace jamnet;
using namespace jamnet::toast;
using namespace std::chrono_literals;

namespace {

// Says what it is told to do.
struct recorder final : carried {
  void receive(const address&, bytes_view frames, host_time, nanoseconds) override {
    said += "receive " + std::string{as_text(frames)} + "; ";
  }
  void disconnected(const address&, host_time) override { said += "disconnected; "; }
  void hold(const address&, bool held) override { said += held ? "hold; " : "go on; "; }
  void moved(const address&, const address&, host_time) override { said += "moved; "; }
  void rerouted(const address&, bool direct, host_time) override {
    said += direct ? "direct; " : "relayed; ";
  }
  void turned_away(peer_id, errc) override { said += "turned_away; "; }
  void introduced(const known_peer&, host_time) override { said += "introduced; "; }
  void refused(peer_id, errc) override { said += "refused; "; }
  void poll(host_time) override { said += "poll; "; }
  bool write(std::span<std::uint8_t>, host_time, outgoing& d) override {
    d.size = 7;
    return true;
  }
  [[nodiscard]] host_time deadline() const override { return host_time{9s}; }

  std::string said;
};

} // namespace

TEST_CASE("a layer that changes nothing passes everything on, up and down") {
  recorder above;
  carrier_layer layer;
  layer.stand_under(above);
  const auto a = address::v4(10, 0, 0, 1, 1);
  layer.receive(a, as_bytes("bytes"), host_time{}, {});
  layer.disconnected(a, host_time{});
  layer.hold(a, true);
  layer.moved(a, a, host_time{});
  layer.rerouted(a, true, host_time{});
  layer.turned_away(peer_id{1}, errc::refused);
  layer.introduced(known_peer{}, host_time{});
  layer.refused(peer_id{1}, errc::refused);
  layer.poll(host_time{});
  layer.expel(peer_id{1});
  CHECK(above.said == "receive bytes; disconnected; hold; moved; direct; turned_away; "
                      "introduced; refused; poll; ");
  outgoing d;
  CHECK(layer.write({}, host_time{}, d));
  CHECK(d.size == 7);
  CHECK(layer.deadline() == host_time{9s});
}
