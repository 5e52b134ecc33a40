// A curve of any number of values in a bounded size: of each column of the picture the least and
// the greatest value, so that no peak is lost however long the run.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace picture {

struct column {
  double x = 0; ///< its middle
  double low = std::numeric_limits<double>::infinity(), high = -low;

  [[nodiscard]] bool empty() const { return low > high; }
};

class envelope {
public:
  /// Columns of equal width between two ends of x.
  envelope(double from, double to, std::size_t columns)
      : from_{from},
        per_x_{static_cast<double>(columns) / (to - from)},
        columns_(columns) {
    for (std::size_t i = 0; i < columns; ++i)
      columns_[i].x = from + (static_cast<double>(i) + 0.5) / per_x_;
  }
  /// Takes a value in; one that is not finite, or beyond the ends, is left out.
  void add(double x, double y) {
    const double at = std::floor((x - from_) * per_x_);
    if (!std::isfinite(y) || !(at >= 0) || at > static_cast<double>(columns_.size())) return;
    column& c = columns_[std::min(static_cast<std::size_t>(at), columns_.size() - 1)];
    c.low = std::min(c.low, y);
    c.high = std::max(c.high, y);
  }
  [[nodiscard]] const std::vector<column>& columns() const { return columns_; }

private:
  double from_, per_x_;
  std::vector<column> columns_;
};

/// Its upper edge, or the mirror image of that, as a line.
[[nodiscard]] inline std::vector<column> upper_edge(const envelope& all, double sign) {
  auto line = all.columns();
  for (column& c : line)
    if (!c.empty()) c.low = c.high = sign * c.high;
  return line;
}

} // namespace picture
