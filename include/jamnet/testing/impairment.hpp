// SPDX-License-Identifier: MIT
//
// What a bad network does to one datagram: loses it, delays it, doubles it, lets others overtake
// it. The simulated network and the relay of examples/jam share it; a seed replays it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/random.hpp>
#include <jamnet/time/timeline.hpp>

namespace jamnet::inline v0::testing {

/// The character of a path; probabilities are from 0 to 1.
struct path_quality {
  nanoseconds delay{0};    ///< the least a datagram takes
  nanoseconds jitter{0};   ///< up to this much more, evenly spread; enough of it reorders
  double loss = 0;         ///< the part that is lost
  std::uint32_t burst = 1; ///< how many are lost in a row, on sim_paths; 0 counts as 1
  double duplication = 0;
  double reordering = 0; ///< how likely a datagram is held back for another delay and jitter
};

/// When the copies of one datagram arrive, after it was sent: none, one or two.
struct arrivals {
  std::array<nanoseconds, 2> after{};
  std::size_t count = 0;
};

/// Decides a datagram's fate; `losing`, 0 at first, is how many more of this way a burst takes.
/// [one-thread] [rt-safe] O(1)
[[nodiscard]] inline arrivals impair(const path_quality& path, random_source& random,
                                     std::uint32_t& losing) noexcept {
  arrivals fate;
  if (losing > 0) return --losing, fate;
  const double length = std::max(path.burst, 1u); // so many fewer bursts make the same loss
  if (random.uniform() < path.loss / (path.loss + length * (1 - path.loss))) {
    losing = std::max(path.burst, 1u) - 1;
    return fate;
  }
  const auto once = [&] {
    const double extra = static_cast<double>(path.jitter.count()) * random.uniform();
    return path.delay + nanoseconds{static_cast<std::int64_t>(extra)};
  };
  fate.count = random.uniform() < path.duplication ? 2 : 1;
  for (std::size_t i = 0; i < fate.count; ++i) {
    fate.after[i] = once();
    if (random.uniform() < path.reordering) fate.after[i] += once();
  }
  return fate;
}
/// The same where each is lost by itself.
[[nodiscard]] inline arrivals impair(const path_quality& path, random_source& random) noexcept {
  path_quality single = path;
  single.burst = 1;
  std::uint32_t losing = 0;
  return impair(single, random, losing);
}

} // namespace jamnet::inline v0::testing
