// The tempo and the evenness of a MIDI clock, of which 24 ticks are a quarter note.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <deque>
#include <utility>
#include <vector>

#include <jamnet/time/timeline.hpp>

#include "../shared/distribution.hpp"

namespace midi_monitor {

class clock_tempo {
public:
  /// A tick came; after a pause of a second all begins anew.
  void add(jamnet::host_time at) {
    if (!ticks_.empty() && at - ticks_.back() > longest_pause) ticks_.clear();
    ticks_.push_back(at);
    if (ticks_.size() > window) ticks_.pop_front();
  }

  struct reading {
    double bpm = 0;              ///< quarter notes a minute
    shared::distribution off_ms; ///< how far ticks are from where an even clock has them
  };
  /// Of the last four quarter notes, once there were two.
  [[nodiscard]] bool known() const { return ticks_.size() > 2 * quarter; }
  [[nodiscard]] reading read() const;

private:
  static constexpr std::size_t quarter = 24, window = 4 * quarter + 1;
  static constexpr jamnet::nanoseconds longest_pause{1'000'000'000};

  static double ms(jamnet::nanoseconds d) { return static_cast<double>(d.count()) * 1e-6; }

  std::deque<jamnet::host_time> ticks_;
};

// By medians, which a few ticks that are late, or missing, do not move.
inline clock_tempo::reading clock_tempo::read() const {
  std::vector<double> quarters, starts, off;
  for (std::size_t i = quarter; i < ticks_.size(); ++i)
    quarters.push_back(ms(ticks_[i] - ticks_[i - quarter]));
  const double step = std::max(shared::distribution_of(std::move(quarters)).p50, 1e-3) / quarter;
  for (std::size_t i = 0; i < ticks_.size(); ++i)
    starts.push_back(ms(ticks_[i] - ticks_.front()) - step * static_cast<double>(i));
  const double start = shared::distribution_of(starts).p50;
  for (const double late : starts) off.push_back(std::abs(late - start));
  return {60e3 / (quarter * step), shared::distribution_of(std::move(off))};
}

} // namespace midi_monitor
