// SPDX-License-Identifier: MIT
//
// The clock_source to use when no audio or GPU timebase offers a better one.
//
// Not std::chrono::steady_clock: on Linux and macOS NTP changes its rate while we measure it
// against other clocks. The raw monotonic clock runs at its oscillator's own, steady rate.
#pragma once

#include <ctime>

#include <jamnet/time/clock_source.hpp>

namespace jamnet::inline v0 {

struct steady_source {
  /// Time since an arbitrary origin (boot, as a rule). [any-thread] [rt-safe] O(1)
  [[nodiscard]] host_time now() const noexcept {
#if defined(CLOCK_MONOTONIC_RAW)
    std::timespec t{}; // a vDSO read on Linux: no system call where the TSC is stable
    ::clock_gettime(CLOCK_MONOTONIC_RAW, &t);
    return host_time{std::chrono::seconds{t.tv_sec} + nanoseconds{t.tv_nsec}};
#else
    return host_time{std::chrono::steady_clock::now().time_since_epoch()};
#endif
  }
};
static_assert(clock_source<steady_source>);

} // namespace jamnet::inline v0
