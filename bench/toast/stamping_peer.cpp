// A peer that plays 200 events a second and says when it sent and heard which.
//
//     stamping_peer udp|tcp SECONDS [ADDRESS]
//
// With an address it joins who is there, at port 47800; without one it is there. A line of what it
// prints in the end is `sent` or `heard`, the session time that the event carries, by which it is
// known, the true time in nanoseconds, and for `heard` whether it came late. The machine's raw
// clock is the truth for all its processes. It does not play in the first 3 s and the last 2, or
// thirds of its time where that is less.
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "processes.hpp"

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

struct look {
  const char* what;
  session_time event;
  std::int64_t at;
  bool late;
};

} // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const auto via = argv[1] == std::string_view{"tcp"} ? toast::carrier::tcp : toast::carrier::udp;
  const nanoseconds length{static_cast<std::int64_t>(std::atof(argv[2]) * 1e9)};
  const auto end = jamnet_bench::now_ns() + length.count();
  const nanoseconds before = std::min<nanoseconds>(3s, length / 3),
                    after = std::min<nanoseconds>(2s, length / 3);
  asio::io_context io{1};
  auto options = jamnet_bench::member("stamping", argc == 3, via);
  if (argc == 3) options.port = 47800;
  native_peer peer{io, options};
  std::vector<look> looks;
  looks.reserve(1 << 16);
  peer.on_event([&](const received_event& e) {
    if (!e.released && !e.recalled)
      looks.push_back({"heard", e.time, jamnet_bench::now_ns(), e.late});
  });
  if (!peer.start()) return 2;
  if (argc > 3) {
    asio::error_code none;
    const auto ip = asio::ip::make_address(argv[3], none);
    if (none) return 2;
    peer.connect(to_address(asio::ip::tcp::endpoint{ip, 47800}, via));
  }
  io.run_for(before);
  random_source random{1};
  asio::steady_timer timer{io};
  timer.expires_after(0ms);
  session_time last{};
  unsigned number = 0;
  while (jamnet_bench::now_ns() < end - after.count()) {
    timer.expires_at(timer.expiry() +
                     nanoseconds{static_cast<std::int64_t>(random.uniform(2.5e6, 7.5e6))});
    bool rung = false;
    timer.async_wait([&](const asio::error_code&) { rung = true; });
    while (!rung) io.run_one();
    if (!peer.clock().synchronised()) continue;
    last = std::max(last + 1ns, peer.now() + peer.latency());
    looks.push_back({"sent", last, jamnet_bench::now_ns(), false});
    const unsigned note = 36 + number / 2 % 60; // one after the other begins and ends
    if (number++ % 2 == 0)
      peer.send(note_on{.note = note}, last);
    else
      peer.send(note_off{.note = note}, last);
  }
  io.run_for(nanoseconds{end - jamnet_bench::now_ns()});
  for (const look& l : looks)
    std::printf("%s %lld %lld %d\n", l.what,
                static_cast<long long>(l.event.time_since_epoch().count()),
                static_cast<long long>(l.at), l.late);
  return looks.empty() ? 1 : 0;
}
