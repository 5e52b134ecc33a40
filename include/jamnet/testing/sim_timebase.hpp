// SPDX-License-Identifier: MIT
//
// A simulated device with a clock: a counter of any tick and width, on an oscillator that errs as
// manual_clock's do, behind calls that take time and read the counter at some moment in between.
//
// It lives on the true time of a manual_clock, the host's, and moves that on by what its calls
// take. The counter never lies by itself; what can happen to it is here by name: it jumps, stands
// still, is lost, comes back from zero.
#pragma once

#include <cmath>
#include <cstdint>
#include <memory>

#include <jamnet/testing/manual_clock.hpp>
#include <jamnet/testing/noise.hpp>
#include <jamnet/time/timebase.hpp>

namespace jamnet::inline v0::testing {

struct sim_timebase_options {
  tick_format format{32, 64};
  clock_drift drift{.skew_ppm = 8, .wander_ppm = 0.002};
  std::uint64_t first_ticks = 1'000'000; ///< what the counter shows at the start
  double call_ns = 1500;                 ///< the median of what a call takes
  double call_spread = 0.25;             ///< sigma of its logarithm
  double slow_calls = 0.01;              ///< the part of calls that takes twenty times as long
  double earliest = 0;                   ///< the counter is read after this part of the call …
  double latest = 1;                     ///< … to this, which nobody is told
  std::uint64_t seed = 1;                ///< replays the calls
};

/// Copies are one device.
class sim_timebase {
public:
  /// On the true time of `host`. [one-thread] [allocates] O(1)
  explicit sim_timebase(const manual_clock& host, const sim_timebase_options& options = {})
      : state_{std::make_shared<state>(host, options)} {}

  /// One call: time passes. device_lost while it is. [one-thread] [rt-safe] O(1) without wander
  [[nodiscard]] result<timebase_reading> read() noexcept { return state_->read(); }
  /// [one-thread] [rt-safe] O(1)
  [[nodiscard]] tick_format format() const noexcept { return state_->options.format; }

  /// What the counter shows at this moment, without a call: the truth.
  /// [one-thread] [rt-safe] O(1) without wander
  [[nodiscard]] std::uint64_t ticks() const noexcept { return state_->ticks(); }
  /// The rate error at this moment, in ppm. [one-thread] [rt-safe] O(1) without wander
  [[nodiscard]] double skew_ppm() const noexcept { return state_->present().skew_ppm(); }

  // What happens to real devices. [one-thread] [rt-safe] O(1) without wander

  /// The rate changes; the count does not jump.
  void set_skew_ppm(double skew_ppm) noexcept { state_->present().set_skew_ppm(skew_ppm); }
  /// The count jumps, forward or back.
  void jump(nanoseconds by) noexcept { state_->present().step(by); }
  /// The count stands still until start().
  void stop() noexcept { state_->present().stop(); }
  void start() noexcept { state_->present().start(); }
  /// Calls fail until restore().
  void lose() noexcept { state_->lost = true; }
  /// They succeed again, and the count has gone on meanwhile, or begins again at 0.
  void restore() noexcept { state_->lost = false; }
  void restart() noexcept {
    jump(-(state_->present().now().time_since_epoch()));
    state_->options.first_ticks = 0;
    restore();
  }

private:
  struct state {
    state(const manual_clock& clock, const sim_timebase_options& given)
        : options{given},
          host{clock},
          born{clock.elapsed()},
          oscillator{given.drift, host_time{}},
          random{given.seed} {}

    manual_clock& present() noexcept {
      oscillator.advance(host.elapsed() - born - oscillator.elapsed());
      return oscillator;
    }
    std::uint64_t ticks() noexcept {
      const auto ns = static_cast<double>(present().now().time_since_epoch().count());
      const auto passed = static_cast<std::int64_t>(std::floor(ns / options.format.period_ns));
      return (options.first_ticks + static_cast<std::uint64_t>(passed)) & options.format.mask();
    }
    result<timebase_reading> read() noexcept;

    sim_timebase_options options;
    manual_clock host;
    nanoseconds born;
    manual_clock oscillator; // it shows how long the device believes to have run
    random_source random;
    bool lost = false;
  };

  std::shared_ptr<state> state_;
};
static_assert(timebase<sim_timebase>);

inline result<timebase_reading> sim_timebase::state::read() noexcept {
  double width = options.call_ns * std::exp(options.call_spread * normal(random));
  if (random.uniform() < options.slow_calls) width *= 20;
  const double part = random.uniform(options.earliest, options.latest);
  const host_time before = host.now();
  host.advance(nanoseconds{static_cast<std::int64_t>(width * part)});
  const std::uint64_t seen = ticks();
  host.advance(nanoseconds{static_cast<std::int64_t>(width * (1 - part)) + 1});
  if (lost) return errc::device_lost;
  const nanoseconds took = host.now() - before;
  return timebase_reading{seen, before + took / 2, took - took / 2};
}

} // namespace jamnet::inline v0::testing
