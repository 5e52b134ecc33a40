// SPDX-License-Identifier: MIT
//
// A tick_map in whole numbers: the same to the last bit wherever it is worked out, on a GPU too,
// which need not have doubles.
//
// Left as it is, it takes nanoseconds for ticks: for who has times, and no counter.
#pragma once

#include <cstdint>
#include <limits>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/config.hpp>
#include <jamnet/time/detail/exact_time.hpp>
#include <jamnet/time/tick_map.hpp>

namespace jamnet::inline v0 {

template <class To>
struct exact_tick_map {
  std::uint64_t from = 0;      ///< the anchor, a count …
  time_on<To> to{};            ///< … and its image …
  std::uint64_t to_part = 0;   ///< … and 2^-64 of a nanosecond
  std::uint32_t tick = 1;      ///< how long a tick lasts on `To`, in whole nanoseconds …
  std::uint64_t tick_part = 0; ///< … and 2^-64 of one
  std::int64_t farthest = std::numeric_limits<std::int64_t>::max(); ///< from the anchor, in ticks
  unsigned valid_bits = 64;

  /// The same map to a nanosecond, as long as that one's doubles count them: 52 days either way of
  /// the anchor. Expects an image within 73 years, and ticks of less than four seconds.
  /// [any-thread] [rt-safe] O(1)
  [[nodiscard]] static constexpr exact_tick_map of(const tick_map<To>& map) noexcept {
    constexpr double most = 0x1p61;
    JAMNET_EXPECTS(map.tick_ns > 0 && map.tick_ns < 4e9);
    JAMNET_EXPECTS(magnitude(static_cast<double>(map.to.time_since_epoch().count())) <= most);
    const auto tick = detail::exact_time::from(map.tick_ns);
    const auto rest = detail::exact_time::from(magnitude(map.residual));
    const auto to = detail::exact_time{map.to.time_since_epoch().count(), 0} +
                    (map.residual < 0 ? -rest : rest);
    return {map.from,      time_on<To>{nanoseconds{to.ns}},
            to.part,       static_cast<std::uint32_t>(tick.ns),
            tick.part,     static_cast<std::int64_t>(std::min(most / map.tick_ns, most)),
            map.valid_bits};
  }

  /// When the counter showed `ticks`, of all times the one nearest to the anchor; what is farther
  /// away than `farthest` counts as that. [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] constexpr time_on<To> operator()(std::uint64_t ticks) const noexcept {
    const std::int64_t away = tick_format{1, valid_bits}.between(from, ticks);
    const detail::exact_time length{static_cast<std::int64_t>(tick), tick_part};
    const detail::exact_time anchor{to.time_since_epoch().count(), to_part};
    return time_on<To>{
        nanoseconds{(anchor + length * std::clamp(away, -farthest, farthest)).nearest()}};
  }
};

} // namespace jamnet::inline v0
