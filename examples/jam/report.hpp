// What came of a jam: the figures, as a table for people and as JSON for programs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "../shared/distribution.hpp"
#include "net_report.hpp"

namespace jam {

using shared::distribution;

struct peer_report {
  std::string name;
  double offset_s = 0, skew_ppm = 0; ///< injected
  std::uint64_t sent = 0, received = 0, lost = 0, duplicated = 0, late = 0, stuck = 0;
  distribution clock_error_us;
  double bound_mean_us = 0, bound_held = 1;
  std::vector<link_report> links; ///< where they were asked for
};

struct report {
  std::uint64_t events_sent = 0, events_received = 0, events_lost = 0, events_duplicated = 0;
  std::uint64_t events_late = 0, notes_stuck = 0;
  distribution latency_us;     ///< from send() to the receiving callback, by the true clock
  distribution clock_error_us; ///< of the followers, against the master, from 5 s after the start
  double bound_mean_us = 0, bound_held = 1;
  double asymmetry_allowance_us = 0;
  std::uint64_t clock_samples = 0, onsets = 0;
  distribution onset_error_samples;
  double music_s = 0;
  std::vector<peer_report> peers;

  [[nodiscard]] bool clean() const { return events_lost == 0 && notes_stuck == 0; }
};

[[nodiscard]] std::string to_table(const report& r);
[[nodiscard]] std::string to_json(const report& r);

} // namespace jam
