// The whole road of a note between two processes: from the begin of the period that brings a packet
// from the keyboard's port, by a peer, UDP on loopback and a peer in another process, to its
// try_send() into the synthesiser's port. So without the periods for which it waits at either end;
// how many those are is the row beside it.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <thread>
#include <vector>

#include <asio/posix/stream_descriptor.hpp>

#include <jamnet/core/random.hpp>
#include <jamnet/platform/jack_midi.hpp>

#include "../rows.hpp"
#include "../sync/quantile.hpp"
#include "../toast/processes.hpp"
#include "numbered_packets.hpp"
#include "raw_ear.hpp"
#include "usual.hpp"

namespace jamnet_bench {

struct road_page {
  std::atomic<int> port{0};
  std::atomic<bool> over{false};
  std::array<std::atomic<std::int64_t>, ids> given{}; // to the synthesiser's port
};

// The other end: a peer whose events go to a port at once.
inline void synthesiser(road_page& page) {
  auto out = jamnet::jack_midi_output::open({.virtual_port = "out", .client = "far"});
  asio::io_context io{1};
  jamnet::native_peer peer{io, member("far", true, jamnet::toast::carrier::udp)};
  const auto port = peer.start();
  if (!out || !port) return;
  peer.on_event([&](const jamnet::received_event& e) {
    const unsigned number = number_of(e.packet);
    if (number != ids) page.given[number] = now_ns();
    (void)(*out)->try_send(e.packet, host_now());
  });
  page.port = *port;
  while (!page.over) io.run_for(std::chrono::milliseconds{50});
}

// This end: what comes in at a port is played by a peer.
class road_begin {
public:
  explicit road_begin(jamnet::jack_midi_input& keys)
      : keys_{keys},
        watched_{io, *keys.signal().descriptor()} {}
  ~road_begin() { watched_.release(); } // the descriptor is the port's
  // Whether it agrees with the other end on the time.
  bool joins(int port) {
    using namespace std::chrono_literals;
    if (!peer_.start()) return false;
    peer_.connect(loopback(port, jamnet::toast::carrier::udp));
    watch();
    for (int i = 0; i < 1000 && !peer_.clock().synchronised(); ++i) io.run_for(10ms);
    return peer_.clock().synchronised();
  }
  asio::io_context io{1};

private:
  void watch() {
    keys_.signal().clear();
    keys_.expect_wake();
    for (jamnet::received_packet p; keys_.try_next(p);) (void)peer_.play(p.packet);
    watched_.async_wait(asio::posix::stream_descriptor::wait_read, [this](asio::error_code e) {
      if (!e) watch();
    });
  }
  jamnet::jack_midi_input& keys_;
  jamnet::native_peer peer_{io, member("near", false, jamnet::toast::carrier::udp)};
  asio::posix::stream_descriptor watched_;
};

inline bool measure_road(std::vector<row>& rows, unsigned count) {
  using namespace std::chrono_literals;
  auto& page = shared<road_page>();
  child far{[&] { synthesiser(page); }};
  auto keyboard = jamnet::jack_midi_output::open({.virtual_port = "keys", .client = "keyboard"});
  auto keys = jamnet::jack_midi_input::open({.port = "keyboard:keys", .client = "near"});
  if (!keyboard || !keys) return false;
  for (int i = 0; i < 500 && page.port == 0; ++i) std::this_thread::sleep_for(10ms);
  raw_ear struck{"keyboard:keys"}, played{"far:out"};
  if (page.port == 0 || !struck.works() || !played.works()) return false;
  road_begin near{**keys};
  if (!near.joins(page.port)) return false;
  near.io.run_for(500ms);

  std::thread player{[&] {
    jamnet::random_source random{2};
    auto due = host_now() + 100ms;
    for (unsigned i = 0; i < count; ++i) {
      due += jamnet::nanoseconds{static_cast<std::int64_t>(random.uniform(1.5e6, 2.5e6))};
      sleep_until(due - 20ms);
      (void)(*keyboard)->try_send(numbered(i), due);
    }
    std::this_thread::sleep_for(500ms);
    asio::post(near.io, [&] { near.io.stop(); });
  }};
  near.io.restart();
  near.io.run();
  player.join();
  page.over = true; // a server that waits for its clients would wait half a minute for a killed one
  far.wait();

  std::vector<float> road_us, periods;
  for (unsigned i = 0; i < count; ++i) {
    if (page.given[i] == 0 || struck.of[i].begun == 0 || played.of[i].begun == 0) continue;
    road_us.push_back(us_between(struck.of[i].begun, page.given[i]));
    const auto apart = static_cast<double>(played.of[i].begun - struck.of[i].begun) * 1e-9;
    periods.push_back(static_cast<float>(std::round(apart * 48'000 / 128)));
  }
  rows.push_back({"devices/road/p50_us", usual(road_us, 0.5), "us"});
  rows.push_back({"devices/road/p99_us", usual(road_us, 0.99), "us"});
  rows.push_back({"devices/road/max_us", quantile(road_us, 1), "us"});
  rows.push_back({"devices/road/periods_p99", usual(periods, 0.99), "periods"});
  rows.push_back({"devices/road/lost", static_cast<double>(count - road_us.size()), "packets"});
  return true;
}

} // namespace jamnet_bench
