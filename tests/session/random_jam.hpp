// A short random jam: peers come, go, crash, are cut off, play. Whatever happened, after some
// quiet time they are one jam, and all hear all.
#pragma once

#include <string>

#include "watched_jam.hpp"

namespace jamnet::inline v0::testing {

/// Plays the jam of one seed; says what was wrong, if anything.
[[nodiscard]] inline std::string play_random_jam(std::uint64_t seed) {
  random_source random{seed};
  const auto below = [&](std::uint64_t n) { return random.next() % n; };
  const path_quality rough{.delay = nanoseconds{static_cast<std::int64_t>(below(20'000'000))},
                           .jitter = nanoseconds{static_cast<std::int64_t>(below(5'000'000))},
                           .loss = random.uniform(0, 0.2),
                           .duplication = random.uniform(0, 0.1),
                           .reordering = random.uniform(0, 0.1)};
  watched_jam jam{rough, seed};
  const auto join = [&] { jam.add({.clock = quartz(random)}); };
  const auto any = [&]() -> watched_peer& {
    return *std::next(jam.peers.begin(), static_cast<std::ptrdiff_t>(below(jam.peers.size())));
  };
  constexpr nanoseconds step{10'000'000};
  join();
  join();
  for (int action = 0; action < 20; ++action) {
    switch (below(12)) {
    case 0:
    case 1:
      if (jam.peers.size() < 5) join();
      break;
    case 2:
      if (jam.peers.size() > 1) {
        auto& leaver = any();
        leaver.peer.leave();
        jam.run_for(nanoseconds{1'000'000});
        jam.crash(leaver);
      }
      break;
    case 3:
      if (jam.peers.size() > 1) jam.crash(any());
      break;
    case 4: jam.net.partition(any().peer, static_cast<std::uint32_t>(1 + below(2))); break;
    case 5: jam.net.heal(); break;
    default:
      for (auto n = below(20); n > 0; --n) any().play(static_cast<unsigned>(below(128)));
    }
    jam.run_for(nanoseconds{static_cast<std::int64_t>(below(500'000'000))}, step);
  }
  jam.net.heal();
  jam.net.network().set_path({.delay = rough.delay, .jitter = rough.jitter, .loss = 0.02});
  jam.run_for(nanoseconds{12'000'000'000}, step);
  if (const auto discord = jam.discord(); !discord.empty()) return jam.breaches + discord;

  for (auto& w : jam.peers) {
    w.events.clear();
    w.play();
  }
  jam.run_for(nanoseconds{1'500'000'000}, step);
  for (auto& w : jam.peers)
    if (w.events.size() - w.released() != jam.peers.size() - 1)
      jam.breaches += "not everybody is heard; ";
  return jam.breaches;
}

} // namespace jamnet::inline v0::testing
