// The relay's figures as a page that Prometheus reads, over as little of HTTP as that takes. Only
// this machine can ask; a request is read up to its empty line, within limits, and answered once.
#pragma once

#include <cstddef>
#include <string>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>

#include <jamnet/platform/native_relay.hpp>

namespace relay {

/// The figures, a line each, in Prometheus' text format 0.0.4.
[[nodiscard]] std::string metrics_page(const jamnet::native_relay& relay);

class metrics_server {
public:
  metrics_server(asio::io_context& io, const jamnet::native_relay& relay);

  /// Listens on 127.0.0.1; address_in_use or system.
  [[nodiscard]] jamnet::result<std::uint16_t> listen(std::uint16_t port);

private:
  static constexpr std::size_t most_requests = 8; // at once; others wait to be accepted

  struct request;
  void accept();

  const jamnet::native_relay& relay_;
  asio::io_context& io_;
  asio::ip::tcp::acceptor acceptor_;
  std::size_t open_ = 0;
  bool accepting_ = false;
};

} // namespace relay
