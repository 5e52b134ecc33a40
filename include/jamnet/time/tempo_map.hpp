// SPDX-License-Identifier: MIT
//
// The shape of a piece: its tempi and its time signatures, and between musical positions, time and
// frames every way there is.
//
//     const tempo_change tempi[]{{.bpm = 120}, {.at = ticks_in(64), .bpm = 96}};
//     const auto map = tempo_map::make(tempi, {});
//     to_text(map->position_at(now - downbeat)); // 017.01.000
//     downbeat + map->next_bar(now - downbeat + 200ms)
//
// A value: built once, which may allocate, and then only read. Times are what has passed since
// position 0, so that any timeline can say when that is.
#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include <jamnet/time/meter_map.hpp>
#include <jamnet/time/tempo_curve.hpp>

namespace jamnet::inline v0 {

/// Every function is [any-thread] [rt-safe] O(log changes) but for make().
class tempo_map {
public:
  /// 120 quarter notes a minute, four to the bar. Expects a `ppq` that make() takes.
  /// [any-thread] [allocates] O(1)
  explicit tempo_map(std::uint32_t ppq = default_ppq) : tempo_{ppq}, meter_{ppq} {}

  /// Fails as tempo_curve::make() and meter_map::make() do. [any-thread] [allocates] O(changes)
  static result<tempo_map> make(std::span<const tempo_change> tempi,
                                std::span<const meter_change> signatures,
                                std::uint32_t ppq = default_ppq) {
    auto tempo = tempo_curve::make(tempi, ppq);
    if (!tempo) return tempo.error();
    auto meter = meter_map::make(signatures, ppq);
    if (!meter) return meter.error();
    return tempo_map{*std::move(tempo), *std::move(meter)};
  }

  [[nodiscard]] const tempo_curve& tempo() const noexcept { return tempo_; }
  [[nodiscard]] const meter_map& meter() const noexcept { return meter_; }
  [[nodiscard]] std::uint32_t ppq() const noexcept { return tempo_.ppq(); }

  /// As tempo_curve has them.
  [[nodiscard]] nanoseconds time_at(ticks t) const noexcept { return tempo_.time_at(t); }
  [[nodiscard]] ticks tick_at(nanoseconds time) const noexcept { return tempo_.tick_at(time); }
  /// The first tick for which time_at() is not earlier.
  [[nodiscard]] ticks next_tick(nanoseconds time) const noexcept {
    constexpr nanoseconds one{1};
    return time > nanoseconds::min() ? tick_at(time - one) + ticks{1} : tick_at(time);
  }

  /// In which bar, beat and tick a time falls.
  [[nodiscard]] musical_position position_at(nanoseconds time) const noexcept {
    return meter_.position_at(tick_at(time));
  }
  /// When the first bar or beat begins that does not begin before a time.
  [[nodiscard]] nanoseconds next_bar(nanoseconds time) const noexcept {
    return time_at(meter_.next_bar(next_tick(time)));
  }
  [[nodiscard]] nanoseconds next_beat(nanoseconds time) const noexcept {
    return time_at(meter_.next_beat(next_tick(time)));
  }

private:
  tempo_map(tempo_curve tempo, meter_map meter) noexcept
      : tempo_{std::move(tempo)},
        meter_{std::move(meter)} {}

  tempo_curve tempo_;
  meter_map meter_;
};

} // namespace jamnet::inline v0
