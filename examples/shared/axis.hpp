// An axis of a plot: where a value lies between its ends, and round numbers to write beside it.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

namespace picture {

/// Expects least < most.
struct axis {
  std::string title;
  double least = 0, most = 1;
  /// Above 0: a logarithmic scale of either sign, which is linear within so much of zero.
  double linear_within = 0;
  std::string (*label)(double) = nullptr; ///< of a number; by default its shortest form

  /// Where a value lies, from 0 to 1 between the ends.
  [[nodiscard]] double place(double value) const {
    return (bent(value) - bent(least)) / (bent(most) - bent(least));
  }
  /// Round numbers between the ends, at most so many.
  [[nodiscard]] std::vector<double> ticks(int most_ticks) const;
  [[nodiscard]] std::string text(double value) const;

private:
  [[nodiscard]] double bent(double value) const {
    return linear_within > 0 ? std::asinh(value / linear_within) : value;
  }
};

inline std::string axis::text(double value) const {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.10g", value);
  std::string text = label != nullptr ? label(value) : digits;
  if (text.starts_with('-')) text.replace(0, 1, "\u2212"); // as long as a plus
  return text;
}

// On a straight scale the step is 1, 2 or 5 times a power of ten. On a bent one powers of ten,
// then their halves and fifths where there is room, are round.
inline std::vector<double> axis::ticks(int most_ticks) const {
  std::vector<double> all;
  const double span = most - least, slack = 1e-9 * span;
  if (linear_within <= 0) {
    double step = std::pow(10, std::floor(std::log10(span / most_ticks)));
    for (const double factor : {2.0, 2.5, 2.0}) // 1, 2, 5, 10
      if (span / step > most_ticks) step *= factor;
    for (double i = std::ceil((least - slack) / step); i * step <= most + slack; ++i)
      all.push_back(i * step + 0.0); // not -0
    return all;
  }
  const auto room = [&](double value) {
    return std::all_of(all.begin(), all.end(), [&](double other) {
      return std::abs(place(value) - place(other)) >= 0.99 / most_ticks;
    });
  };
  const double greatest = std::max(std::abs(least), std::abs(most));
  const double decade = std::pow(10, std::floor(std::log10(linear_within)) - 1);
  if (least <= 0 && most >= 0) all.push_back(0);
  for (const double factor : {1.0, 5.0, 2.0})
    for (double value = decade * factor; value <= greatest * (1 + 1e-9); value *= 10)
      for (const double signed_value : {value, -value})
        if (signed_value >= least - slack && signed_value <= most + slack && room(signed_value))
          all.push_back(signed_value);
  std::sort(all.begin(), all.end());
  return all;
}

} // namespace picture
