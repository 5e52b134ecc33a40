// How many clients does one TCP server bear on one core, and how soon do they hear each other?
//
// The server, pinned to one core, is a peer that hands each client's events on to all. 16 and 100
// clients, all in one process on another core, play 10 events a second each, at random moments;
// from send() of one to the callback of each other: what a client hears of its own is passed over.
// `idle_1000_mb` is the server's resident memory (VmRSS) with 1,000 clients that play nothing.
//
//     tcp_server_measure [--json] [--smoke | --full]
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "../rows.hpp"
#include "../sync/quantile.hpp"
#include "processes.hpp"

using namespace jamnet;
using namespace jamnet_bench;
using namespace std::chrono_literals;

namespace {

constexpr double rate = 10; // events a second of each client
constexpr auto via = toast::carrier::tcp;

struct page {
  std::atomic<int> port{0};
  std::atomic<double> cpu{0}; // s
};

void serve(page& shared, std::size_t clients) {
  asio::io_context io{1};
  auto options = member("server", true, via);
  options.peer.max_peers = clients + 1;
  options.streams.connection_limit = options.streams.address_limit = clients + 1;
  native_peer peer{io, options};
  peer.on_event([&](const received_event& e) {
    if (!e.released && !e.recalled) peer.send(e.packet, e.time);
  });
  const auto port = peer.start();
  if (!port) return;
  shared.port = *port;
  for (;; shared.cpu = cpu_seconds()) io.run_for(50ms);
}

// All clients, and who heard what when.
class audience {
public:
  audience(std::size_t size, int port) {
    for (std::size_t i = 0; i < size; ++i) {
      auto options = member("client", false, via);
      options.tcp = false; // to be known to nobody else
      clients_.push_back(std::make_unique<native_peer>(io_, options));
      native_peer& c = *clients_.back();
      c.on_event([this, i](const received_event& e) { heard(i, e); });
      if (!c.start()) std::exit(2);
      c.connect(loopback(port, via));
      io_.run_for(1ms);
    }
  }
  // Whether all are in time within `limit`.
  bool wait(nanoseconds limit) {
    for (const auto end = now_ns() + limit.count(); now_ns() < end; io_.run_for(50ms))
      if (ready() == clients_.size()) return true;
    return false;
  }
  [[nodiscard]] std::size_t ready() const {
    return static_cast<std::size_t>(std::count_if(
        clients_.begin(), clients_.end(), [](const auto& c) { return c->clock().synchronised(); }));
  }
  void rest(nanoseconds length) { io_.run_for(length); }
  void play(double seconds) {
    const auto begin = now_ns(), end = begin + static_cast<std::int64_t>(seconds * 1e9);
    asio::steady_timer timer{io_};
    const double mean_ns = 1e9 / rate / static_cast<double>(clients_.size());
    auto due = static_cast<double>(begin);
    while (now_ns() < end) {
      due += -std::log(1 - random_.uniform()) * mean_ns;
      const auto wait = static_cast<std::int64_t>(due) - now_ns();
      if (wait > 0) {
        bool rung = false;
        timer.expires_after(nanoseconds{wait});
        timer.async_wait([&](const asio::error_code&) { rung = true; });
        while (!rung) io_.run_one();
      }
      send(random_.next() % clients_.size());
    }
    io_.run_for(1s);
  }

  std::vector<float> delays_ms;
  std::uint64_t wrong = 0;
  [[nodiscard]] std::uint64_t expected() const { return sent_.size() * (clients_.size() - 1); }

private:
  struct note {
    std::size_t client;
    std::int64_t at;
  };
  void send(std::size_t client) {
    native_peer& c = *clients_[client];
    const auto number = static_cast<unsigned>(sent_.size());
    sent_.push_back({client, now_ns()});
    c.send(control_change{.channel = 1 + (number >> 14 & 15),
                          .controller = number >> 7 & 127,
                          .value = number & 127},
           c.now() + 20ms);
  }
  void heard(std::size_t client, const received_event& e) {
    const auto cc = control_change::from(e.packet);
    const auto number = cc ? (cc->channel - 1) << 14 | cc->controller << 7 | cc->value : ~0u;
    if (number >= sent_.size()) return static_cast<void>(++wrong);
    if (sent_[number].client != client)
      delays_ms.push_back(
          static_cast<float>(static_cast<double>(now_ns() - sent_[number].at) * 1e-6));
  }

  asio::io_context io_{1};
  std::vector<std::unique_ptr<native_peer>> clients_;
  std::vector<note> sent_; // by number; fewer than 2^18
  random_source random_{1};
};

double resident_mb(pid_t process) {
  char path[64], line[256];
  std::snprintf(path, sizeof path, "/proc/%d/status", static_cast<int>(process));
  double kb = 0;
  if (std::FILE* const file = std::fopen(path, "r")) {
    while (std::fgets(line, sizeof line, file) != nullptr) std::sscanf(line, "VmRSS: %lf", &kb);
    std::fclose(file);
  }
  return kb / 1024;
}

// Two cores: the server has its own.
template <class Work>
bool with_clients(std::size_t size, Work&& work) {
  page& shared = jamnet_bench::shared<page>();
  pin(0);
  const child server{[&] { serve(shared, size); }};
  pin(1);
  while (shared.port == 0) ::usleep(1000);
  audience all{size, shared.port};
  if (all.wait(20s)) return work(all, server, shared), true;
  std::fprintf(stderr, "tcp_server_measure: %zu of %zu clients are in time after 20 s\n",
               all.ready(), size);
  return false;
}

void play(std::vector<row>& rows, std::size_t size, double seconds) {
  with_clients(size, [&](audience& all, const child&, const page& shared) {
    all.rest(seconds < 1 ? 0s : 3s); // the clock is asked more often at first
    const double cpu = shared.cpu;
    all.play(seconds);
    const double used = shared.cpu - cpu;
    const auto name = "toast/tcp_server/clients_" + std::to_string(size);
    rows.push_back({name + "/p50_ms", quantile(all.delays_ms, 0.5), "ms"});
    rows.push_back({name + "/p99_ms", quantile(all.delays_ms, 0.99), "ms"});
    rows.push_back({name + "/max_ms", quantile(all.delays_ms, 1), "ms"});
    rows.push_back({name + "/events_lost",
                    static_cast<double>(all.expected()) -
                        static_cast<double>(all.delays_ms.size()) + static_cast<double>(all.wrong),
                    "events"});
    rows.push_back({name + "/server_cpu", 100 * used / (seconds + 1), "% of a core"});
  });
}

void idle(std::vector<row>& rows, std::size_t size) {
  with_clients(size, [&](audience& all, const child& server, const page&) {
    all.rest(2s);
    rows.push_back(
        {"toast/tcp_server/idle_" + std::to_string(size) + "_mb", resident_mb(server.id()), "MB"});
  });
}

} // namespace

int main(int argc, char** argv) {
  bool json = false, smoke = false;
  double seconds = 10;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--json") == 0) json = true;
    if (std::strcmp(argv[i], "--smoke") == 0) seconds = 0.3, smoke = true;
    if (std::strcmp(argv[i], "--full") == 0) seconds = 60;
  }
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  std::vector<row> rows;
  play(rows, 16, seconds);
  if (!smoke) play(rows, 100, seconds);
  if (!smoke) idle(rows, 1000);
  jamnet_bench::print(rows, json);
}
