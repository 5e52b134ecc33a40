// What of a core does MIDI cost at 1,000 events a second, handed on in batches of 5 ms?
//
// A sender and a receiver on loopback UDP, each a process; beside them, at the same time, bare
// loops that only wake and send a datagram of 256 bytes, 1,000 and 200 times a second, and a peer
// with a link to another, in a session of their own where nothing is played. Each says what
// processor time it used after the first second (getrusage), in percent of one core.
//
//     cpu_measure [--json] [--smoke | --full]
#include <atomic>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "../rows.hpp"
#include "processes.hpp"

using namespace jamnet;
using namespace jamnet_bench;
using namespace std::chrono_literals;

namespace {

enum who : std::size_t { sender, receiver, idle, host, bare_1000, bare_200, count };
constexpr std::array names{"toast/cpu_percent_1000",
                           "toast/cpu_percent_1000/receiver",
                           "toast/cpu_percent_1000/playing_nothing",
                           "toast/cpu_percent_1000/hearing_nothing",
                           "toast/cpu_percent_1000/bare_timer_1000",
                           "toast/cpu_percent_1000/bare_timer_200"};

struct page {
  std::array<std::atomic<int>, 2> ports{}; // of the session, and of that where nothing is played
  std::atomic<int> ready{0};
  std::atomic<bool> begun{false}, over{false};
  std::array<std::atomic<double>, count> cpu{};
  std::atomic<std::uint64_t> sent{0}, heard{0};
};

// Says what this process used between the beginning and the end, once it is over.
class meter {
public:
  meter(page& all, who me) : all_{all}, me_{me} { ++all.ready; }
  // To be called now and then.
  void look() {
    if (!began_ && all_.begun) {
      began_ = true;
      before_ = cpu_seconds();
    }
    if (began_ && !ended_ && all_.over) {
      ended_ = true;
      all_.cpu[me_] = cpu_seconds() - before_;
    }
  }

private:
  page& all_;
  who me_;
  bool began_ = false, ended_ = false;
  double before_ = 0;
};

void receive(page& all, who me) {
  asio::io_context io{1};
  native_peer peer{io, member("receiver", true, toast::carrier::udp)};
  peer.on_event([&](const received_event&) { ++all.heard; });
  const auto port = peer.start();
  if (!port) return;
  all.ports[me != receiver] = *port;
  meter used{all, me};
  for (;; used.look()) io.run_for(50ms);
}

// With `events` in each batch; or none, which only looks after its link.
void send(page& all, who me, int events) {
  asio::io_context io{1};
  native_peer peer{io, member("sender", false, toast::carrier::udp)};
  const auto& port = all.ports[me != sender];
  while (port == 0) ::usleep(1000);
  if (!peer.start()) return;
  peer.connect(loopback(port, toast::carrier::udp));
  while (!peer.clock().synchronised()) io.run_for(10ms);
  meter used{all, me};
  if (events == 0)
    for (;; used.look()) io.run_for(50ms);
  asio::steady_timer timer{io};
  timer.expires_after(0ms);
  unsigned number = 0;
  for (;; used.look()) {
    io.restart();
    timer.expires_at(timer.expiry() + 5ms);
    bool rung = false;
    timer.async_wait([&](const asio::error_code&) { rung = true; });
    while (!rung) io.run_one();
    if (all.over) continue;
    const host_time now = steady_source{}.now();
    for (int i = 0; i < events; ++i, ++number)
      peer.machine().send(note_on{.note = number % 128, .velocity = 1 + number / 128 % 127},
                          peer.clock().to_session(now) + 10ms, now);
    peer.platform().flush();
    all.sent += static_cast<std::uint64_t>(events);
  }
}

void bare(page& all, who me, nanoseconds period) {
  asio::io_context io{1};
  asio_udp from{io}, to{io};
  const auto port = to.open(0);
  if (!port || !from.open(0)) return;
  const auto where = loopback(*port, toast::carrier::udp);
  const std::array<std::uint8_t, 256> datagram{};
  meter used{all, me};
  std::timespec next{};
  ::clock_gettime(CLOCK_MONOTONIC, &next);
  for (;; used.look()) {
    next.tv_nsec += period.count();
    if (next.tv_nsec >= 1'000'000'000) {
      next.tv_nsec -= 1'000'000'000;
      ++next.tv_sec;
    }
    ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, nullptr);
    from.send(where, datagram);
  }
}

} // namespace

int main(int argc, char** argv) {
  bool json = false;
  double seconds = 10;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--json") == 0) json = true;
    if (std::strcmp(argv[i], "--smoke") == 0) seconds = 0.5;
    if (std::strcmp(argv[i], "--full") == 0) seconds = 60;
  }
  const auto sleep = [](double s) { ::usleep(static_cast<useconds_t>(s * 1e6)); };
  page& all = shared<page>();
  const child processes[]{
      child{[&] { receive(all, receiver); }},    child{[&] { receive(all, host); }},
      child{[&] { send(all, sender, 5); }},      child{[&] { send(all, idle, 0); }},
      child{[&] { bare(all, bare_1000, 1ms); }}, child{[&] { bare(all, bare_200, 5ms); }}};
  for (int i = 0; i < 1000 && all.ready < static_cast<int>(count); ++i) sleep(0.01);
  if (all.ready < static_cast<int>(count))
    return std::fputs("cpu_measure: the peers did not meet\n", stderr), 2;
  sleep(seconds < 1 ? 0.5 : 3); // the clock is asked more often at first
  all.begun = true;
  const auto began = now_ns();
  sleep(seconds);
  all.over = true;
  const double took = static_cast<double>(now_ns() - began) * 1e-9;
  sleep(0.5);
  std::vector<row> rows;
  for (std::size_t i = 0; i < count; ++i)
    rows.push_back({names[i], 100 * all.cpu[i] / took, "% of a core"});
  rows.push_back({"toast/cpu_percent_1000/events_lost",
                  static_cast<double>(all.sent) - static_cast<double>(all.heard), "events"});
  jamnet_bench::print(rows, json);
}
