// Quantiles of any number of values in a bounded size.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace sync_lab {

/// Quantiles of magnitudes to within a half of a percent, from counts on a logarithmic scale.
class quantiles {
public:
  void add(double value) {
    const double size = std::abs(value);
    ++counts_[bucket_of(size)];
    ++total_;
    max_ = std::max(max_, size);
  }
  [[nodiscard]] std::uint64_t total() const { return total_; }
  [[nodiscard]] double max() const { return max_; }
  /// The value that so large a part does not exceed; 0 of nothing.
  [[nodiscard]] double at(double part) const {
    const double rank = std::ceil(part * static_cast<double>(total_));
    double seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i)
      if ((seen += static_cast<double>(counts_[i])) >= rank && rank > 0)
        return std::min(max_, least * std::exp2((static_cast<double>(i) + 0.5) / per_octave));
    return max_;
  }

private:
  static constexpr double least = 1e-3, per_octave = 64; // to 1e-3 · 2^48: 3e11
  static std::size_t bucket_of(double size) {
    const double at = std::log2(std::max(size, least) / least) * per_octave;
    return static_cast<std::size_t>(std::min(at, 64 * 48 - 1.0));
  }
  std::array<std::uint32_t, 64 * 48> counts_{};
  std::uint64_t total_ = 0;
  double max_ = 0;
};

} // namespace sync_lab
