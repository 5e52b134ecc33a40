// SPDX-License-Identifier: MIT
//
// Frames over TCP on Asio: connections opened as they are needed and accepted as they come, each
// known by the address of its other end. What is written to one that is slow waits, up to a
// limit; beyond it the connection is dropped, so that one peer cannot hold up the others.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <utility>
#include <vector>

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>

#include <jamnet/platform/asio_address.hpp>
#include <jamnet/toast/frame_splitter.hpp>

namespace jamnet::inline v0 {

/// Handler: `frames(const toast::address&, bytes_view whole)` for each whole frame, and
/// `disconnected(const toast::address&)` when a connection ends, failed or sent what is no frame.
/// Neither is called from within send() or close().
template <class Handler>
class asio_tcp {
public:
  static constexpr std::size_t queue_limit = 1 << 20; ///< bytes waiting for one connection
  static constexpr std::size_t connection_limit = 256;

  asio_tcp(asio::io_context& io, Handler handler)
      : io_{io},
        acceptor_{io},
        handler_{std::move(handler)} {}

  /// Listens on all interfaces and returns the port; 0 asks for any. address_in_use or system.
  /// [control-thread] [allocates]
  [[nodiscard]] result<std::uint16_t> listen(std::uint16_t port) {
    asio::error_code error;
    acceptor_.open(asio::ip::tcp::v4(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind({asio::ip::tcp::v4(), port}, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) return to_failure(error);
    accept();
    return acceptor_.local_endpoint(error).port();
  }
  /// Sends frames, opening the connection if there is none; with `last` it is closed behind them.
  /// [net-thread] [allocates]
  void send(const toast::address& to, bytes_view frames, bool last) {
    connection* c = find(to);
    if (c == nullptr) {
      if (last || connections_.size() >= connection_limit) return;
      c = &connections_.emplace_back(asio::ip::tcp::socket{io_}, to);
      connect(*c);
    }
    // Until it is connected one frame waits: a HELO, which is repeated anyway.
    if (!c->connected && !c->waiting.empty()) return;
    c->waiting.insert(c->waiting.end(), frames.begin(), frames.end());
    c->close_behind = c->close_behind || last;
    if (c->waiting.size() > queue_limit)
      fail(*c);
    else if (c->connected && c->leaving.empty())
      write(*c);
  }
  /// Ends everything; the handler is not called. [net-thread]
  void close() {
    asio::error_code ignored;
    acceptor_.close(ignored);
    for (connection& c : connections_) c.socket.close(ignored);
  }

private:
  struct connection {
    connection(asio::ip::tcp::socket s, const toast::address& w) : socket{std::move(s)}, where{w} {}

    asio::ip::tcp::socket socket;
    toast::address where;
    toast::frame_splitter splitter;
    std::array<std::uint8_t, 16384> incoming;
    std::vector<std::uint8_t> leaving, waiting; // being written; to be written next
    bool connected = false, close_behind = false;
    int operations = 0; // in flight: it must not be destroyed before they end
  };

  connection* find(const toast::address& where) {
    for (connection& c : connections_)
      if (c.where == where && c.socket.is_open()) return &c;
    return nullptr;
  }
  void accept() {
    acceptor_.async_accept([this](const asio::error_code& error, asio::ip::tcp::socket socket) {
      if (!acceptor_.is_open()) return;
      asio::error_code lost;
      const auto from = socket.remote_endpoint(lost);
      if (!error && !lost && connections_.size() < connection_limit)
        begin(connections_.emplace_back(std::move(socket), to_address(from, toast::carrier::tcp)));
      accept();
    });
  }
  void connect(connection& c) {
    ++c.operations;
    c.socket.async_connect(to_endpoint<asio::ip::tcp>(c.where),
                           [this, &c](const asio::error_code& error) {
                             --c.operations;
                             if (error) return end(c);
                             begin(c);
                             if (!c.waiting.empty()) write(c);
                           });
  }
  void begin(connection& c) {
    asio::error_code ignored;
    c.connected = true;
    c.socket.set_option(asio::ip::tcp::no_delay(true), ignored);
    read(c);
  }
  void read(connection& c) {
    ++c.operations;
    c.socket.async_read_some(
        asio::buffer(c.incoming), [this, &c](const asio::error_code& error, std::size_t size) {
          --c.operations;
          if (error || !c.socket.is_open()) return end(c);
          const auto fed = c.splitter.feed(
              bytes_view{c.incoming}.first(size),
              [&](const toast::frame&, bytes_view whole) { handler_.frames(c.where, whole); });
          if (!fed || !c.socket.is_open()) return end(c);
          read(c);
        });
  }
  void write(connection& c) {
    ++c.operations;
    c.leaving.swap(c.waiting);
    asio::async_write(c.socket, asio::buffer(c.leaving),
                      [this, &c](const asio::error_code& error, std::size_t) {
                        --c.operations;
                        c.leaving.clear();
                        if (error || !c.socket.is_open()) return end(c);
                        if (!c.waiting.empty()) return write(c);
                        if (c.close_behind) end(c);
                      });
  }
  // Closing makes the operations in flight fail, and the last of them ends the connection.
  void fail(connection& c) {
    asio::error_code ignored;
    c.socket.close(ignored);
  }
  void end(connection& c) {
    fail(c);
    if (c.operations > 0) return;
    const toast::address where = c.where;
    connections_.remove_if([&](const connection& other) { return &other == &c; });
    handler_.disconnected(where);
  }

  asio::io_context& io_;
  asio::ip::tcp::acceptor acceptor_;
  Handler handler_;
  std::list<connection> connections_;
};

} // namespace jamnet::inline v0
