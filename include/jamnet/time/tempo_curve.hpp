// SPDX-License-Identifier: MIT
//
// When a tick sounds, and which tick sounds when, while the tempo changes.
//
// At a constant tempo a tick takes a whole number of 2^-64 ns, so that times are sums and products
// of integers: exact on every machine, and after days as good as in the first bar. A ramp is linear
// in time, not in beats: it feels like steady acceleration, it ends at the very moment at which its
// mean tempo would get there, so nothing that follows inherits an error, and it needs no logarithm,
// which each machine rounds in its own way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <jamnet/core/result.hpp>
#include <jamnet/time/detail/exact_time.hpp>
#include <jamnet/time/detail/sorted_keys.hpp>
#include <jamnet/time/ticks.hpp>
#include <jamnet/time/timeline.hpp>

namespace jamnet::inline v0 {

struct tempo_change {
  ticks at{};
  double bpm = 120;  ///< quarter notes a minute from there on, 1 to 999, to the last bit
  bool ramp = false; ///< moves steadily to the tempo of the next change, if there is one
};

/// Times count from position 0. Before it the first tempo holds too. What lies beyond 73 years
/// counts as 73 years. Every function is [any-thread] [rt-safe] O(log changes) but for make().
class tempo_curve {
public:
  /// 120 quarter notes a minute. [any-thread] [allocates] O(1)
  explicit tempo_curve(std::uint32_t ppq = default_ppq) : ppq_{ppq} {
    JAMNET_EXPECTS(ppq >= 1 && ppq <= 32'767);
    append(0, {}, 120), make_index();
  }
  /// The tempo is 120 until the first change. Fails with tempo_range, change_order, or
  /// position_range for a change later than 104 days; ppq_range. The detail is the change's index.
  /// [any-thread] [allocates] O(changes)
  static result<tempo_curve> make(std::span<const tempo_change> changes,
                                  std::uint32_t ppq = default_ppq);

  /// When a tick sounds, to the nearest nanosecond.
  [[nodiscard]] nanoseconds time_at(ticks t) const noexcept {
    return nanoseconds{moment_at(t).nearest()};
  }
  /// The last tick for which time_at() is not later: tick_at(time_at(t)) == t.
  [[nodiscard]] ticks tick_at(nanoseconds time) const noexcept;

  /// In which frame a tick sounds, to the nearest. Expects a rate of 1 to 10 million Hz.
  [[nodiscard]] std::int64_t frame_at(ticks t, std::uint32_t rate) const noexcept {
    JAMNET_EXPECTS(rate >= 1 && rate <= 10'000'000);
    return detail::frame_of(moment_at(t), rate);
  }
  /// The last tick for which frame_at() is not later: tick_at_frame(frame_at(t)) == t wherever
  /// ticks are longer than frames. Expects a rate of 1 to 10 million Hz.
  [[nodiscard]] ticks tick_at_frame(std::int64_t frame, std::uint32_t rate) const noexcept;

  /// Quarter notes a minute.
  [[nodiscard]] double bpm_at(ticks t) const noexcept;
  [[nodiscard]] std::uint32_t ppq() const noexcept { return ppq_; }

private:
  using exact_time = detail::exact_time;

  struct segment {
    std::int64_t at;         // its first tick
    exact_time time;         // when that sounds
    exact_time length;       // of a tick, at the tempo it begins with
    std::int64_t reach;      // so many ticks are within 2^62 ns
    double bpm;              // it begins with
    double speed;            // the same in ticks a nanosecond
    double acceleration = 0; // ticks a nanosecond, a nanosecond
  };

  static constexpr std::int64_t end_of_time = std::int64_t{1} << 61; // 73 years
  static constexpr std::int64_t near_ns = std::int64_t{1} << 50;     // 13 days, and …
  static constexpr std::int64_t near_ticks = std::int64_t{1} << 30; // … how far doubles are trusted
  static constexpr std::int64_t last_change = std::int64_t{1} << 53; // a double has each nanosecond

  static std::int64_t reach_of(exact_time length) noexcept { return 2 * end_of_time / length.ns; }
  static std::int64_t limit(std::int64_t x, std::int64_t low, std::int64_t high) noexcept {
    return x < low ? low : x > high ? high : x;
  }
  // A tick's length at the mean of two tempi; 2^53 times a tempo is a whole number.
  exact_time length_at(double bpm, double other) const noexcept {
    const auto whole = [](double tempo) { return static_cast<std::uint64_t>(tempo * 0x1p53); };
    return detail::tick_length((whole(bpm) + whole(other)) / 2, ppq_);
  }
  double speed_at(double bpm) const noexcept { return bpm * ppq_ / 60e9; }
  void append(std::int64_t at, exact_time time, double bpm) {
    const exact_time length = length_at(bpm, bpm);
    segments_.push_back({at, time, length, reach_of(length), bpm, speed_at(bpm)});
  }
  void make_index();
  bool try_append(const tempo_change& change, bool end_of_ramp);

  // The speed after so many ticks of a ramp, by Torricelli: v^2 = v0^2 + 2 a s.
  static double speed_after(const segment& s, std::int64_t count) noexcept {
    return square_root(s.speed * s.speed + 2 * s.acceleration * static_cast<double>(count));
  }
  static exact_time moment(const segment& s, std::int64_t tick) noexcept {
    const std::int64_t count = limit(tick, s.at - s.reach, s.at + s.reach) - s.at;
    if (s.acceleration == 0 || count < 0) return s.time + s.length * count;
    const double mean_speed = (s.speed + speed_after(s, count)) / 2;
    return s.time + exact_time::from(static_cast<double>(count) / mean_speed);
  }
  exact_time moment_at(ticks t) const noexcept {
    return moment(segments_[starts_.last_up_to(t.count)], t.count);
  }
  std::int64_t end_of(std::size_t i) const noexcept {
    const segment& s = segments_[i];
    return i + 1 < segments_.size() ? (&s)[1].at : s.at + s.reach + 1;
  }
  template <class Round>
  ticks last_tick(std::int64_t near, std::int64_t x, Round round) const noexcept;

  std::uint32_t ppq_;
  std::vector<segment> segments_;      // the first begins at 0
  detail::sorted_keys starts_, times_; // their ticks and nanoseconds
};

// The last tick whose moment rounds to x or less; it sounds near the nanosecond `near`.
template <class Round>
ticks tempo_curve::last_tick(std::int64_t near, std::int64_t x, Round round) const noexcept {
  std::size_t i = times_.last_up_to(near);
  const auto progress = [&] { // in ticks, and all but exactly
    const segment& s = segments_[i];
    const auto time = static_cast<double>(near - times_[i]) + 0.5;
    return time * (s.speed + (time > 0 ? s.acceleration / 2 * time : 0));
  };
  // Most times are well within a tick, and that within a segment: where these numbers are less than
  // a thousandth of a tick off, that is all there is to know.
  const double made = progress();
  const auto whole = static_cast<std::int64_t>(made);
  const double rest = made - static_cast<double>(whole);
  if (rest > 1e-3 && rest < 1 - 1e-3 && whole > 0 && whole < near_ticks && near < near_ns &&
      segments_[i].at + whole < end_of(i) - 1)
    return {segments_[i].at + whole};

  while (i + 1 < segments_.size() && round(segments_[i + 1].time) <= x) ++i;
  while (i > 0 && round(segments_[i].time) > x) --i;
  const segment& s = segments_[i];
  const std::int64_t low = i > 0 ? s.at : s.at - s.reach, high = end_of(i) - 1;
  std::int64_t tick = limit(s.at + static_cast<std::int64_t>(progress()), low, high);
  // That may miss by a tick, which the exact times tell.
  while (tick > low && round(moment(s, tick)) > x) --tick;
  while (tick < high && round(moment(s, tick + 1)) <= x) ++tick;
  return {tick};
}

inline ticks tempo_curve::tick_at(nanoseconds time) const noexcept {
  const std::int64_t x = limit(time.count(), -end_of_time, end_of_time);
  return last_tick(x, x, [](exact_time t) { return t.nearest(); });
}

inline ticks tempo_curve::tick_at_frame(std::int64_t frame, std::uint32_t rate) const noexcept {
  JAMNET_EXPECTS(rate >= 1 && rate <= 10'000'000);
  const std::int64_t end = end_of_time / 1'000'000'000 * rate;
  const std::int64_t x = limit(frame, -end, end);
  const double half_later = (static_cast<double>(x) + 0.5) * (1e9 / rate);
  return last_tick(static_cast<std::int64_t>(half_later), x,
                   [rate](exact_time t) { return detail::frame_of(t, rate); });
}

inline double tempo_curve::bpm_at(ticks t) const noexcept {
  const segment& s = segments_[starts_.last_up_to(t.count)];
  if (s.acceleration == 0 || t.count <= s.at) return s.bpm;
  return speed_after(s, t.count - s.at) * 60e9 / ppq_;
}

inline result<tempo_curve> tempo_curve::make(std::span<const tempo_change> changes,
                                             std::uint32_t ppq) {
  if (ppq < 1 || ppq > 32'767) return failure{errc::ppq_range, ppq};
  tempo_curve curve{ppq};
  tempo_change before{.at = {-1}};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const tempo_change& change = changes[i];
    const auto index = static_cast<std::uint32_t>(i);
    if (!(change.bpm >= 1 && change.bpm <= 999)) return failure{errc::tempo_range, index};
    if (change.at <= before.at) return failure{errc::change_order, index};
    if (!curve.try_append(change, before.ramp)) return failure{errc::position_range, index};
    before = change;
  }
  curve.make_index();
  return curve;
}

inline void tempo_curve::make_index() {
  std::vector<std::int64_t> starts, times;
  for (const segment& s : segments_) starts.push_back(s.at), times.push_back(s.time.nearest());
  starts_ = detail::sorted_keys{std::move(starts)};
  times_ = detail::sorted_keys{std::move(times)};
}

inline bool tempo_curve::try_append(const tempo_change& change, bool end_of_ramp) {
  segment& last = segments_.back();
  const std::int64_t count = change.at.count - last.at;
  const bool ramp = end_of_ramp && change.bpm != last.bpm;
  const exact_time length = ramp ? length_at(last.bpm, change.bpm) : last.length;
  if (count > reach_of(length)) return false;
  const exact_time time = last.time + length * count;
  if (time.ns > last_change) return false;
  if (count == 0) {
    segments_.clear();
  } else if (ramp) {
    const double speed = speed_at(change.bpm);
    last.acceleration =
        (speed - last.speed) * (speed + last.speed) / (2 * static_cast<double>(count));
  } else if (change.bpm == last.bpm && !change.ramp) {
    return true;
  }
  append(change.at.count, time, change.bpm);
  return true;
}

} // namespace jamnet::inline v0
