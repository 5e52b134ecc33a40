// Tempi as music has them and as nobody would write them, over a day.
#pragma once

#include <vector>

#include <jamnet/core/random.hpp>
#include <jamnet/time/tempo_curve.hpp>

namespace jamnet_test {

inline double random_bpm(jamnet::random_source& random) {
  switch (random.next() % 4) {
  case 0: return static_cast<double>(1 + random.next() % 999);                    // 97
  case 1: return static_cast<double>(1'000 + random.next() % 998'000) / 1e3;      // 97.125
  case 2: return 60e6 / static_cast<double>(60'061 + random.next() % 10'000'000); // of a MIDI file
  default: return random.uniform(1, 999);
  }
}

/// `count` changes of which about the given part are ramps, over some `seconds`.
inline std::vector<jamnet::tempo_change> random_tempi(jamnet::random_source& random, int count,
                                                      double seconds, double ramps,
                                                      std::uint32_t ppq = 960) {
  std::vector<jamnet::tempo_change> changes;
  jamnet::ticks at{};
  for (int i = 0; i < count; ++i) {
    const double bpm = random_bpm(random);
    changes.push_back({at, bpm, random.uniform() < ramps});
    at.count +=
        1 + static_cast<std::int64_t>(random.uniform(0, 2) * seconds / count * bpm / 60 * ppq);
  }
  return changes;
}

} // namespace jamnet_test
