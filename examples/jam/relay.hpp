// A bad network in user space: the peers know only the relay's sockets, one for each of them, and
// what they send passes through it late, or not at all.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <thread>
#include <vector>

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <asio/steady_timer.hpp>

#include <jamnet/testing/impairment.hpp>

#include "options.hpp"

namespace jam {

class relay {
public:
  /// Between peers at these ports of this machine.
  relay(const std::vector<std::uint16_t>& ports, const jamnet::testing::path_quality& path,
        std::uint64_t seed)
      : path_{path},
        random_{seed} {
    for (const auto port : ports) {
      auto& w =
          windows_.emplace_back(asio::ip::udp::socket{io_, {asio::ip::address_v4::loopback(), 0}},
                                asio::ip::udp::endpoint{asio::ip::address_v4::loopback(), port});
      w.socket.non_blocking(true);
    }
    for (window& w : windows_) listen(w);
    thread_ = std::thread{[this] { io_.run(); }};
  }
  ~relay() {
    io_.stop();
    thread_.join();
  }

  /// Where the others reach the peer of this number, counted from 0.
  [[nodiscard]] std::uint16_t port(std::size_t number) const {
    return std::next(windows_.begin(), static_cast<std::ptrdiff_t>(number))
        ->socket.local_endpoint()
        .port();
  }

private:
  struct window {
    window(asio::ip::udp::socket s, const asio::ip::udp::endpoint& p)
        : socket{std::move(s)},
          peer{p} {}
    asio::ip::udp::socket socket; // what is sent here is for the peer
    asio::ip::udp::endpoint peer;
  };
  struct parcel {
    parcel(asio::io_context& io, nanoseconds after) : timer{io, after} {}
    asio::steady_timer timer;
    std::vector<std::uint8_t> bytes;
  };

  void listen(window& to) {
    to.socket.async_wait(
        asio::socket_base::wait_read, [this, &to](const asio::error_code& stopped) {
          if (stopped) return;
          for (;;) {
            asio::ip::udp::endpoint from;
            asio::error_code error;
            const auto size = to.socket.receive_from(asio::buffer(bytes_), from, 0, error);
            if (error == asio::error::would_block) break;
            if (!error) forward(from, to, size);
          }
          listen(to);
        });
  }
  // Goes on from the sender's own window, so that the receiver can answer there.
  void forward(const asio::ip::udp::endpoint& sender, window& to, std::size_t size) {
    for (window& from : windows_) {
      if (from.peer != sender) continue;
      const auto fate = jamnet::testing::impair(path_, random_);
      for (std::size_t i = 0; i < fate.count; ++i) {
        auto p = std::make_shared<parcel>(io_, fate.after[i]);
        p->bytes.assign(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(size));
        p->timer.async_wait([p, &from, &to](const asio::error_code& stopped) {
          asio::error_code ignored;
          if (!stopped) from.socket.send_to(asio::buffer(p->bytes), to.peer, 0, ignored);
        });
      }
    }
  }

  jamnet::testing::path_quality path_;
  jamnet::random_source random_;
  asio::io_context io_{1};
  std::list<window> windows_;
  std::array<std::uint8_t, 65536> bytes_;
  std::thread thread_;
};

} // namespace jam
