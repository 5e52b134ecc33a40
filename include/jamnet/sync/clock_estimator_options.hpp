// SPDX-License-Identifier: MIT
//
// What the clock_estimator assumes of clocks and paths, and what it counts.
#pragma once

#include <cstdint>

#include <jamnet/time/timeline.hpp>

namespace jamnet::inline v0 {

/// The defaults were found by simulating many paths; only what is said
/// of asymmetry is worth a thought, for nobody can measure it: half of what the way there takes
/// longer than the way back is error. Where the kernel stamps the packets 2 µs are enough.
struct clock_estimator_options {
  nanoseconds asymmetry_allowance{5'000};        ///< added to the soft bound at least …
  double asymmetry = 0.05;                       ///< … or this part of the quickest round trip
  nanoseconds longest_round_trip{2'000'000'000}; ///< what takes longer is refused
  double wander = 50;           ///< of the skew, ns/s per √s: a quartz crystal at room temperature
  double boot_skew = 150'000;   ///< ns/s, one sigma, of two crystals that are each within 100 ppm
  double greatest_skew = 1.5e6; ///< ns/s; the estimate stays within it, and at it is none
  double certain_skew = 500e3;  ///< ns/s: the hard bound holds for clocks that drift no faster
  double delay_drift = 0.02;    ///< per s: growth of the delay's variance, in noise variances
  double least_noise = 500;     ///< ns: the smallest sigma of a passage that was not late
  /// Sigma of a late passage, as a multiple of its lateness: 2 is better where one direction is
  /// congested, 1.5 where none is.
  double late_factor = 1.5;
  double spacing = 0.05;     ///< s: exchanges closer than this share their errors, count less
  double learning = 0.03;    ///< how fast the noise is learnt from what is early …
  double forgetting = 1e-3;  ///< per s: … and shrinks while all are late
  double noise_margin = 0.3; ///< sigmas of noise added to the soft bound
};

/// How often it saw what.
struct clock_estimator_counts {
  std::uint64_t taken = 0;          ///< exchanges used
  std::uint64_t refused = 0;        ///< … not used: impossible, too slow, or not newer
  std::uint64_t clock_steps = 0;    ///< the answerer's clock stepped: begun anew
  std::uint64_t contradictions = 0; ///< limits that proved a step, or the skew beyond belief
  std::uint64_t longer_paths = 0;   ///< the path became longer, the clocks did nothing
  std::uint64_t shorter_paths = 0;  ///< … shorter
  std::uint64_t drifts = 0;         ///< the skew changed, or the offset was wrong
  std::uint64_t sources = 0;        ///< calls of change_source()
};

} // namespace jamnet::inline v0
