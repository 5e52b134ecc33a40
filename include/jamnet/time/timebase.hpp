// SPDX-License-Identifier: MIT
//
// A device with a clock of its own that we can only look at: a GPU's counter, an audio interface.
//
// A look takes time, and nobody knows at which moment of it the counter was read. So a reading
// does not claim one moment but an interval: the counter showed `ticks` somewhere within
// `host ± uncertainty`. That much is certain, and all that sync/tick_estimator.hpp builds on. Where
// a device tells its time by itself, as by callbacks that may be late, nothing is certain.
#pragma once

#include <concepts>
#include <cstdint>

#include <jamnet/core/result.hpp>
#include <jamnet/time/timeline.hpp>

namespace jamnet::inline v0 {

/// A counter that starts anywhere, counts up, and begins again at 0 after its last valid bit.
struct tick_format {
  double period_ns = 1;     ///< how long a tick is said to last, above 0
  unsigned valid_bits = 64; ///< 8 to 64

  friend constexpr bool operator==(const tick_format&, const tick_format&) = default;

  /// The greatest count. [any-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr std::uint64_t mask() const noexcept {
    return ~std::uint64_t{0} >> (64 - valid_bits);
  }
  /// How many ticks `later` comes after `earlier`, if it is less than half a turn of the counter
  /// in either direction. [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] constexpr std::int64_t between(std::uint64_t earlier,
                                               std::uint64_t later) const noexcept {
    const unsigned unused = 64 - valid_bits; // shifted out, so that the sign is where it belongs
    return static_cast<std::int64_t>((later - earlier) << unused) >> unused;
  }
};

struct timebase_reading {
  std::uint64_t ticks = 0;   ///< what the counter showed: valid bits only
  host_time host{};          ///< the middle of the time it may have been …
  nanoseconds uncertainty{}; ///< … and half of that time
  bool certain = true;       ///< or, without this, one sigma of it, and rather too late than early
  bool anew = false;         ///< the device says itself that its counter jumped since the last one
};

/// A type whose read() looks at the device once. It may take as long as the device does, and fails
/// with device_lost, or another code of its own, while there is nothing to look at. The same
/// reading twice says that nothing new was seen. [one-thread]
template <class T>
concept timebase = std::movable<T> && requires(T& device, const T& same) {
  { device.read() } noexcept -> std::same_as<result<timebase_reading>>;
  { same.format() } noexcept -> std::same_as<tick_format>;
};

} // namespace jamnet::inline v0
