// SPDX-License-Identifier: MIT
//
// A GPU's clock, or any device's, as a timeline of ours: the design's CPUGPUSyncBridge.
//
// One thread, any, polls at its own pace; the bridge looks at the device when its interval has
// passed, several times in a row, for one look in a hundred is worth the rest. Everybody else asks
// the newest snapshot. A device that is lost or stands still leaves its last map, whose bound
// grows; where it comes back with another count the map is learnt anew, and all else goes on.
#pragma once

#include <cstdint>
#include <utility>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/config.hpp>
#include <jamnet/ring/latest.hpp>
#include <jamnet/sync/bridge_clock.hpp>
#include <jamnet/sync/tick_estimator.hpp>
#include <jamnet/time/clock_source.hpp>

namespace jamnet::inline v0 {

struct clock_bridge_options {
  nanoseconds interval{20'000'000}; ///< between looks, 1 ms to 10 s; 10 to 50 ms are recommended
  int reads = 8;                    ///< at each look, 1 to 64
  bool correct_drift = true;        ///< without it the counter is taken to run as it claims
  clock_master master = clock_master::gpu;
  double slew_rate = 500e-6; ///< by how much the common timeline's pace is changed, at most
  tick_estimator_options estimator{};
};

/// How often it saw what.
struct clock_bridge_counts {
  std::uint64_t taken = 0;      ///< readings that count
  std::uint64_t refused = 0;    ///< … that cannot be, or were not new
  std::uint64_t doubted = 0;    ///< … that contradicted the others
  std::uint64_t jumps = 0;      ///< the counter jumped, or began again
  std::uint64_t drifts = 0;     ///< its rate changed
  std::uint64_t stops = 0;      ///< it stood still
  std::uint64_t losses = 0;     ///< it could not be read
  std::uint64_t recoveries = 0; ///< … and could again, or went on
  std::uint64_t wraps = 0;      ///< it began again after its last bit, as counters do
};

template <timebase Timebase, clock_source HostClock>
class clock_bridge {
public:
  /// [one-thread] [rt-safe] O(1)
  explicit clock_bridge(Timebase device, HostClock host,
                        const clock_bridge_options& options = {}) noexcept
      : options_{options},
        device_{std::move(device)},
        host_{std::move(host)},
        estimator_{device_.format(), options.estimator},
        timelines_{device_.format(),
                   {options.master,
                    std::max(0.5, 2e-9 * static_cast<double>(options.interval.count())),
                    options.slew_rate}} {
    constexpr nanoseconds least{1'000'000}, most{10'000'000'000};
    JAMNET_EXPECTS(options.interval >= least && options.interval <= most);
    JAMNET_EXPECTS(options.reads >= 1 && options.reads <= 64);
    JAMNET_EXPECTS(options.slew_rate > 0 && options.slew_rate < 1);
  }

  /// Looks at the device if it is time to, which takes as long as the device does, and returns
  /// when it is time again. [one-thread] [blocks] O(reads)
  host_time poll() noexcept;

  /// The newest snapshot. A copy is begun again only when a newer one was published meanwhile.
  /// [any-thread] [rt-safe] O(1)
  [[nodiscard]] bridge_clock clock() const noexcept { return newest_.read(); }

  // What the newest snapshot says; who asks for more than one number takes clock().
  // All of these are [any-thread] [rt-safe] O(1).

  [[nodiscard]] host_time to_host(std::uint64_t ticks) const noexcept {
    return clock().to_host(ticks);
  }
  [[nodiscard]] std::uint64_t to_gpu(host_time t) const noexcept { return clock().to_gpu(t); }
  /// Ticks to host time; `.then(session.map)` leads on to the session's.
  [[nodiscard]] tick_map<host_timeline> map() const noexcept { return clock().map; }
  [[nodiscard]] nanoseconds bound(host_time t) const noexcept { return clock().bound(t); }
  [[nodiscard]] double offset_us() const noexcept { return clock().offset_us(); }
  [[nodiscard]] double drift_ppm() const noexcept { return clock().drift_ppm; }
  [[nodiscard]] bridge_state state() const noexcept { return clock().state; }

  /// Why the last look failed, while the device is lost. [one-thread] [rt-safe] O(1)
  [[nodiscard]] failure why() const noexcept { return why_; }
  /// What happened since construction. [one-thread] [rt-safe] O(1)
  [[nodiscard]] const clock_bridge_counts& count() const noexcept { return counts_; }
  /// The device itself. [one-thread] [rt-safe] O(1)
  [[nodiscard]] Timebase& device() noexcept { return device_; }

  /// Looks this often from the next look on: 1 ms to 10 s. [one-thread] [rt-safe] O(1)
  void set_interval(nanoseconds interval) noexcept {
    JAMNET_EXPECTS(interval >= nanoseconds{1'000'000} && interval <= nanoseconds{10'000'000'000});
    options_.interval = interval;
    timelines_.set_time_constant(std::max(0.5, 2e-9 * static_cast<double>(interval.count())));
  }
  /// Whether drift is corrected from now on. [one-thread] [rt-safe] O(1)
  void set_drift_correction(bool on) noexcept { options_.correct_drift = on; }
  /// Lets another set the common timeline's pace; it goes on from where it is.
  /// [one-thread] [rt-safe] O(1)
  void set_master(clock_master master) noexcept { timelines_.set_master(master); }

private:
  static constexpr int quick_looks = 64; // at first, and after a jump: the rate is learnt sooner
  static constexpr nanoseconds quick_interval{5'000'000};

  bridge_state look() noexcept;
  void enter(bridge_state next) noexcept;
  void publish(host_time now) noexcept;

  clock_bridge_options options_;
  Timebase device_;
  HostClock host_;
  tick_estimator estimator_;
  coupled_timelines timelines_;
  bridge_state state_ = bridge_state::unset;
  bool anew_ = false; // the device joins the common timeline anew
  bool polled_ = false;
  int quick_ = quick_looks;
  host_time due_{}, last_taken_{};
  failure why_{};
  clock_bridge_counts counts_;
  latest<bridge_clock> newest_;
};

template <timebase Timebase, clock_source HostClock>
host_time clock_bridge<Timebase, HostClock>::poll() noexcept {
  const host_time now = host_.now();
  if (polled_ && now < due_) return due_;
  polled_ = true;
  enter(look());
  due_ = now + (quick_ > 0 ? std::min(options_.interval, quick_interval) : options_.interval);
  if (quick_ > 0) --quick_;
  if (estimator_.ready()) publish(host_.now());
  return due_;
}

template <timebase Timebase, clock_source HostClock>
bridge_state clock_bridge<Timebase, HostClock>::look() noexcept {
  using verdict = tick_estimator::verdict;
  bool stands = false, taken = false;
  for (int i = 0; i < options_.reads; ++i) {
    const auto reading = device_.read();
    if (!reading) {
      why_ = reading.error();
      return bridge_state::lost;
    }
    const verdict v = estimator_.add(*reading);
    const bool good = v == verdict::taken || v == verdict::jumped || v == verdict::drifted;
    counts_.taken += good;
    counts_.refused += v == verdict::refused;
    counts_.doubted += v == verdict::doubted;
    counts_.jumps += v == verdict::jumped;
    counts_.drifts += v == verdict::drifted;
    if (v == verdict::jumped) {
      anew_ = true;
      quick_ = quick_looks;
    }
    stands |= v == verdict::stands;
    taken |= good;
  }
  counts_.wraps = estimator_.wraps();
  const host_time now = host_.now();
  if (taken) last_taken_ = now;
  if (stands && !taken) return bridge_state::stopped;
  // Some devices say only now and then something new, and none contradicts itself for long.
  constexpr nanoseconds patience{250'000'000};
  const bool silent = now - last_taken_ > std::max(patience, 10 * options_.interval);
  return silent ? bridge_state::lost : bridge_state::following;
}

template <timebase Timebase, clock_source HostClock>
void clock_bridge<Timebase, HostClock>::enter(bridge_state next) noexcept {
  if (next == state_ || !estimator_.ready()) return;
  counts_.stops += next == bridge_state::stopped;
  counts_.losses += next == bridge_state::lost;
  counts_.recoveries += next == bridge_state::following && state_ != bridge_state::unset;
  if (next == bridge_state::following) why_ = {};
  state_ = next;
}

template <timebase Timebase, clock_source HostClock>
void clock_bridge<Timebase, HostClock>::publish(host_time now) noexcept {
  bridge_clock next;
  next.map = estimator_.map(now);
  timelines_.follow(next.map, anew_);
  anew_ = false;
  next.device = timelines_.device();
  next.host = timelines_.host();
  next.hard_bound_ns = estimator_.hard_bound_ns(now);
  next.hard_bound_growth = estimator_.hard_bound_growth();
  next.drift_ppm = estimator_.drift_ppm();
  next.period_ns = device_.format().period_ns;
  next.confirmed = last_taken_;
  next.state = state_;
  if (!options_.correct_drift) {
    const double claimed = next.period_ns, off = magnitude(next.map.tick_ns / claimed - 1);
    next.map.tick_ns = claimed;
    next.map.bound_growth += off;
    next.hard_bound_growth += off;
  }
  newest_.store(next);
}

} // namespace jamnet::inline v0
