// SPDX-License-Identifier: MIT
//
// A simulated source of time (sync/time_source.hpp): an oscillator of its own that is heard now and
// then, measured a little wrongly, and to which happens by name what happens to real ones.
//
// It lives on the true time of a manual_clock, the host's, and has no part in moving that.
#pragma once

#include <cstdint>
#include <memory>

#include <jamnet/sync/time_source.hpp>
#include <jamnet/testing/manual_clock.hpp>
#include <jamnet/testing/noise.hpp>

namespace jamnet::inline v0::testing {

struct sim_source_options {
  clock_drift drift{.skew_ppm = 20, .wander_ppm = 0.005};
  source_time first{};              ///< what it shows at the start
  nanoseconds interval{20'000'000}; ///< it is heard so often, if it is asked
  double noise_ns = 200;            ///< one sigma of the error of what is heard; the bound is four
  bool knows_rate = true;           ///< and says it; or else that it runs as the host's clock
  std::uint64_t seed = 1;           ///< replays the noise
};

/// Copies are one source.
class sim_source {
public:
  /// On the true time of `host`. [one-thread] [allocates] O(1)
  explicit sim_source(const manual_clock& host, const sim_source_options& options = {})
      : state_{std::make_shared<state>(host, options)} {}

  /// As a time_source. [one-thread] [rt-safe] O(1) without wander
  [[nodiscard]] source_reading read(host_time) const noexcept { return state_->read(); }
  /// What it shows at this moment: the truth. [one-thread] [rt-safe] O(1) without wander
  [[nodiscard]] source_time now() const noexcept {
    return source_time{state_->present().now().time_since_epoch()};
  }

  // What happens to real sources. [one-thread] [rt-safe] O(1) without wander

  /// Its rate changes; its time does not jump.
  void set_skew_ppm(double skew_ppm) noexcept { state_->present().set_skew_ppm(skew_ppm); }
  /// Its time jumps, forward or back.
  void jump(nanoseconds by) noexcept { state_->present().step(by); }
  /// Its time stands still until start(), and it is heard to.
  void stop() noexcept { state_->present().stop(); }
  void start() noexcept { state_->present().start(); }
  /// It is not heard until restore(), and says what was heard last.
  void lose() noexcept { state_->lost = true; }
  void restore() noexcept { state_->lost = false; }

private:
  struct state {
    state(const manual_clock& clock, const sim_source_options& given)
        : options{given},
          host{clock},
          born{clock.elapsed()},
          oscillator{given.drift, host_time{given.first.time_since_epoch()}},
          random{given.seed} {}

    manual_clock& present() noexcept {
      oscillator.advance(host.elapsed() - born - oscillator.elapsed());
      return oscillator;
    }
    source_reading read() noexcept;

    sim_source_options options;
    manual_clock host;
    nanoseconds born;
    manual_clock oscillator;
    random_source random;
    nanoseconds due{}; // it is heard again
    source_reading heard{};
    bool lost = false;
  };

  std::shared_ptr<state> state_;
};
static_assert(time_source<sim_source>);

inline source_reading sim_source::state::read() noexcept {
  const auto shown = present().now().time_since_epoch();
  if (lost || host.elapsed() < due) return heard;
  due = host.elapsed() + options.interval;
  const nanoseconds error{nearest(options.noise_ns * normal(random))};
  const double rate = (1 + oscillator.skew_ppm() * 1e-6) / (1 + host.skew_ppm() * 1e-6);
  const double said = options.knows_rate ? rate - 1 : 0;
  const double unsaid = magnitude(rate - 1 - said);
  heard = {
      {host.now(), source_time{shown + error}, 0, said, 4 * options.noise_ns + 1, 1e-6 + unsaid},
      host.now(),
      true};
  return heard;
}

} // namespace jamnet::inline v0::testing
