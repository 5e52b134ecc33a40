// SPDX-License-Identifier: MIT
//
// How long events took lately, as counts in steps of 1/16 octave: which delay did all but a few
// of them keep within?
//
// A quantile far out in the tail needs thousands of delays, too many to keep and to sort. The
// steps are right to 6 %, from 17 µs to 2.2 s, in 1 KiB. A window is kept as two halves, so that
// a bad time is forgotten as a whole: counts that fade would remember it for much longer.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/time/timeline.hpp>

namespace jamnet::inline v0 {

class delay_histogram {
public:
  static constexpr std::size_t fineness = 16; ///< steps in an octave
  static constexpr std::size_t steps = fineness * 17;

  /// The step of a delay. What is below the first counts as the first, what is beyond the last as
  /// the last. [any-thread] [rt-safe] O(1)
  [[nodiscard]] static constexpr std::size_t step(nanoseconds delay) noexcept {
    const auto inside = std::clamp(delay, nanoseconds{1}, upper_edge(steps - 1));
    const auto units = static_cast<std::uint64_t>(inside.count() - 1) >> unit_bits;
    if (units < fineness) return 0;
    const auto octave = static_cast<std::size_t>(std::bit_width(units)) - 5; // of 16 … 31: 0
    return octave * fineness + static_cast<std::size_t>(units >> octave) - fineness;
  }
  /// The longest delay of a step. [any-thread] [rt-safe] O(1)
  [[nodiscard]] static constexpr nanoseconds upper_edge(std::size_t step) noexcept {
    const auto sixteenths = static_cast<std::int64_t>(fineness + step % fineness + 1);
    return nanoseconds{sixteenths << (step / fineness + unit_bits)};
  }

  /// Remembers the last `window` delays, or down to half as many: 2 to 131,070.
  /// [one-thread] [rt-safe] O(1)
  explicit constexpr delay_histogram(std::uint32_t window) noexcept
      : half_{std::clamp<std::uint32_t>(window / 2, 1, 65'535)} {}

  /// Takes a delay in. [one-thread] [rt-safe] O(1), once a half window O(steps)
  constexpr void add(nanoseconds delay) noexcept {
    if (now_.total == half_) {
      before_ = now_;
      now_ = {};
    }
    ++now_.counts[step(delay)];
    ++now_.total;
  }

  /// How many delays it remembers. [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr std::uint32_t size() const noexcept { return now_.total + before_.total; }

  /// The least step that at most `few` of the delays lie above. [one-thread] [rt-safe] O(steps)
  [[nodiscard]] constexpr std::size_t all_but(std::uint32_t few) const noexcept {
    std::uint32_t above = 0;
    std::size_t i = steps - 1;
    for (; i > 0; --i) {
      above += std::uint32_t{now_.counts[i]} + before_.counts[i];
      if (above > few) break;
    }
    return i;
  }

private:
  static constexpr std::size_t unit_bits = 10; // the first step ends at 17 · 1024 ns

  struct half {
    std::array<std::uint16_t, steps> counts{};
    std::uint32_t total = 0;
  };
  half now_, before_;
  std::uint32_t half_;
};

} // namespace jamnet::inline v0
