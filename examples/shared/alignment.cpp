#include "alignment.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <optional>

#include "wav.hpp"

namespace shared {
namespace {

constexpr int before = 240, after = 960; // samples around an onset: 5 ms and 20 ms
constexpr int reach = 96;                // the greatest lag looked for: 2 ms
constexpr int length = before + after;
using excerpt = std::array<double, length + 2 * reach>;

// The recording's slope at a position between samples, by cubic interpolation. The slope, because
// an attack is steep and what still sounds from before is not.
double slope(const std::vector<float>& s, double at) {
  const auto i = static_cast<std::size_t>(at);
  const double f = at - static_cast<double>(i);
  const double a = s[i - 1], b = s[i], c = s[i + 1], d = s[i + 2];
  const double c1 = 0.5 * (c - a), c2 = a - 2.5 * b + 2 * c - 0.5 * d,
               c3 = 0.5 * (d - a) + 1.5 * (b - c);
  return c1 + 2 * c2 * f + 3 * c3 * f * f;
}

// What was recorded around a true time, sampled on a grid of true time.
std::optional<excerpt> around(const recording& r, host_time truth) {
  excerpt out{};
  for (int n = 0; n < static_cast<int>(out.size()); ++n) {
    const double offset = (n - before - reach) / sample_rate;
    const auto shown = r.clock.at(truth) - r.first_sample;
    const double at =
        (static_cast<double>(shown.count()) * 1e-9 + offset * (1 + r.clock.skew)) * sample_rate;
    if (!(at >= 2) || at + 3 >= static_cast<double>(r.samples.size())) return std::nullopt;
    out[static_cast<std::size_t>(n)] = slope(r.samples, at);
  }
  return out;
}

// Of a with b, `lag` samples later, relative to how loud b is there: without that, a lag towards
// something louder would win over the right one. (Cauchy and Schwarz: now equal sound wins.)
double correlation(const excerpt& a, const excerpt& b, int lag) {
  double sum = 0, energy = 0;
  for (int n = 0; n < length; ++n) {
    const double there = b[static_cast<std::size_t>(n + reach + lag)];
    sum += a[static_cast<std::size_t>(n + reach)] * there;
    energy += there * there;
  }
  return energy > 1e-12 ? sum / std::sqrt(energy) : 0;
}

// Where the correlation is greatest, between samples by a parabola through three points.
std::optional<double> lag_between(const excerpt& a, const excerpt& b) {
  std::array<double, 2 * reach + 1> c{};
  std::size_t best = 0;
  for (int lag = -reach; lag <= reach; ++lag) {
    const auto i = static_cast<std::size_t>(lag + reach);
    c[i] = correlation(a, b, lag);
    if (c[i] > c[best]) best = i;
  }
  if (c[best] <= 1e-6) return std::nullopt;
  double lag = static_cast<double>(best) - reach;
  if (best > 0 && best + 1 < c.size()) {
    const double curve = c[best - 1] - 2 * c[best] + c[best + 1];
    if (curve < 0) lag += 0.5 * (c[best - 1] - c[best + 1]) / curve;
  }
  return lag;
}

} // namespace

std::vector<double> onset_errors(std::span<const recording> recordings,
                                 std::span<const host_time> true_onsets) {
  std::vector<double> errors;
  std::vector<std::optional<excerpt>> excerpts(recordings.size());
  for (const host_time onset : true_onsets) {
    for (std::size_t i = 0; i < recordings.size(); ++i) excerpts[i] = around(recordings[i], onset);
    for (std::size_t i = 0; i < recordings.size(); ++i)
      for (std::size_t k = i + 1; k < recordings.size(); ++k)
        if (excerpts[i] && excerpts[k])
          if (const auto lag = lag_between(*excerpts[i], *excerpts[k]))
            errors.push_back(std::abs(*lag));
  }
  return errors;
}

} // namespace shared
