// SPDX-License-Identifier: MIT
//
// One timeline for a device and its host, continuous for both, whoever of the two sets its pace.
//
// Either side has a map of its own onto it, from its counter or its clock, and the two must agree
// about every moment. What one clock gains on the other, and the gap between them, one of them
// makes up for, or both, each by no more than 500 ppm, which nobody hears. A counter that jumped
// joins anew where the host's side is: the timeline itself never jumps and never runs back.
#pragma once

#include <cstdint>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/time/tick_map.hpp>

namespace jamnet::inline v0 {

struct bridge_timeline; ///< what a device and its host play by; see clock_master for its origin
using bridge_time = time_on<bridge_timeline>;

/// Whose clock the common timeline is.
enum class clock_master : std::uint8_t {
  gpu,   ///< the device's: its ticks by the period it claims, from its 0; the host follows
  cpu,   ///< the host's time; the device follows
  hybrid ///< nobody's: it begins as the host's, and each goes half of the way
};

struct coupling_options {
  clock_master master = clock_master::gpu;
  double time_constant = 0.5; ///< s, in which a gap closes; at least twice the time between calls
  double rate = 500e-6;       ///< the most by which it changes the pace of either side, below 1
};

class coupled_timelines {
public:
  /// [one-thread] [rt-safe] O(1)
  explicit constexpr coupled_timelines(tick_format format,
                                       const coupling_options& options = {}) noexcept
      : format_{format},
        options_{options} {}

  /// Follows `best`, which is anchored at the present. The first call begins the timeline; with
  /// `anew` the device joins it anew, as after a jump. [one-thread] [rt-safe] O(1)
  constexpr void follow(const tick_map<host_timeline>& best, bool anew = false) noexcept;

  /// The device's side, and the host's, with how wrong they may be about each other: the bound of
  /// `best` and what gap is open, on the side of who follows. [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr const tick_map<bridge_timeline>& device() const noexcept {
    return device_;
  }
  [[nodiscard]] constexpr const clock_map<host_timeline, bridge_timeline>& host() const noexcept {
    return host_;
  }
  /// Lets another set the pace from now on; the timeline goes on from where it is, whosever it was.
  /// [one-thread] [rt-safe] O(1)
  constexpr void set_master(clock_master master) noexcept { options_.master = master; }
  /// Closes gaps in this time from now on. [one-thread] [rt-safe] O(1)
  constexpr void set_time_constant(double seconds) noexcept { options_.time_constant = seconds; }
  /// By how much the host's side was ahead at the last call. [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr double gap_ns() const noexcept { return gap_; }

private:
  constexpr double share() const noexcept { // of the way that the device goes
    return options_.master == clock_master::gpu   ? 0
           : options_.master == clock_master::cpu ? 1
                                                  : 0.5;
  }
  constexpr void begin(const tick_map<host_timeline>& best) noexcept;

  tick_format format_;
  coupling_options options_;
  bool running_ = false;
  double gap_ = 0;
  tick_map<bridge_timeline> device_{};
  clock_map<host_timeline, bridge_timeline> host_{};
};

constexpr void coupled_timelines::begin(const tick_map<host_timeline>& best) noexcept {
  host_ = {best.to, bridge_time{best.to.time_since_epoch()}};
  if (options_.master == clock_master::gpu) {
    const double ns = std::min(static_cast<double>(best.from) * format_.period_ns, 0x1p61);
    host_.to = bridge_time{nanoseconds{nearest(ns)}};
    host_.residual = ns - static_cast<double>(host_.to.time_since_epoch().count()) - best.residual;
  }
  running_ = true;
}

constexpr void coupled_timelines::follow(const tick_map<host_timeline>& best, bool anew) noexcept {
  const bool joins = anew || !running_;
  if (!running_) begin(best);
  auto host = host_.anchored_at(best.to);
  const double here = host.residual + best.residual * (1 + host.skew); // at the middle of the tick
  auto device = device_.anchored_at(best.from);
  if (joins) {
    device = {best.from, host.to, here, format_.period_ns, format_.valid_bits, 0, 0};
  }
  gap_ = static_cast<double>((host.to - device.to).count()) + here - device.residual;

  const double w = share(), correction = std::clamp(gap_ * 1e-9 / options_.time_constant,
                                                    -options_.rate, options_.rate);
  const double ratio = best.tick_ns / format_.period_ns; // how fast host time passes by the counter
  const double pace = 1 + w * (ratio - 1);
  device.tick_ns = format_.period_ns * (pace + w * correction);
  host.skew = pace / ratio - 1 - (1 - w) * correction;
  const double open = magnitude(gap_), rate = magnitude(correction);
  device.bound_ns = w * (best.bound_ns + open);
  device.bound_growth = w * (best.bound_growth + rate);
  host.bound_ns = (1 - w) * (best.bound_ns + open);
  host.bound_growth = (1 - w) * (best.bound_growth + rate);
  device_ = device;
  host_ = host;
}

} // namespace jamnet::inline v0
