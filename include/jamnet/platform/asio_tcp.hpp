// SPDX-License-Identifier: MIT
//
// Frames over TCP on Asio: connections opened as they are needed and accepted as they come, many
// on one port and one thread, each known by the address of its other end. All that is sent to a
// connection in one turn of the event loop leaves in one write; with many connections no more
// often than every 2 ms. What one that is slow does not take waits, up to a limit; beyond it the
// connection is dropped with ERRO, so that one peer cannot hold up the others.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ip/v6_only.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

#include <jamnet/platform/asio_address.hpp>
#include <jamnet/time/timeline.hpp>
#include <jamnet/toast/frame_queue.hpp>
#include <jamnet/toast/frame_splitter.hpp>
#include <jamnet/toast/handshake.hpp>

namespace jamnet::inline v0 {

/// Limits, and with which code a connection beyond them is ended.
struct tcp_options {
  std::size_t connection_limit = 1'024;     ///< full
  std::size_t address_limit = 256;          ///< of those from one IP address; limit
  std::size_t unanswered_limit = 4'096;     ///< bytes from one to which nothing was sent yet; limit
  nanoseconds answer_limit{10'000'000'000}; ///< to be let in: until something is sent to it; limit
  nanoseconds stall_limit{10'000'000'000};  ///< without taking anything of what waits; slow
  std::size_t queue_limit = 1 << 20;        ///< bytes waiting for one; slow
  std::size_t slow_at = 1 << 16;            ///< bytes waiting for one: send() advises to pause
  std::size_t crowd = 32;                   ///< with more connections each is written to …
  nanoseconds crowd_interval{2'000'000};    ///< … at most so often
};

struct tcp_statistics {
  std::uint64_t accepted = 0, refused = 0; ///< refused at once: `full` or `limit`
  std::uint64_t slow = 0;                  ///< dropped for it
  std::uint64_t bad = 0;                   ///< sent what is no frame
  std::uint64_t unanswered = 0;            ///< not let in within its limits
  std::uint64_t writes = 0;                ///< to the system
};

/// Handler: `frames(const toast::address&, bytes_view whole)` for each whole frame, and
/// `disconnected(const toast::address&)` when a connection ends, failed or sent what is no frame.
/// It may have `writable(const toast::address&)`: what send() advised to pause can go on. None is
/// called from within send() or close().
template <class Handler>
class asio_tcp {
public:
  asio_tcp(asio::io_context& io, Handler handler, const tcp_options& options = {})
      : io_{io},
        acceptor_{io},
        sweep_{io},
        pace_{io},
        handler_{std::move(handler)},
        options_{options} {}
  asio_tcp(const asio_tcp&) = delete;
  asio_tcp& operator=(const asio_tcp&) = delete;
  ~asio_tcp() { close(); }

  /// Listens on all interfaces, for IPv6 and IPv4 where there are both, and returns the port; 0
  /// asks for any. address_in_use or system. [control-thread] [allocates]
  [[nodiscard]] result<std::uint16_t> listen(std::uint16_t port) {
    asio::error_code error = listen(asio::ip::tcp::v6(), port);
    if (error && error != asio::error::address_in_use) error = listen(asio::ip::tcp::v4(), port);
    if (error) return to_failure(error);
    accept();
    return acceptor_.local_endpoint(error).port();
  }
  /// Sends frames, opening the connection if there is none; with `last` it is closed behind them.
  /// False when much waits for it: more should be sent only after writable(). [net-thread]
  /// [allocates]
  bool send(const toast::address& to, bytes_view frames, bool last) {
    const auto found = connections_.find(to);
    connection* c = found == connections_.end() ? nullptr : found->second.get();
    if (c == nullptr) {
      if (last || connections_.size() >= options_.connection_limit) return true;
      c = &add(asio::ip::tcp::socket{io_}, to);
      connect(*c);
    }
    // Until it is connected one frame waits: a HELO, which is repeated anyway.
    if (c->ending || (!c->connected && !c->queue.empty())) return true;
    if (c->queue.empty()) c->since = now();
    c->queue.append(frames);
    c->answered = true;
    if (last) finish(*c);
    if (c->queue.size() > options_.queue_limit) drop(*c, errc::peer_slow);
    mark(*c);
    c->slow = c->slow || c->queue.size() > options_.slow_at;
    return !c->slow;
  }
  /// Ends everything; the handler is not called. [net-thread]
  void close() {
    asio::error_code ignored;
    acceptor_.close(ignored);
    sweep_.cancel();
    pace_.cancel();
    for (auto& [where, c] : connections_) c->close();
    connections_.clear();
    changed_.clear();
  }

  /// [net-thread] [rt-safe] O(1)
  [[nodiscard]] std::size_t connections() const noexcept { return connections_.size(); }
  [[nodiscard]] const tcp_statistics& statistics() const noexcept { return statistics_; }

private:
  using moment = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::milliseconds sweep_interval{250};
  static constexpr std::chrono::seconds farewell{1}; // to take the last frames

  struct connection : std::enable_shared_from_this<connection> {
    connection(asio::ip::tcp::socket s, const toast::address& w)
        : socket{std::move(s)},
          where{w},
          since{now()} {}
    void close() {
      asio::error_code ignored;
      socket.close(ignored);
      over = true;
    }

    asio::ip::tcp::socket socket;
    toast::address where;
    toast::frame_splitter splitter;
    toast::frame_queue queue;
    moment since;          // it began, took something of what waits, or was told the last
    std::size_t heard = 0; // bytes, before it was answered
    bool connected = false, answered = false; // something was sent to it
    bool changed = false;                     // to be written to
    bool blocked = false;                     // until the system takes more
    bool slow = false;                        // send() advised to pause
    bool ending = false;                      // behind what waits
    bool over = false;                        // nothing of it is to be touched, nor of its owner
  };

  static moment now() { return std::chrono::steady_clock::now(); }
  // Does `f()` unless it was cancelled, or this is gone.
  template <class F>
  auto guarded(F f) {
    return [alive = std::weak_ptr<char>{alive_}, f](const asio::error_code& cancelled = {}) {
      if (!cancelled && !alive.expired()) f();
    };
  }

  asio::error_code listen(const asio::ip::tcp& protocol, std::uint16_t port);
  void accept();
  void accepted(asio::ip::tcp::socket socket);
  static void refuse(asio::ip::tcp::socket& socket, errc why);
  connection& add(asio::ip::tcp::socket socket, const toast::address& where);
  void connect(connection& c);
  void begin(connection& c);
  void read(connection& c);
  bool drain(connection& c);
  void mark(connection& c);
  void flush();
  void write(connection& c);
  void drop(connection& c, errc why);
  void finish(connection& c);
  void end(connection& c);
  void sweep_later();
  void sweep();
  void judge(connection& c, moment at);

  asio::io_context& io_;
  asio::ip::tcp::acceptor acceptor_;
  asio::steady_timer sweep_, pace_;
  Handler handler_;
  tcp_options options_;
  std::unordered_map<toast::address, std::shared_ptr<connection>, address_hash> connections_;
  std::vector<std::shared_ptr<connection>> changed_, flushing_;
  std::array<std::uint8_t, 65536> incoming_; // of the connection at hand
  moment flushed_at_{};
  bool sweeping_ = false, flush_due_ = false, accepting_ = false;
  tcp_statistics statistics_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();
};

} // namespace jamnet::inline v0

// How connections come, are served, and go.
#include <jamnet/platform/detail/asio_tcp.hpp>
