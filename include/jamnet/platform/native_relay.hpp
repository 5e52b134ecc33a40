// SPDX-License-Identifier: MIT
//
// A relay on a real network: UDP and TCP on one port, on Asio. What came in one turn of the event
// loop goes out together.
//
//     asio::io_context io;
//     native_relay relay{io};
//     if (auto port = relay.start(47800); !port) return complain(port.error());
//     io.run();
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <utility>

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

#include <jamnet/platform/asio_tcp.hpp>
#include <jamnet/platform/asio_udp.hpp>
#include <jamnet/time/steady_source.hpp>
#include <jamnet/toast/relay.hpp>

namespace jamnet::inline v0 {

/// All of it is [net-thread], and must outlive the running of the io_context, or be stopped before.
class native_relay {
public:
  explicit native_relay(asio::io_context& io, const toast::relay_limits& limits = {})
      : io_{io},
        timer_{io},
        udp_{io},
        tcp_{io, stream_handler{this}, streams(limits)},
        machine_{limits, steady_source{}.now(), {random_seed(), random_seed()}} {}
  ~native_relay() { stop(); }
  native_relay(const native_relay&) = delete;
  native_relay& operator=(const native_relay&) = delete;

  /// Begins at once, and returns the port; 0 asks for any. address_in_use or system, and nothing is
  /// open then. [control-thread] [allocates]
  [[nodiscard]] result<std::uint16_t> start(std::uint16_t port) {
    const auto udp = udp_.open(port);
    if (!udp) return udp.error();
    if (const auto tcp = tcp_.listen(*udp); !tcp) return stop(), tcp.error();
    udp_.receive([this](const toast::address& from, bytes_view datagram, nanoseconds) {
      machine_.receive(from, datagram, steady_source{}.now());
      serve_soon();
    });
    serve();
    return *udp;
  }
  void stop() {
    timer_.cancel();
    udp_.close();
    tcp_.close();
    *alive_ = false;
  }

  [[nodiscard]] const toast::relay& machine() const noexcept { return machine_; }
  [[nodiscard]] const tcp_statistics& streams() const noexcept { return tcp_.statistics(); }
  [[nodiscard]] std::size_t connections() const noexcept { return tcp_.connections(); }

private:
  struct stream_handler {
    native_relay* owner;
    void frames(const toast::address& from, bytes_view whole) {
      owner->machine_.receive(from, whole, steady_source{}.now());
      owner->serve_soon();
    }
    void disconnected(const toast::address& connection) {
      owner->machine_.disconnected(connection);
    }
    void writable(const toast::address& connection) {
      owner->machine_.hold(connection, false);
      owner->serve_soon();
    }
  };

  static tcp_options streams(const toast::relay_limits& limits) {
    tcp_options o;
    o.connection_limit = limits.peers + 64; // some who are about to register
    o.address_limit = limits.peers_per_ip;
    return o;
  }
  static std::uint64_t random_seed() {
    std::random_device device;
    return static_cast<std::uint64_t>(device()) << 32 | device();
  }

  void serve_soon() {
    if (std::exchange(due_, true)) return;
    asio::post(io_, [this, alive = alive_] {
      if (*alive) serve();
    });
  }
  void serve() {
    due_ = false;
    machine_.poll(steady_source{}.now());
    toast::relay::datagram d;
    while (machine_.write(out_, d)) {
      const auto bytes = bytes_view{out_}.first(d.size);
      if (d.to.via != toast::carrier::tcp)
        udp_.send(d.to, bytes);
      else if (!tcp_.send(d.to, bytes, d.last))
        machine_.hold(d.to, true);
    }
    if (std::exchange(asleep_, true)) return;
    timer_.expires_after(std::chrono::seconds{1});
    timer_.async_wait([this](const asio::error_code& cancelled) {
      if (cancelled) return;
      asleep_ = false;
      serve();
    });
  }

  asio::io_context& io_;
  asio::steady_timer timer_;
  asio_udp udp_;
  asio_tcp<stream_handler> tcp_;
  toast::relay machine_;
  bool due_ = false, asleep_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::array<std::uint8_t, 16384> out_;
};

} // namespace jamnet::inline v0
