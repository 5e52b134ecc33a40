// SPDX-License-Identifier: MIT
//
// When a tick of a Standard MIDI File sounds, and which tick sounds when.
//
// A tick is a rational number of nanoseconds. Each tempo change keeps the exact remainder of its
// own moment, so hours of changes accumulate no error, and a split multiplication keeps it all in
// 64 bits. Times beyond 292 years, which only a hostile file has, saturate.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <jamnet/core/config.hpp>
#include <jamnet/time/timeline.hpp>

namespace jamnet::inline v0 {

/// What a tick is: a part of a quarter note, or a part of an SMPTE frame.
struct smf_division {
  std::uint16_t ticks = 480; ///< in a quarter note, or in a frame; not 0
  std::uint8_t frames = 0;   ///< a second: 24, 25, 29 (which is 29.97) or 30; 0: quarter notes

  friend constexpr bool operator==(const smf_division&, const smf_division&) = default;
};

class smf_tempo_map {
public:
  static constexpr std::uint32_t default_tempo = 500'000; // 120 quarter notes a minute

  struct point {
    std::uint64_t tick;
    std::uint32_t tempo; ///< microseconds in a quarter note from this tick on
    std::uint64_t time;  ///< nanoseconds, rounded down
    std::uint64_t rest;  // what was rounded off, in parts of a nanosecond
  };

  /// A map without tempo changes. Expects a division a file may have. [allocates] O(1)
  explicit smf_tempo_map(smf_division division = {});

  /// The tempo from a tick on, in microseconds for a quarter note. A tempo of 0 means nothing and
  /// is ignored, as is any tempo where ticks are parts of a frame. Expects the changes in the order
  /// of their ticks; of several at one tick the last counts. [one-thread] [allocates] O(1)
  void set_tempo(std::uint64_t tick, std::uint32_t tempo);

  /// The nanosecond in which a tick begins. [any-thread] [rt-safe] O(log changes)
  [[nodiscard]] nanoseconds time_at(std::uint64_t tick) const noexcept;
  /// The last tick that has begun by then, 0 for times before the first: the inverse of time_at
  /// wherever ticks are a nanosecond long or longer. [any-thread] [rt-safe] O(log changes)
  [[nodiscard]] std::uint64_t tick_at(nanoseconds time) const noexcept;

  /// The tempo changes, the first at tick 0. [any-thread] [rt-safe] O(1)
  [[nodiscard]] std::span<const point> points() const noexcept { return points_; }

private:
  struct quotient {
    std::uint64_t whole, rest;
  };
  static constexpr std::uint64_t end_of_time = ~std::uint64_t{0} >> 1;

  // (value * by + carry) / over without a wider product than by * over; saturates.
  static constexpr quotient scale(std::uint64_t value, std::uint64_t by, std::uint64_t over,
                                  std::uint64_t carry) noexcept {
    const auto rest = value % over * by + carry;
    if (value / over > (end_of_time - rest / over) / by) return {end_of_time, 0};
    return {value / over * by + rest / over, rest % over};
  }
  // One tick is tick_length(p) / parts_ nanoseconds.
  std::uint64_t tick_length(const point& p) const noexcept {
    return tick_length_ != 0 ? tick_length_ : std::uint64_t{p.tempo} * 1000;
  }
  quotient moment(const point& from, std::uint64_t tick) const noexcept {
    const auto [whole, rest] = scale(tick - from.tick, tick_length(from), parts_, from.rest);
    if (whole > end_of_time - from.time) return {end_of_time, 0};
    return {from.time + whole, rest};
  }

  // The last point whose tick, or time, is not beyond a value.
  const point& last_point(std::uint64_t point::* key, std::uint64_t value) const noexcept {
    std::size_t low = 0, high = points_.size();
    while (high - low > 1) {
      const auto middle = low + (high - low) / 2;
      (points_[middle].*key <= value ? low : high) = middle;
    }
    return points_[low];
  }

  std::uint64_t parts_;           // of a nanosecond
  std::uint64_t tick_length_ = 0; // where no tempo changes it
  std::vector<point> points_{{0, default_tempo, 0, 0}};
};

inline smf_tempo_map::smf_tempo_map(smf_division division) : parts_{division.ticks} {
  const unsigned frames = division.frames;
  JAMNET_EXPECTS(division.ticks != 0 && (frames == 0 || division.ticks < 256));
  JAMNET_EXPECTS(frames == 0 || frames == 24 || frames == 25 || frames == 29 || frames == 30);
  if (frames == 0) return;
  // 29.97 is 30 frames in 1.001 seconds.
  parts_ *= frames == 29 ? 30'000 : frames;
  tick_length_ = (frames == 29 ? 1001u : 1u) * std::uint64_t{1'000'000'000};
}

inline void smf_tempo_map::set_tempo(std::uint64_t tick, std::uint32_t tempo) {
  auto& last = points_.back();
  JAMNET_EXPECTS(tick >= last.tick);
  if (tempo == 0 || tempo == last.tempo || tick_length_ != 0) return;
  if (tick == last.tick) {
    last.tempo = tempo;
  } else {
    const auto [time, rest] = moment(last, tick);
    points_.push_back({tick, tempo, time, rest});
  }
}

inline nanoseconds smf_tempo_map::time_at(std::uint64_t tick) const noexcept {
  const auto& from = last_point(&point::tick, tick);
  return nanoseconds{static_cast<std::int64_t>(moment(from, tick).whole)};
}

inline std::uint64_t smf_tempo_map::tick_at(nanoseconds time) const noexcept {
  if (time < nanoseconds{0}) return 0;
  const auto t = static_cast<std::uint64_t>(time.count());
  const auto& from = last_point(&point::time, t);
  return from.tick + scale(t - from.time, parts_, tick_length(from), parts_ - 1 - from.rest).whole;
}

} // namespace jamnet::inline v0
