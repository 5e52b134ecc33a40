// SPDX-License-Identifier: MIT
//
// Quarter notes, to 2^-32 of one, and how far the music gets in how long at a steady tempo.
//
// For what must be the same on every peer and yet go on from anywhere, such as a transport whose
// tempo changes in the middle of a tick: 32 bits before the point and 32 behind, as a GPU can have
// them too, and nothing but integers in between.
#pragma once

#include <compare>
#include <cstdint>

#include <jamnet/core/config.hpp>
#include <jamnet/core/math.hpp>
#include <jamnet/time/detail/exact_time.hpp>
#include <jamnet/time/timeline.hpp>

namespace jamnet::inline v0 {

struct quarter_notes {
  std::int64_t parts = 0; ///< 2^-32 of a quarter note, 0.1 ns at 120 of them a minute

  static constexpr double most = 0x1p28; ///< as a position: half a year at 999 a minute

  /// The nearest; beyond `most`, `most`. Expects a number. [any-thread] [rt-safe] O(1)
  [[nodiscard]] static constexpr quarter_notes from(double count) noexcept {
    JAMNET_EXPECTS(count == count);
    return {nearest((count > most ? most : count < -most ? -most : count) * 0x1p32)};
  }
  /// Not quite exact from 2^21 on, where a double ends. [any-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr double count() const noexcept {
    return static_cast<double>(parts) * 0x1p-32;
  }

  friend constexpr auto operator<=>(const quarter_notes&, const quarter_notes&) = default;
  friend constexpr quarter_notes operator+(quarter_notes a, quarter_notes b) noexcept {
    return {a.parts + b.parts};
  }
  friend constexpr quarter_notes operator-(quarter_notes a, quarter_notes b) noexcept {
    return {a.parts - b.parts};
  }
};

class steady_tempo {
public:
  static constexpr nanoseconds longest{std::int64_t{1} << 53}; ///< 104 days

  /// Expects 1 to 999. [any-thread] [rt-safe] O(1)
  explicit constexpr steady_tempo(double bpm) noexcept : speed_{speed_of(bpm)} {
    JAMNET_EXPECTS(bpm >= 1 && bpm <= 999);
  }

  /// How far the music gets in a time, to the nearest part; more than `longest`, either way, counts
  /// as that. [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] constexpr quarter_notes in(nanoseconds time) const noexcept {
    const auto t = time > longest ? longest : time < -longest ? -longest : time;
    return {(speed_ * t.count()).nearest()};
  }
  /// The first nanosecond in which it has got so far: in(until(q)) >= q, and not one sooner. At
  /// most `longest`, either way. [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] constexpr nanoseconds until(quarter_notes q) const noexcept {
    const double speed =
        static_cast<double>(speed_.ns) + static_cast<double>(speed_.part) * 0x1p-64;
    const double guess = (static_cast<double>(q.parts) - 0.5) / speed;
    const auto end = static_cast<double>(longest.count());
    if (magnitude(guess) > end) return guess < 0 ? -longest : longest;
    nanoseconds time{static_cast<std::int64_t>(guess)};
    while (in(time) >= q && time > -longest) --time; // a double misses by some nanoseconds a year
    while (in(time) < q && time < longest) ++time;
    return time;
  }

  /// How many parts a nanosecond has: whole ones, and 2^-64 of one. For who works in() out
  /// elsewhere, as a GPU does.
  struct pace {
    std::uint32_t whole;
    std::uint64_t part;
  };
  /// [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] constexpr pace parts_per_ns() const noexcept {
    return {static_cast<std::uint32_t>(speed_.ns), speed_.part};
  }

private:
  // Parts a nanosecond, exact to 2^-64: 2^53 times a tempo is a whole number, of which this takes
  // 2^43 / 60e9, in steps that fit.
  static constexpr detail::exact_time speed_of(double bpm) noexcept {
    constexpr std::uint64_t minute = 60'000'000'000;
    const auto tempo = static_cast<std::uint64_t>(bpm * 0x1p53);
    const std::uint64_t high = tempo / minute, rest = tempo % minute;
    const std::uint64_t middle = (rest << 28) / minute, last = (rest << 28) % minute;
    return {static_cast<std::int64_t>(high >> 21),
            (high << 43) + (middle << 15) + (last << 15) / minute};
  }

  detail::exact_time speed_;
};

} // namespace jamnet::inline v0
