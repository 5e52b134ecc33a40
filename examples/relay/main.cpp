// relay: lets peers meet that cannot reach each other. See relay --help.
#include <cstdio>
#include <optional>
#include <string>

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>

#include <jamnet/platform/native_relay.hpp>

#include "metrics.hpp"
#include "options.hpp"

namespace {

int fail(const std::string& why) {
  std::fprintf(stderr, "relay: %s\n", why.c_str());
  return 2;
}

// A line whenever somebody came or went, at most one a second.
class observer {
public:
  observer(asio::io_context& io, const jamnet::native_relay& relay) : timer_{io}, relay_{relay} {}

  void look() {
    const auto& machine = relay_.machine();
    const auto& s = machine.statistics();
    if (s.registrations != seen_.registrations || machine.peers() != peers_) {
      std::printf("%zu peers in %zu rooms; %llu refused, %llu expired, %llu slow; %.1f MB in, "
                  "%.1f MB out\n",
                  machine.peers(), machine.rooms(), static_cast<unsigned long long>(s.refused),
                  static_cast<unsigned long long>(s.expired),
                  static_cast<unsigned long long>(s.slow), static_cast<double>(s.bytes_in) * 1e-6,
                  static_cast<double>(s.bytes_out) * 1e-6);
      std::fflush(stdout);
    }
    seen_ = s;
    peers_ = machine.peers();
    timer_.expires_after(std::chrono::seconds{1});
    timer_.async_wait([this](const asio::error_code& cancelled) {
      if (!cancelled) look();
    });
  }

private:
  asio::steady_timer timer_;
  const jamnet::native_relay& relay_;
  jamnet::toast::relay_statistics seen_{};
  std::size_t peers_ = 0;
};

int run(const relay::options& o) {
  asio::io_context io{1};
  jamnet::native_relay relay{io, o.limits};
  const auto port = relay.start(o.port);
  if (!port)
    return fail("port " + std::to_string(o.port) + ": " +
                std::string{to_string(port.error().code)});
  relay::metrics_server metrics{io, relay};
  if (o.metrics != 0) {
    const auto page = metrics.listen(o.metrics);
    if (!page)
      return fail("--metrics " + std::to_string(o.metrics) + ": " +
                  std::string{to_string(page.error().code)});
  }
  observer watch{io, relay};
  if (!o.quiet) {
    std::printf("relay at port %u, UDP and TCP: at most %zu rooms, %zu peers in each, %zu in all\n",
                static_cast<unsigned>(*port), o.limits.rooms, o.limits.peers_per_room,
                o.limits.peers);
    if (o.metrics != 0) std::printf("figures at http://127.0.0.1:%u/metrics\n", o.metrics);
    std::fflush(stdout);
    watch.look();
  }
  asio::signal_set signals{io, SIGINT, SIGTERM};
  signals.async_wait([&](const asio::error_code& none, int) {
    if (!none) io.stop();
  });
  io.run();
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  const auto parsed = relay::parse(argc, argv);
  if (!parsed.value) return fail(parsed.error);
  if (!parsed.value->help) return run(*parsed.value);
  std::fputs(relay::usage, stdout);
  return 0;
}
