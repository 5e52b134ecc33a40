// SPDX-License-Identifier: MIT
//
// A small seeded generator for dither, ids and simulation: SplitMix64 (Steele, Lea and Flood,
// OOPSLA 2014). Not for secrets. A seed replays the same numbers on every platform, which the
// distributions of <random> do not.
#pragma once

#include <cstdint>

namespace jamnet::inline v0 {

class random_source {
public:
  explicit constexpr random_source(std::uint64_t seed) noexcept : state_{seed} {}

  /// 64 random bits. [one-thread] [rt-safe] O(1)
  constexpr std::uint64_t next() noexcept {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  /// Uniform in [0, 1). [one-thread] [rt-safe] O(1)
  constexpr double uniform() noexcept { return static_cast<double>(next() >> 11) * 0x1p-53; }
  /// Uniform in [low, high). [one-thread] [rt-safe] O(1)
  constexpr double uniform(double low, double high) noexcept {
    return low + (high - low) * uniform();
  }

private:
  std::uint64_t state_;
};

} // namespace jamnet::inline v0
