// SPDX-License-Identifier: MIT
//
// The clock of a simulated machine: a manual_clock that follows the simulation's true time by
// itself. It catches up when it is read, so that a thousand clocks at which nobody looks cost
// nothing, and whoever reads several at one moment compares them at one moment.
#pragma once

#include <jamnet/testing/manual_clock.hpp>

namespace jamnet::inline v0::testing {

/// The simulation's own timeline, which no clock in it shows exactly.
using sim_time = time_on<struct sim_timeline>;

/// Copies share one time, and outlive the machine, but not `truth`.
class sim_clock {
public:
  /// Starts at `truth`, which moves on. [one-thread] [allocates] O(1)
  sim_clock(const sim_time& truth, const clock_drift& drift, host_time start)
      : clock_{drift, start},
        truth_{&truth},
        born_{truth} {}

  /// What it shows at this moment of true time. [one-thread] [rt-safe] O(passed / 10 ms)
  [[nodiscard]] host_time now() const noexcept { return present().now(); }
  /// The rate error at this moment, in ppm. [one-thread] [rt-safe] O(passed / 10 ms)
  [[nodiscard]] double skew_ppm() const noexcept { return present().skew_ppm(); }
  /// Whether it was stopped. [one-thread] [rt-safe] O(1)
  [[nodiscard]] bool stands() const noexcept { return clock_.stands(); }

  // What happens to real clocks; see manual_clock. [one-thread] [rt-safe] O(passed / 10 ms)

  void set_skew_ppm(double skew_ppm) noexcept { present().set_skew_ppm(skew_ppm); }
  void step(nanoseconds by) noexcept { present().step(by); }
  void stop() noexcept { present().stop(); }
  void start() noexcept { present().start(); }

private:
  manual_clock& present() const noexcept {
    clock_.advance(*truth_ - born_ - clock_.elapsed());
    return clock_;
  }

  mutable manual_clock clock_;
  const sim_time* truth_;
  sim_time born_;
};
static_assert(clock_source<sim_clock>);

} // namespace jamnet::inline v0::testing
