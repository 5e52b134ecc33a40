// SPDX-License-Identifier: MIT
//
// Random numbers as queues and clocks make them: exponential and normal, the same for a seed on
// every run, which the distributions of <random> do not promise from one library to the next.
#pragma once

#include <cmath>

#include <jamnet/core/random.hpp>

namespace jamnet::inline v0::testing {

/// At least 0, `mean` on average: the wait in a queue. [one-thread] [rt-safe] O(1)
[[nodiscard]] inline double exponential(random_source& random, double mean) noexcept {
  return -mean * std::log(1 - random.uniform());
}

/// Normal with mean 0 and variance 1 (Box and Muller 1958, one of the two).
/// [one-thread] [rt-safe] O(1)
[[nodiscard]] inline double normal(random_source& random) noexcept {
  return std::sqrt(exponential(random, 2)) * std::cos(6.283185307179586 * random.uniform());
}

} // namespace jamnet::inline v0::testing
