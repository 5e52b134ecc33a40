// The value below which a part `q` of many values lie, without sorting them all; it moves them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace jamnet_bench {

inline double quantile(std::vector<float>& values, double q) {
  if (values.empty()) return 0;
  const auto rank = static_cast<std::size_t>(q * static_cast<double>(values.size()));
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(std::min(rank, values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

} // namespace jamnet_bench
