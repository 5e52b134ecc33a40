// What many values come to: the middle one, the one that 99 of 100 do not exceed, and the greatest.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace shared {

struct distribution {
  double p50 = 0, p99 = 0, max = 0;
};

/// Of values in any order; all zero for none.
[[nodiscard]] inline distribution distribution_of(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const auto quantile = [&](double q) {
    const auto rank = std::ceil(q * static_cast<double>(values.size()));
    return values[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
  };
  return {quantile(0.5), quantile(0.99), values.back()};
}

} // namespace shared
