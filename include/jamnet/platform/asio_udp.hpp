// SPDX-License-Identifier: MIT
//
// Datagrams over UDP on Asio, with multicast beside: a socket of the peer's own for everything
// that is addressed to it, one more for IPv6 on the same port where there is any, and the group's
// (platform/asio_group.hpp), whose port differs from the peers', so that a peer's port is its own.
// When a datagram arrived is the kernel's word where it gives one (platform/receive_stamps.hpp).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <asio/ip/v6_only.hpp>

#include <jamnet/core/bytes.hpp>
#include <jamnet/core/result.hpp>
#include <jamnet/platform/asio_address.hpp>
#include <jamnet/platform/asio_group.hpp>
#include <jamnet/platform/receive_stamps.hpp>

namespace jamnet::inline v0 {

template <class Stamps>
class basic_asio_udp {
public:
  explicit basic_asio_udp(asio::io_context& io) : own_{io}, own6_{io}, group_{io} {}

  /// Opens the peer's own sockets on all interfaces and returns their port; 0 asks for any.
  /// address_in_use or system. [control-thread] [allocates]
  [[nodiscard]] result<std::uint16_t> open(std::uint16_t port) {
    for (int attempt = 0;; ++attempt) {
      std::uint16_t got = port;
      const auto none = open(own_, asio::ip::udp::v4(), got);
      const auto none6 = open(own6_, asio::ip::udp::v6(), got);
      if (!none && !none6) return got;
      // Without IPv6, or without IPv4, the other will do; but a port of one must not be another's.
      const auto taken = [](const auto& error) { return error == asio::error::address_in_use; };
      if (!(none && none6) && !taken(none) && !taken(none6)) return got;
      close();
      if (port != 0 || attempt == 8) return to_failure(none && !taken(none6) ? none : none6);
    }
  }
  /// Joins the group where the options say; false when it can be neither heard nor sent to.
  /// [control-thread] [allocates]
  bool join_group(const multicast_options& options = {}) {
    return group_.join(options, own_, own6_);
  }
  [[nodiscard]] const auto& group() const noexcept { return group_; }
  void close() {
    asio::error_code ignored;
    own_.close(ignored);
    own6_.close(ignored);
    group_.close();
  }

  /// Whether the kernel says when a datagram arrived; otherwise it is when it was read.
  /// [any-thread] [rt-safe] O(1)
  [[nodiscard]] bool stamped_by_kernel() const noexcept { return stamped_; }

  /// Sends at once or not at all: a datagram that the system does not take is a lost one.
  /// [net-thread]
  void send(const toast::address& to, bytes_view datagram) {
    if (to.via == toast::carrier::multicast) return group_.send(to, datagram);
    const auto bytes = asio::buffer(datagram.data(), datagram.size());
    asio::error_code ignored;
    auto& socket = to.is_v4() ? own_ : own6_;
    if (socket.is_open()) socket.send_to(bytes, to_endpoint<asio::ip::udp>(to), 0, ignored);
  }
  /// Calls `sink(const toast::address& from, bytes_view datagram, nanoseconds waited)` for each
  /// that arrives, from now on until close(), as soon as it was read: it arrived `waited` ago.
  /// [net-thread]
  template <class Sink>
  void receive(Sink sink) {
    if (own_.is_open()) listen(own_, sink);
    if (own6_.is_open()) listen(own6_, sink);
    group_.for_each_socket([&](auto& socket) { listen(socket, sink); });
  }

private:
  // At `port`, or at any, which it then is.
  asio::error_code open(asio::ip::udp::socket& socket, const asio::ip::udp& protocol,
                        std::uint16_t& port) {
    asio::error_code error, ignored;
    socket.open(protocol, error);
    if (!error && protocol == asio::ip::udp::v6())
      socket.set_option(asio::ip::v6_only(true), error);
    if (!error) socket.bind({protocol, port}, error);
    if (!error) socket.non_blocking(true, error);
    if (error) return socket.close(ignored), error;
    stamped_ = Stamps::prepare(socket);
    port = socket.local_endpoint(ignored).port();
    return {};
  }
  template <class Sink>
  void listen(asio::ip::udp::socket& socket, Sink sink) {
    socket.async_wait(asio::socket_base::wait_read,
                      [this, &socket, sink](const asio::error_code& stopped) mutable {
                        if (stopped || !socket.is_open()) return;
                        drain(socket, sink);
                        if (socket.is_open()) listen(socket, sink);
                      });
  }
  // All that is there, but not for ever: others wait for this thread too.
  template <class Sink>
  void drain(asio::ip::udp::socket& socket, Sink& sink) {
    for (int i = 0; i < 64 && socket.is_open(); ++i) {
      asio::ip::udp::endpoint from;
      asio::error_code error;
      const auto got = Stamps::read(socket, bytes_, from, error);
      if (error == asio::error::would_block) return;
      if (!error) // an error is about what was sent earlier: nobody listens there
        sink(to_address(from, toast::carrier::udp), bytes_view{bytes_}.first(got.size), got.waited);
    }
  }

  asio::ip::udp::socket own_, own6_;
  basic_asio_group<Stamps> group_;
  bool stamped_ = false;
  std::array<std::uint8_t, 65536> bytes_; // of the datagram at hand
};

using asio_udp = basic_asio_udp<receive_stamps>;

} // namespace jamnet::inline v0
