// How well the peers' sounds agree, measured on the sound itself: around each onset two recordings
// are brought to the same true time, and correlated to find by how much one lags the other.
#pragma once

#include <span>
#include <vector>

#include "injected_clock.hpp"

namespace shared {

struct recording {
  std::vector<float> samples;
  host_time first_sample{}; ///< by the peer's own clock
  injected_clock clock;     ///< whose error is known
};

/// For every onset and every pair of recordings: by how many samples they are apart, 0 or more.
/// Onsets whose surroundings were not recorded, or are silent, are left out.
[[nodiscard]] std::vector<double> onset_errors(std::span<const recording> recordings,
                                               std::span<const host_time> true_onsets);

} // namespace shared
