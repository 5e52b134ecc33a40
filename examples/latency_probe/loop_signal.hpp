// What is played to find it again, and where it is in what was recorded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace latency_probe {

/// White noise of two levels, or one sample.
[[nodiscard]] std::vector<float> noise(std::size_t length, float level, std::uint64_t seed);
[[nodiscard]] inline std::vector<float> pulse(float level) { return {level}; }

struct echo {
  std::size_t delay = 0; ///< frames
  double gain = 0;       ///< below 0: turned round
};

/// Where `played` begins in `heard`, by correlation; nothing unless that place stands out from all
/// others. Expects `heard` no shorter. O(n m)
[[nodiscard]] std::optional<echo> find_echo(std::span<const float> played,
                                            std::span<const float> heard);

} // namespace latency_probe
