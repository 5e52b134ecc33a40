// SPDX-License-Identifier: MIT
//
// Which bar and beat a tick belongs to, and where the next bar, beat or any other line is.
//
// A change of time signature begins a bar; one in the middle of a bar cuts that bar short, and it
// still counts. So every change that a file or a peer may bring has a meaning, and a pick-up of one
// beat is a signature of 1/4 before the first whole bar. Before position 0 bars go on backwards in
// the first signature.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <jamnet/core/result.hpp>
#include <jamnet/time/detail/sorted_keys.hpp>
#include <jamnet/time/musical_position.hpp>
#include <jamnet/time/ticks.hpp>
#include <jamnet/time/time_signature.hpp>

namespace jamnet::inline v0 {

struct meter_change {
  ticks at{};
  time_signature signature{};
};

/// Every function is [any-thread] [rt-safe] O(log changes) but for make(). What lies beyond 2^53
/// ticks counts as 2^53.
class meter_map {
public:
  /// Four quarters to the bar. Expects a number of ticks in a quarter note that make() takes.
  /// [any-thread] [allocates] O(1)
  explicit meter_map(std::uint32_t ppq = default_ppq) : ppq_{ppq} {
    JAMNET_EXPECTS(ppq >= 1 && ppq <= 32'767);
    append(0, 1, {}), make_index();
  }
  /// The signature is 4/4 until the first change. Fails with signature_range, also where a beat
  /// would not be whole ticks; change_order; position_range for a change beyond 2^53 ticks;
  /// ppq_range. The detail is the change's index. [any-thread] [allocates] O(changes)
  static result<meter_map> make(std::span<const meter_change> changes,
                                std::uint32_t ppq = default_ppq);

  [[nodiscard]] musical_position position_at(ticks t) const noexcept;
  /// The way back. Fails with position_range where there is no such bar, beat or tick; the detail
  /// says which: 0, 1 or 2.
  [[nodiscard]] result<ticks> ticks_at(const musical_position& position) const noexcept;
  [[nodiscard]] time_signature signature_at(ticks t) const noexcept {
    return segment_at(t.count).signature;
  }

  /// The first bar line, beat, or whole number of `step` from its bar line, at or after a tick. The
  /// lines of steps begin anew at every bar. Expects a step of at least 1.
  [[nodiscard]] ticks next_bar(ticks t) const noexcept { return next(t, whole_bar); }
  [[nodiscard]] ticks next_beat(ticks t) const noexcept { return next(t, one_beat); }
  [[nodiscard]] ticks next_step(ticks t, ticks step) const noexcept {
    return JAMNET_EXPECTS(step.count >= 1), next(t, step.count);
  }

  /// The same, but the nearest; the later one in between. Expects a step of at least 1.
  [[nodiscard]] ticks nearest_bar(ticks t) const noexcept { return closest(t, whole_bar); }
  [[nodiscard]] ticks nearest_beat(ticks t) const noexcept { return closest(t, one_beat); }
  [[nodiscard]] ticks nearest_step(ticks t, ticks step) const noexcept {
    return JAMNET_EXPECTS(step.count >= 1), closest(t, step.count);
  }

  [[nodiscard]] std::uint32_t ppq() const noexcept { return ppq_; }

private:
  struct segment {
    std::int64_t at, bar; // its first tick, and the number of the bar which that begins
    std::int64_t bar_ticks, beat_ticks;
    time_signature signature;
  };
  struct place {
    std::int64_t bar, from, to; // the bar's number, and its ticks
    const segment* in;
  };
  static constexpr std::int64_t farthest = std::int64_t{1} << 53;
  static constexpr std::int64_t whole_bar = INT64_MAX, one_beat = 0; // steps of their own

  static std::int64_t limit(ticks t) noexcept {
    return t.count < -farthest ? -farthest : t.count > farthest ? farthest : t.count;
  }
  void append(std::int64_t at, std::int64_t bar, time_signature signature) {
    const std::int64_t beat = 4 * std::int64_t{ppq_} / signature.denominator;
    segments_.push_back({at, bar, beat * signature.numerator, beat, signature});
  }
  void make_index();
  const segment& segment_at(std::int64_t tick) const noexcept {
    return segments_[starts_.last_up_to(tick)];
  }
  // Where a bar that begins there ends: at the next change, if that comes first.
  std::int64_t bar_end(const segment& s, std::int64_t from) const noexcept {
    const std::int64_t end = from + s.bar_ticks;
    const bool last = &s == &segments_.back();
    return !last && (&s)[1].at < end ? (&s)[1].at : end;
  }
  place bar_around(std::int64_t tick) const noexcept { return bar_in(segment_at(tick), tick); }
  place bar_in(const segment& s, std::int64_t tick) const noexcept {
    const std::int64_t bars = floor_quotient(tick - s.at, s.bar_ticks);
    const std::int64_t from = s.at + bars * s.bar_ticks;
    return {s.bar + bars, from, bar_end(s, from), &s};
  }
  static std::int64_t floor_quotient(std::int64_t a, std::int64_t b) noexcept {
    if ((a | b) >> 32 == 0) // sooner divided than 64 bits
      return static_cast<std::uint32_t>(a) / static_cast<std::uint32_t>(b);
    return a / b - (a % b < 0 ? 1 : 0);
  }

  struct cell {
    std::int64_t from, to; // two neighbouring lines, `from` not after the tick
  };
  cell cell_around(std::int64_t tick, std::int64_t step) const noexcept {
    const place bar = bar_around(tick);
    if (step == whole_bar) return {bar.from, bar.to};
    if (step == one_beat) step = bar.in->beat_ticks;
    const std::int64_t from = tick - (tick - bar.from) % step;
    return {from, bar.to - from < step ? bar.to : from + step};
  }
  ticks next(ticks t, std::int64_t step) const noexcept {
    const std::int64_t tick = limit(t);
    const auto [from, to] = cell_around(tick, step);
    return {tick == from ? from : to};
  }
  ticks closest(ticks t, std::int64_t step) const noexcept {
    const std::int64_t tick = limit(t);
    const auto [from, to] = cell_around(tick, step);
    return {tick - from < to - tick ? from : to};
  }

  std::uint32_t ppq_;
  std::vector<segment> segments_; // the first begins at 0
  detail::sorted_keys starts_, bars_;
};

inline musical_position meter_map::position_at(ticks t) const noexcept {
  const std::int64_t tick = limit(t);
  const place bar = bar_around(tick);
  // A bar has less than 2^25 of them.
  const auto in_bar = static_cast<std::uint32_t>(tick - bar.from);
  const auto beat = static_cast<std::uint32_t>(bar.in->beat_ticks);
  return {bar.bar, in_bar / beat + 1, in_bar % beat};
}

inline result<ticks> meter_map::ticks_at(const musical_position& position) const noexcept {
  const auto none = [](std::uint32_t field) { return failure{errc::position_range, field}; };
  const segment& s = segments_[bars_.last_up_to(position.bar)];
  const std::int64_t most = farthest / s.bar_ticks;
  if (position.bar < s.bar - most || position.bar > s.bar + most) return none(0);
  if (position.beat < 1 || position.beat > s.signature.numerator) return none(1);
  if (position.tick >= s.beat_ticks) return none(2);
  const std::int64_t from = s.at + (position.bar - s.bar) * s.bar_ticks;
  const std::int64_t tick = from + (position.beat - 1) * s.beat_ticks + position.tick;
  if (tick >= bar_end(s, from)) return none(1); // the bar was cut short before it
  return ticks{tick};
}

inline result<meter_map> meter_map::make(std::span<const meter_change> changes, std::uint32_t ppq) {
  if (ppq < 1 || ppq > 32'767) return failure{errc::ppq_range, ppq};
  meter_map map{ppq};
  std::int64_t before = -1;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const auto [at, signature] = changes[i];
    const auto index = static_cast<std::uint32_t>(i);
    if (!signature.valid() || 4 * ppq % signature.denominator != 0)
      return failure{errc::signature_range, index};
    if (at.count <= before) return failure{errc::change_order, index};
    if (at.count > farthest) return failure{errc::position_range, index};
    before = at.count;
    const place bar = map.bar_in(map.segments_.back(), at.count);
    if (at.count == 0) map.segments_.clear();
    if (at.count == 0 || at.count != bar.from || signature != bar.in->signature)
      map.append(at.count, bar.bar + (at.count != bar.from ? 1 : 0), signature);
  }
  map.make_index();
  return map;
}

inline void meter_map::make_index() {
  std::vector<std::int64_t> starts, bars;
  for (const segment& s : segments_) starts.push_back(s.at), bars.push_back(s.bar);
  starts_ = detail::sorted_keys{std::move(starts)};
  bars_ = detail::sorted_keys{std::move(bars)};
}

} // namespace jamnet::inline v0
