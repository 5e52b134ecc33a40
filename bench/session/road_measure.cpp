// How long is the whole road of a note, from send() in one process to the callback in another,
// over UDP on loopback, and how much of that is the system's?
//
// Two processes, each a native_peer, and beside them a bare UDP socket with the same event loop.
// An event and a bare datagram of the same size leave in turn; both ends stamp with the machine's
// raw monotonic clock, which processes share. How late timers wake is shown apart: it is part of
// no figure, since send() is called when the timer has woken.
//
//   road_measure [--json] [--smoke | --full]
#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <new>
#include <string>
#include <vector>

#include "../rows.hpp"
#include <jamnet/platform/native_peer.hpp>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace jamnet;
using jamnet_bench::row;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t most = 20'000;
constexpr std::size_t bare_size = 256; // about what the peer's datagram takes: frames and a line

// What the processes share: ports, and when each message arrived.
struct shared_page {
  std::atomic<int> port{0}, bare_port{0};
  std::atomic<bool> synchronised{false};
  std::array<std::atomic<std::int64_t>, most> heard{}, bare{};
};

std::int64_t now_ns() { return steady_source{}.now().time_since_epoch().count(); }

void receive(shared_page& page) {
  asio::io_context io{1};
  native_peer peer{
      io, {.peer = {.name = "receiver", .found_after = 0ns, .announce = false}, .tcp = false}};
  const auto port = peer.start();
  asio_udp bare{io};
  const auto bare_port = bare.open(0);
  if (!port || !bare_port) return;
  std::size_t events = 0;
  peer.on_event([&](const received_event&) {
    if (events < most) page.heard[events++] = now_ns();
  });
  bare.receive([&](const toast::address&, bytes_view bytes, nanoseconds) {
    const auto at = now_ns();
    const auto number = load_be<std::uint32_t>(bytes.data());
    if (number < most) page.bare[number] = at;
  });
  page.bare_port = *bare_port;
  page.port = *port;
  io.run();
}

class sender {
public:
  sender(shared_page& page, std::size_t count)
      : page_{page},
        count_{count},
        bare_{io_},
        timer_{io_},
        peer_{io_,
              {.peer = {.name = "sender", .found_after = peer_options::never, .announce = false},
               .tcp = false}} {}

  bool run() {
    while (page_.port == 0) ::usleep(1000);
    if (!peer_.start() || !bare_.open(0)) return false;
    peer_.connect(toast::address::v4(127, 0, 0, 1, static_cast<std::uint16_t>(page_.port.load())));
    to_ = toast::address::v4(127, 0, 0, 1, static_cast<std::uint16_t>(page_.bare_port.load()));
    for (int i = 0; i < 1000 && !peer_.clock().synchronised(); ++i) io_.run_for(10ms);
    if (!peer_.clock().synchronised()) return false;
    next();
    io_.run();
    return true;
  }
  std::vector<double> events_us, bare_us, lateness_us;

private:
  // Between 1.5 and 2.5 ms, so that no other rhythm is met; odd ones are bare.
  void next() {
    if (sent_ == 2 * count_) {
      timer_.expires_after(500ms); // for the last to arrive
      timer_.async_wait([this](const asio::error_code&) { finish(); });
      return;
    }
    const auto wait = nanoseconds{1'500'000 + static_cast<std::int64_t>(random_.uniform(0, 1e6))};
    due_ = now_ns() + wait.count();
    timer_.expires_after(wait);
    timer_.async_wait([this](const asio::error_code&) {
      const auto at = now_ns();
      lateness_us.push_back(static_cast<double>(at - due_) * 1e-3);
      send();
      next();
    });
  }
  void send() {
    const auto number = static_cast<std::uint32_t>(sent_++ / 2);
    if (sent_ % 2 != 0) {
      sent_at_[number] = now_ns();
      peer_.send(note_on{.note = number % 128}, peer_.now() + 10ms);
    } else {
      std::array<std::uint8_t, bare_size> datagram{};
      store_be(datagram.data(), number);
      bare_at_[number] = now_ns();
      bare_.send(to_, datagram);
    }
  }
  void finish() {
    for (std::size_t i = 0; i < count_; ++i) {
      if (page_.heard[i] != 0)
        events_us.push_back(static_cast<double>(page_.heard[i] - sent_at_[i]) * 1e-3);
      if (page_.bare[i] != 0)
        bare_us.push_back(static_cast<double>(page_.bare[i] - bare_at_[i]) * 1e-3);
    }
    io_.stop();
  }

  shared_page& page_;
  std::size_t count_, sent_ = 0;
  asio::io_context io_{1};
  asio_udp bare_;
  asio::steady_timer timer_;
  native_peer peer_;
  toast::address to_;
  random_source random_{1};
  std::int64_t due_ = 0;
  std::array<std::int64_t, most> sent_at_{}, bare_at_{};
};

double quantile(std::vector<double>& sorted, double q) {
  if (sorted.empty()) return 0;
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(sorted.size())));
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

void add(std::vector<row>& rows, const std::string& name, std::vector<double>& values) {
  std::sort(values.begin(), values.end());
  rows.push_back({name + "/p50_us", quantile(values, 0.5), "us"});
  rows.push_back({name + "/p99_us", quantile(values, 0.99), "us"});
  rows.push_back({name + "/max_us", quantile(values, 1), "us"});
}

} // namespace

int main(int argc, char** argv) {
  bool json = false;
  std::size_t count = 4'000;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--json") == 0) json = true;
    if (std::strcmp(argv[i], "--smoke") == 0) count = 100;
    if (std::strcmp(argv[i], "--full") == 0) count = most;
  }
  void* const memory = ::mmap(nullptr, sizeof(shared_page), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 2;
  auto& page = *new (memory) shared_page;
  const pid_t receiver = ::fork();
  if (receiver == 0) {
    receive(page);
    std::_Exit(0);
  }
  sender s{page, count};
  const bool ran = s.run();
  ::kill(receiver, SIGKILL);
  ::waitpid(receiver, nullptr, 0);
  if (!ran || s.events_us.empty() || s.bare_us.empty()) {
    std::fputs("road_measure: the two peers did not meet\n", stderr);
    return 2;
  }
  std::vector<row> rows;
  const double lost = static_cast<double>(count - s.events_us.size());
  add(rows, "road/jamnet", s.events_us);
  add(rows, "road/bare_udp", s.bare_us);
  rows.push_back({"road/p99_ratio", quantile(s.events_us, 0.99) / quantile(s.bare_us, 0.99), "x"});
  rows.push_back({"road/p50_ratio", quantile(s.events_us, 0.5) / quantile(s.bare_us, 0.5), "x"});
  rows.push_back({"road/jamnet/lost", lost, "events"});
  add(rows, "road/timer_lateness", s.lateness_us);
  jamnet_bench::print(rows, json);
  return 0;
}
