// How often which value was found, in steps with round edges.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "../shared/axis.hpp"
#include "../shared/print.hpp"

namespace latency_probe {

class histogram {
public:
  struct step {
    double from, to;
    std::size_t count = 0;
  };

  /// Of one value at least. No step is narrower than `finest`.
  histogram(const std::vector<double>& values, double finest) {
    const auto [least, most] = std::ranges::minmax(values);
    double width = finest;
    if (most > least) {
      const auto edges = picture::axis{.title = {}, .least = least, .most = most}.ticks(most_steps);
      if (edges.size() > 1) width = std::max(finest, edges[1] - edges[0]);
    }
    const auto place = [width](double value) { return std::floor(value / width + 1e-9); };
    for (double i = place(least); i <= place(most); ++i)
      steps_.push_back({i * width, (i + 1) * width});
    for (const double value : values)
      ++steps_[static_cast<std::size_t>(place(value) - place(least))].count;
  }

  [[nodiscard]] const std::vector<step>& steps() const { return steps_; }
  [[nodiscard]] std::size_t highest() const {
    return std::ranges::max(steps_, {}, &step::count).count;
  }

  /// A line for each step, with a bar.
  [[nodiscard]] std::string text(const char* unit) const {
    std::string lines;
    for (const step& s : steps_) {
      const auto length =
          static_cast<double>(widest_bar * s.count) / static_cast<double>(highest());
      lines += shared::print("  %9.7g %s  ", s.from, unit);
      for (double drawn = 0.5; drawn < length; ++drawn) lines += "\u2588";
      if (s.count != 0) lines += shared::print(" %zu", s.count);
      lines += '\n';
    }
    return lines;
  }

private:
  static constexpr int most_steps = 20;
  static constexpr std::size_t widest_bar = 50;
  std::vector<step> steps_;
};

} // namespace latency_probe
