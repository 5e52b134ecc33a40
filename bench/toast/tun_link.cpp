// A wire between two hosts that delays and loses IP packets, below UDP and TCP alike: what netem
// would be where the kernel has it.
//
//     tun_link FD FD DELAY_MS LOSS_PERCENT SEED
//
// The descriptors are TUN devices, one of each host's (tcp_udp_measure.py opens them). What is
// read from one is written to the other DELAY_MS later, in order, or never. Says at its end how
// many packets it carried and lost.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <vector>

#include <jamnet/core/random.hpp>
#include <jamnet/time/steady_source.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

using namespace jamnet;

namespace {

volatile std::sig_atomic_t ended = 0;

struct packet {
  host_time due{};
  int to = 0;
  std::vector<std::uint8_t> bytes;
};

} // namespace

int main(int argc, char** argv) {
  if (argc < 6) return 2;
  pollfd ends[]{{std::atoi(argv[1]), POLLIN, 0}, {std::atoi(argv[2]), POLLIN, 0}};
  const nanoseconds delay{static_cast<std::int64_t>(std::atof(argv[3]) * 1e6)};
  const double loss = std::atof(argv[4]) / 100;
  random_source random{static_cast<std::uint64_t>(std::atoll(argv[5]))};
  for (const pollfd& end : ends) ::fcntl(end.fd, F_SETFL, O_NONBLOCK);
  ::prctl(PR_SET_TIMERSLACK, 1);
  struct sigaction stop{};
  stop.sa_handler = [](int) { ended = 1; };
  ::sigaction(SIGTERM, &stop, nullptr);

  std::deque<packet> under_way;
  std::vector<std::uint8_t> bytes(65536);
  unsigned long long carried = 0, lost = 0;
  while (ended == 0) {
    const host_time now = steady_source{}.now();
    while (!under_way.empty() && under_way.front().due <= now) {
      const packet& p = under_way.front();
      if (::write(p.to, p.bytes.data(), p.bytes.size()) < 0) ++lost; // nobody is there yet
      under_way.pop_front();
    }
    const nanoseconds wait =
        under_way.empty() ? nanoseconds{100'000'000} : under_way.front().due - now;
    const timespec until{0, wait.count()};
    if (::ppoll(ends, 2, &until, nullptr) <= 0) continue;
    for (int i = 0; i < 2; ++i)
      for (;;) {
        const auto size = ::read(ends[i].fd, bytes.data(), bytes.size());
        if (size <= 0) break;
        ++carried;
        if (random.uniform() < loss)
          ++lost;
        else
          under_way.push_back({steady_source{}.now() + delay,
                               ends[1 - i].fd,
                               {bytes.begin(), bytes.begin() + size}});
      }
  }
  std::printf("%llu %llu\n", carried, lost);
}
