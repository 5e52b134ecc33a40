// A quantile as it usually is: the median of those of five parts of a run, because others share the
// machine.
#pragma once

#include <cstddef>
#include <vector>

#include "../median.hpp"
#include "../sync/quantile.hpp"

namespace jamnet_bench {

inline double usual(const std::vector<float>& values, double q) {
  constexpr std::size_t parts = 5;
  const auto begin_of = [&](std::size_t part) {
    return values.begin() + static_cast<std::ptrdiff_t>(values.size() * part / parts);
  };
  std::vector<double> of_parts;
  for (std::size_t i = 0; i < parts; ++i) {
    std::vector<float> part(begin_of(i), begin_of(i + 1));
    of_parts.push_back(quantile(part, q));
  }
  return median(of_parts);
}

} // namespace jamnet_bench
