#include "metrics.hpp"

#include <array>
#include <memory>
#include <string_view>
#include <utility>

#include <asio/buffer.hpp>
#include <asio/steady_timer.hpp>
#include <asio/write.hpp>

namespace relay {

std::string metrics_page(const jamnet::native_relay& relay) {
  std::string page;
  const auto add = [&](std::string_view name, std::string_view type, std::string_view help,
                       std::uint64_t value) {
    const std::string full = "jamnet_relay_" + std::string{name};
    page.append("# HELP ").append(full).append(" ").append(help).append("\n");
    page.append("# TYPE ").append(full).append(" ").append(type).append("\n");
    page.append(full).append(" ").append(std::to_string(value)).append("\n");
  };
  const auto& machine = relay.machine();
  add("rooms", "gauge", "Rooms with somebody in them.", machine.rooms());
  add("peers", "gauge", "Registered peers.", machine.peers());
  add("connections", "gauge", "Open TCP connections.", relay.connections());
  add("queued_bytes", "gauge", "Waiting for peers to take them.", machine.queued());
  const auto& s = machine.statistics();
  add("datagrams_in_total", "counter", "Datagrams received.", s.datagrams_in);
  add("bytes_in_total", "counter", "Bytes received.", s.bytes_in);
  add("datagrams_out_total", "counter", "Copies of datagrams sent.", s.datagrams_out);
  add("bytes_out_total", "counter", "Bytes sent.", s.bytes_out);
  add("registrations_total", "counter", "Peers let in.", s.registrations);
  add("challenges_total", "counter", "Asked to prove their address.", s.challenges);
  add("refused_total", "counter", "Told why not.", s.refused);
  add("expired_total", "counter", "Registrations that fell silent.", s.expired);
  add("slow_total", "counter", "Connections closed because they did not read.",
      s.slow + relay.streams().slow);
  add("strangers_total", "counter", "Dropped: of somebody not registered.", s.strangers);
  add("forged_total", "counter", "Dropped: in another's name.", s.forged);
  add("malformed_total", "counter", "Dropped: no datagram.", s.malformed);
  add("absent_total", "counter", "Dropped: for somebody who is not there.", s.absent);
  add("throttled_total", "counter", "Dropped: beyond the sender's rate.", s.throttled);
  add("overflowed_total", "counter", "Dropped: beyond the receiver's queue.", s.overflowed);
  return page;
}

// One question and its answer; it lives as long as an operation of it, two seconds at most.
struct metrics_server::request : std::enable_shared_from_this<request> {
  request(asio::io_context& io, asio::ip::tcp::socket s, metrics_server& o)
      : socket{std::move(s)},
        limit{io},
        owner{o} {
    ++owner.open_;
  }
  void begin() {
    limit.expires_after(std::chrono::seconds{2});
    limit.async_wait([self = shared_from_this()](const asio::error_code& answered) {
      asio::error_code ignored;
      if (!answered) self->socket.close(ignored);
    });
    read();
  }
  void read() {
    socket.async_read_some(
        asio::buffer(text.data() + size, text.size() - size),
        [self = shared_from_this()](const asio::error_code& error, std::size_t more) {
          if (error) return self->end();
          self->size += more;
          self->judge();
        });
  }
  void judge() {
    const std::string_view asked{text.data(), size};
    if (asked.find("\r\n\r\n") == asked.npos && asked.find("\n\n") == asked.npos) {
      if (size == text.size()) return reply("431 Request Header Fields Too Large", "");
      return read();
    }
    if (asked.substr(0, 4) != "GET ") return reply("405 Method Not Allowed", "");
    const auto path = asked.substr(4, asked.find_first_of(" \r\n", 4) - 4);
    if (path != "/metrics" && path != "/") return reply("404 Not Found", "see /metrics\n");
    reply("200 OK", metrics_page(owner.relay_));
  }
  void reply(std::string_view status, const std::string& page) {
    answer.append("HTTP/1.0 ").append(status);
    answer.append("\r\nContent-Type: text/plain; version=0.0.4\r\nConnection: close");
    answer.append("\r\nContent-Length: ").append(std::to_string(page.size())).append("\r\n\r\n");
    answer.append(page);
    asio::async_write(socket, asio::buffer(answer),
                      [self = shared_from_this()](const asio::error_code&, std::size_t) {
                        asio::error_code ignored;
                        self->socket.shutdown(asio::socket_base::shutdown_both, ignored);
                        self->end();
                      });
  }
  // The others may have waited for that. Not in the destructor: the server may be gone by then.
  void end() {
    limit.cancel();
    if (std::exchange(ended, true)) return;
    --owner.open_;
    owner.accept();
  }

  asio::ip::tcp::socket socket;
  asio::steady_timer limit;
  metrics_server& owner;
  std::array<char, 2048> text{};
  std::size_t size = 0;
  bool ended = false;
  std::string answer;
};

metrics_server::metrics_server(asio::io_context& io, const jamnet::native_relay& relay)
    : relay_{relay},
      io_{io},
      acceptor_{io} {}

jamnet::result<std::uint16_t> metrics_server::listen(std::uint16_t port) {
  asio::error_code error;
  acceptor_.open(asio::ip::tcp::v4(), error);
  if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor_.bind({asio::ip::address_v4::loopback(), port}, error);
  if (!error) acceptor_.listen(16, error);
  if (error) return jamnet::to_failure(error);
  accept();
  return acceptor_.local_endpoint(error).port();
}

void metrics_server::accept() {
  if (open_ >= most_requests || std::exchange(accepting_, true)) return;
  acceptor_.async_accept([this](const asio::error_code& error, asio::ip::tcp::socket socket) {
    accepting_ = false;
    if (error == asio::error::operation_aborted) return;
    if (!error) std::make_shared<request>(io_, std::move(socket), *this)->begin();
    accept();
  });
}

} // namespace relay
