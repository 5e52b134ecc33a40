// SPDX-License-Identifier: MIT
//
// A clock_source that moves only when a test says so, and as wrongly as a real one if asked to.
//
// A test advances true time; the clock shows it through its oscillator: skew, a constant rate
// error, and wander, a random walk of the rate. The walk steps on a fixed grid of true time, so
// what the clock shows depends on the time that has passed and not on how it was cut into calls.
#pragma once

#include <cstdint>
#include <memory>

#include <jamnet/core/config.hpp>
#include <jamnet/core/random.hpp>
#include <jamnet/time/clock_source.hpp>

namespace jamnet::inline v0::testing {

/// How an oscillator errs. A quartz: |skew| up to 100 ppm, wander about 0.01.
struct clock_drift {
  double skew_ppm = 0;    ///< how much too fast, parts in a million
  double wander_ppm = 0;  ///< standard deviation of what one second adds to the skew
  std::uint64_t seed = 1; ///< replays the wander
};

/// Copies share one time.
class manual_clock {
public:
  /// Starts at 34 hours, as a real clock starts anywhere, so that no code depends on zero.
  /// [one-thread] [allocates] O(1)
  explicit manual_clock(clock_drift drift = {}, host_time start = host_time{std::chrono::hours{34}})
      : state_{std::make_shared<state>(drift, start)} {}

  /// What the clock shows, to the nanosecond below. [one-thread] [rt-safe] O(1)
  [[nodiscard]] host_time now() const noexcept { return state_->shown(); }
  /// How much true time has passed since the start. [one-thread] [rt-safe] O(1)
  [[nodiscard]] nanoseconds elapsed() const noexcept { return state_->elapsed; }
  /// The rate error at this moment, in ppm. [one-thread] [rt-safe] O(1)
  [[nodiscard]] double skew_ppm() const noexcept { return state_->skew_ppm; }

  /// Lets true time pass; not less than none. [one-thread] [rt-safe] O(by / 10 ms) if it wanders
  void advance(nanoseconds by) noexcept { state_->advance(by); }
  /// Changes the rate from now on; the reading does not jump. [one-thread] [rt-safe] O(1)
  void set_skew_ppm(double skew_ppm) noexcept {
    state_->settle();
    state_->skew_ppm = skew_ppm;
  }
  /// Sets the reading forward or back at once. [one-thread] [rt-safe] O(1)
  void step(nanoseconds by) noexcept { state_->anchor += by; }
  /// Stands still until start(), whatever passes. [one-thread] [rt-safe] O(1)
  void stop() noexcept {
    state_->settle();
    state_->stands = true;
  }
  /// Goes on from where it stands. [one-thread] [rt-safe] O(1)
  void start() noexcept { state_->stands = false; }
  /// Whether it was stopped. [one-thread] [rt-safe] O(1)
  [[nodiscard]] bool stands() const noexcept { return state_->stands; }

private:
  struct state {
    state(clock_drift drift, host_time start) noexcept
        : anchor{start},
          skew_ppm{drift.skew_ppm},
          step_ppm{drift.wander_ppm * 0.1},
          random{drift.seed} {}

    host_time shown() const noexcept { return anchor + since() + nanoseconds{whole(error())}; }
    nanoseconds since() const noexcept { return elapsed - settled; }
    double error() const noexcept {
      return fraction + static_cast<double>(since().count()) * skew_ppm * 1e-6;
    }
    static std::int64_t whole(double ns) noexcept {
      const auto towards_zero = static_cast<std::int64_t>(ns);
      return towards_zero - (ns < static_cast<double>(towards_zero));
    }
    void settle() noexcept;
    void advance(nanoseconds by) noexcept;

    host_time anchor;    // what was shown when `settled` had passed …
    double fraction = 0; // … less this part of a nanosecond
    nanoseconds settled{0}, elapsed{0};
    bool stands = false;
    double skew_ppm, step_ppm; // a step lasts 10 ms: a tenth of what a second adds
    random_source random;
  };

  std::shared_ptr<state> state_;
};
static_assert(clock_source<manual_clock>);

/// Makes the present the point from which the rate counts.
inline void manual_clock::state::settle() noexcept {
  const double all = error();
  anchor = shown();
  fraction = all - static_cast<double>(whole(all));
  settled = elapsed;
}

inline void manual_clock::state::advance(nanoseconds by) noexcept {
  JAMNET_EXPECTS(by >= nanoseconds::zero());
  const nanoseconds end = elapsed + by;
  constexpr nanoseconds step = std::chrono::milliseconds{10};
  if (stands) {
    settled = end;
  } else if (step_ppm != 0) {
    for (auto at = elapsed - elapsed % step + step; at <= end; at += step) {
      elapsed = at;
      settle();
      double gaussian = -6; // the sum of twelve uniform numbers, near enough
      for (int i = 0; i < 12; ++i) gaussian += random.uniform();
      skew_ppm += step_ppm * gaussian;
    }
  }
  elapsed = end;
}

} // namespace jamnet::inline v0::testing
