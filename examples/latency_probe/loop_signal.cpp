#include "loop_signal.hpp"

#include <cmath>

#include <jamnet/core/random.hpp>

namespace latency_probe {

std::vector<float> noise(std::size_t length, float level, std::uint64_t seed) {
  jamnet::random_source random{seed};
  std::vector<float> all(length);
  for (float& sample : all) sample = random.next() >> 63 != 0 ? level : -level;
  return all;
}

std::optional<echo> find_echo(std::span<const float> played, std::span<const float> heard) {
  constexpr double stands_out = 8; // times the root of the mean square: chance never gets there
  const std::size_t places = heard.size() - played.size() + 1;
  double energy = 0, best = 0, sum = 0;
  for (const float sample : played) energy += double{sample} * double{sample};
  std::size_t at = 0;
  for (std::size_t delay = 0; delay < places; ++delay) {
    double match = 0;
    for (std::size_t i = 0; i < played.size(); ++i)
      match += double{played[i]} * double{heard[delay + i]};
    sum += match * match;
    if (std::abs(match) <= std::abs(best)) continue;
    best = match;
    at = delay;
  }
  const double others = std::sqrt((sum - best * best) / static_cast<double>(places));
  if (best == 0 || std::abs(best) < stands_out * others) return std::nullopt;
  return echo{at, best / energy};
}

} // namespace latency_probe
