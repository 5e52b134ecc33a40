// A longer jam on the named paths, compressed: peers come, go, crash, stall and are cut off while
// the paths change under them. Meanwhile nobody's session time runs back or jumps; afterwards all
// are one jam in time again, and nothing has grown.
#include <doctest/doctest.h>

#include "watched_jam.hpp"

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

namespace {

constexpr nanoseconds tick = 10ms;

std::uint64_t bytes_in(watched_jam& jam, nanoseconds duration) {
  const auto all = [&] {
    std::uint64_t bytes = 0;
    for (const auto& w : jam.peers)
      bytes += jam.net.network().sent_by(w.peer.platform().where()).bytes;
    return bytes;
  };
  const auto before = all();
  jam.run_for(duration, tick);
  return all() - before;
}

class trouble {
public:
  trouble(watched_jam& jam, std::uint64_t seed) : jam_{jam}, random_{seed} {}

  void join() { jam_.add({.clock = {random_.uniform(-100, 100), 0.03, 1}}); }
  void happen() {
    const auto size = jam_.peers.size();
    switch (below(8)) {
    case 0:
    case 1:
      if (size < 7) join();
      break;
    case 2:
      if (size > 3) jam_.crash(any());
      break;
    case 3:
      if (size > 3) {
        auto& leaver = any();
        leaver.peer.leave();
        jam_.run_for(tick);
        jam_.crash(leaver);
      }
      break;
    case 4: jam_.net.partition(any().peer, static_cast<std::uint32_t>(1 + below(2))); break;
    case 5: jam_.net.heal(); break;
    case 6:
      jam_.net.stall(any().peer, nanoseconds{static_cast<std::int64_t>(below(800'000'000))});
      break;
    default: change_path();
    }
  }
  void change_path() {
    const auto kind = all_paths[below(all_paths.size())];
    jam_.net.network().set_path(kind, usual_loss(kind));
  }
  nanoseconds pause() { return nanoseconds{static_cast<std::int64_t>(below(2'500)) * 1'000'000}; }

private:
  std::uint64_t below(std::uint64_t n) { return random_.next() % n; }
  watched_peer& any() {
    return *std::next(jam_.peers.begin(), static_cast<std::ptrdiff_t>(below(jam_.peers.size())));
  }

  watched_jam& jam_;
  random_source random_;
};

} // namespace

TEST_CASE("through churn, partitions and paths that change, time goes on for all who stay") {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    CAPTURE(seed);
    watched_jam jam{{}, seed};
    trouble some{jam, seed};
    some.change_path();
    for (int i = 0; i < 4; ++i) some.join();
    jam.run_for(5s, tick);
    for (int i = 0; i < 25; ++i) {
      some.happen();
      jam.run_for(some.pause(), tick);
    }
    jam.net.heal();
    jam.net.network().set_path(path_kind::wifi_home, 0.01);
    jam.run_for(20s, tick);
    CHECK(jam.discord() == "");
    CHECK(jam.spread() < 1ms);
    CHECK(jam.breaches == "");

    const auto early = bytes_in(jam, 5s), late = bytes_in(jam, 5s);
    CHECK(static_cast<double>(late) < 1.1 * static_cast<double>(early));
    CHECK(jam.net.network().in_flight() < 10 * jam.peers.size());
  }
}
