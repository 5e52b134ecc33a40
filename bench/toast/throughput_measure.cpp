// How many events a second go from one peer to another over the loopback sockets of one core?
//
// Sender and receiver are processes pinned to the same core. The application hands on 64 events
// at a time and waits while the receiver lacks more than it may: nothing may be lost, and the
// receiver checks that each event comes once and in order. The first second does not count.
//
//     throughput_measure [--json] [--smoke | --full]
#include <atomic>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "../median.hpp"
#include "../rows.hpp"
#include "processes.hpp"

using namespace jamnet;
using namespace jamnet_bench;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t most_behind = 2048; // events

struct page {
  std::atomic<int> port{0};
  std::atomic<std::uint64_t> heard{0}, wrong{0};
  std::atomic<double> cpu{0}; // s, of the receiver
};

// The n-th event, so that a receiver can tell which it is modulo 2^18.
ump event(std::uint64_t n) {
  return control_change{.channel = 1 + static_cast<unsigned>(n >> 14 & 15),
                        .controller = static_cast<unsigned>(n >> 7 & 127),
                        .value = static_cast<unsigned>(n & 127)};
}

void receive(page& shared, toast::carrier via) {
  asio::io_context io{1};
  native_peer peer{io, member("receiver", true, via)};
  std::uint64_t heard = 0;
  peer.on_event([&](const received_event& e) {
    if (e.packet != event(heard)) ++shared.wrong;
    shared.heard.store(++heard, std::memory_order_relaxed);
    if (heard % 4096 == 0) shared.cpu.store(cpu_seconds(), std::memory_order_relaxed);
  });
  const auto port = peer.start();
  if (!port) return;
  shared.port = *port;
  io.run();
}

struct outcome {
  double rate = 0, per_cpu_second = 0;
  std::uint64_t missing = 0, wrong = 0;
  bool met = false;
};

outcome measure(toast::carrier via, double seconds) {
  page& both = shared<page>();
  pin(0);
  const child receiver{[&] { receive(both, via); }};
  while (both.port == 0) ::usleep(1000);
  asio::io_context io{1};
  native_peer peer{io, member("sender", false, via)};
  if (!peer.start()) return {};
  peer.connect(loopback(both.port, via));
  for (int i = 0; i < 1000 && !peer.clock().synchronised(); ++i) io.run_for(10ms);
  if (!peer.clock().synchronised()) return {};

  std::uint64_t sent = 0, counted_from = 0;
  std::int64_t began = 0;
  double cpu = 0;
  const auto start = now_ns();
  const auto end = start + static_cast<std::int64_t>((seconds + 1) * 1e9);
  for (auto now = start; now < end; now = now_ns()) {
    if (began == 0 && now >= start + 1'000'000'000) {
      began = now;
      counted_from = both.heard;
      cpu = cpu_seconds() + both.cpu;
    }
    if (peer.machine().backlog() >= most_behind) {
      io.run_one();
      continue;
    }
    const host_time here{nanoseconds{now}};
    for (int i = 0; i < 64; ++i)
      peer.machine().send(event(sent++), peer.clock().to_session(here) + 10ms, here);
    peer.platform().flush();
    io.poll();
  }
  outcome found{.met = true};
  const auto events = static_cast<double>(both.heard - counted_from);
  found.rate = events / (static_cast<double>(now_ns() - began) * 1e-9);
  found.per_cpu_second = events / (cpu_seconds() + both.cpu - cpu);
  for (int i = 0; i < 200 && both.heard < sent; ++i) io.run_for(10ms);
  found.missing = sent - both.heard;
  found.wrong = both.wrong;
  return found;
}

} // namespace

int main(int argc, char** argv) {
  bool json = false;
  double seconds = 2;
  int rounds = 5;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--json") == 0) json = true;
    if (std::strcmp(argv[i], "--smoke") == 0) seconds = 0.1, rounds = 1;
    if (std::strcmp(argv[i], "--full") == 0) seconds = 10;
  }
  std::vector<row> rows;
  for (const auto via : {toast::carrier::udp, toast::carrier::tcp}) {
    std::vector<double> rates, per_cpu_second;
    double lost = 0;
    for (int i = 0; i < rounds; ++i) {
      const auto found = measure(via, seconds);
      if (!found.met) return std::fputs("throughput_measure: the peers did not meet\n", stderr), 2;
      rates.push_back(found.rate);
      per_cpu_second.push_back(found.per_cpu_second);
      lost += static_cast<double>(found.missing + found.wrong);
    }
    const auto name =
        std::string{"toast/throughput/"} + (via == toast::carrier::udp ? "udp" : "tcp");
    rows.push_back({name, median(rates), "events/s"});
    rows.push_back({name + "/per_cpu_second", median(per_cpu_second), "events/s"});
    rows.push_back({name + "/events_lost", lost, "events"});
  }
  jamnet_bench::print(rows, json);
}
