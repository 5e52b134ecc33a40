// SPDX-License-Identifier: MIT
//
// At which rate time passes, where several clocks say different things.
//
// The median, because however wrong one is it then moves nothing, and two that are right are
// enough against one that is not. The host's own clock votes as well, and settles a draw.
#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/math.hpp>

namespace jamnet::inline v0 {

/// The rate, by which the host's is 0, that most agree on, the host among them; of two in the
/// middle the one nearer to the host's. Sorts `rates`, of which there are few. [any-thread]
/// [rt-safe] O(n²)
[[nodiscard]] constexpr double agreed_rate(std::span<double> rates) noexcept {
  for (std::size_t i = 1; i < rates.size(); ++i) // std::sort() makes g++ 12 warn of the 17th
    for (std::size_t j = i; j > 0 && rates[j] < rates[j - 1]; --j)
      std::swap(rates[j], rates[j - 1]);
  // As if 0 stood in its place among them.
  const auto below =
      static_cast<std::size_t>(std::lower_bound(rates.begin(), rates.end(), 0.0) - rates.begin());
  const auto at = [&](std::size_t i) {
    return i < below ? rates[i] : i == below ? 0.0 : rates[i - 1];
  };
  const std::size_t upper = (rates.size() + 1) / 2, lower = rates.size() / 2;
  return magnitude(at(lower)) < magnitude(at(upper)) ? at(lower) : at(upper);
}

} // namespace jamnet::inline v0
