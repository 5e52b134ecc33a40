// The music that tempo maps are measured with, and what they are compared with: the map most
// programs have, in double seconds, and Ableton Link's Timeline (Debian's ableton-link-dev,
// GPL-2+), which knows one tempo.
#pragma once

#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/random.hpp>
#include <jamnet/time/tempo_map.hpp>

namespace jamnet_bench {

struct piece {
  std::vector<jamnet::tempo_change> tempi;
  std::vector<jamnet::meter_change> signatures;
  jamnet::ticks end;
};

/// A day of music: `count` changes of tempo, a part of them ramps, and as many of time signature.
inline piece day_of_music(int count, double ramps) {
  jamnet::random_source random{1};
  piece music;
  for (int i = 0; i < count; ++i) {
    const double bpm = static_cast<double>(20'000 + random.next() % 280'000) / 1'000;
    const double seconds = 86'400.0 / count * random.uniform(0.5, 1.5);
    music.tempi.push_back({music.end, bpm, random.uniform() < ramps});
    music.signatures.push_back({music.end, {static_cast<std::uint8_t>(2 + random.next() % 6), 8}});
    music.end.count += static_cast<std::int64_t>(seconds * bpm / 60 * 960);
  }
  return music;
}

/// What most programs have: seconds and seconds a tick in doubles, a binary search. No ramps.
class double_map {
public:
  explicit double_map(const piece& music) {
    for (const auto& [at, bpm, ramp] : music.tempi) {
      const auto tick = static_cast<double>(at.count);
      const double seconds = points_.empty()
                                 ? 0
                                 : points_.back().seconds +
                                       (tick - points_.back().tick) * points_.back().seconds_a_tick;
      points_.push_back({tick, seconds, 60 / bpm / 960});
    }
  }
  double seconds_at(std::int64_t tick) const {
    const point& from = last(&point::tick, static_cast<double>(tick));
    return from.seconds + (static_cast<double>(tick) - from.tick) * from.seconds_a_tick;
  }
  double tick_at(double seconds) const {
    const point& from = last(&point::seconds, seconds);
    return from.tick + (seconds - from.seconds) / from.seconds_a_tick;
  }

private:
  struct point {
    double tick, seconds, seconds_a_tick;
  };
  const point& last(double point::* key, double x) const {
    const auto after = std::upper_bound(points_.begin(), points_.end(), x,
                                        [key](double v, const point& p) { return v < p.*key; });
    return after == points_.begin() ? *after : after[-1];
  }
  std::vector<point> points_;
};

} // namespace jamnet_bench
