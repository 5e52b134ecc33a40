// SPDX-License-Identifier: MIT
//
// A latency that follows the pauses it has to hide: longer at once, shorter when it was not needed
// for a while.
//
// The longest pause of the last window, times a headroom, is what is needed. A window is kept as
// two halves, so that a pause is forgotten after one and a half windows at the latest.
#pragma once

#include <cstdint>

#include <utility>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/math.hpp>
#include <jamnet/latency/write_ahead_policies.hpp>

namespace jamnet::inline v0 {

struct adaptive_latency_options {
  std::int64_t smallest = 1;       ///< frames
  std::int64_t step = 64;          ///< latencies are multiples of this many frames
  double headroom = 1.5;           ///< how many times the longest pause
  std::uint32_t recordings = 2000; ///< in a window
};

class adaptive_latency {
public:
  adaptive_latency() = default;
  explicit adaptive_latency(const adaptive_latency_options& options) noexcept : options_{options} {}

  /// The latency, in frames, to have after a pause of `pause` frames. [producer] [rt-safe] O(1)
  [[nodiscard]] std::int64_t choose(std::int64_t pause, std::int64_t latency) noexcept {
    longest_ = std::max(longest_, pause);
    const auto needed = in_steps(std::max(longest_, longest_before_));
    if (++counted_ < options_.recordings / 2) return std::max(needed, latency);
    counted_ = 0;
    longest_before_ = std::exchange(longest_, 0);
    return needed; // may be less: this half of the window did not need more
  }

private:
  std::int64_t in_steps(std::int64_t pause) const noexcept {
    const auto frames = nearest(static_cast<double>(pause) * options_.headroom);
    const auto steps = (frames + options_.step - 1) / options_.step;
    return std::max(options_.smallest, steps * options_.step);
  }

  adaptive_latency_options options_;
  std::int64_t longest_ = 0, longest_before_ = 0; // in this half of the window, in the one before
  std::uint32_t counted_ = 0;                     // recordings in this half
};
static_assert(latency_sizing<adaptive_latency>);

} // namespace jamnet::inline v0
