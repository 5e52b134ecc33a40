// SPDX-License-Identifier: MIT
//
// Another peer's clock behind a path, and a prober that asks it: the trains of exchanges that a
// clock estimator lives on, with the truth beside them.
//
//     probed_peer peer{{.path = path_kind::wifi_home, .seed = 7, .length_s = 300}};
//     while (const auto exchange = peer.next_train(300)) estimator.add(*exchange);
//     const auto error = estimator.map()(peer.host(t)) - peer.session(t);
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>

#include <jamnet/sync/clock_prober.hpp>
#include <jamnet/testing/clock_path.hpp>
#include <jamnet/testing/wandering_clock.hpp>

namespace jamnet::inline v0::testing {

struct probed_peer_options {
  path_kind path = path_kind::lan;
  std::uint64_t seed = 1;
  double length_s = 60;     ///< until when the clock wanders
  double loss = 0;          ///< of each packet, from 0 to 1
  double skew_ppm = 100;    ///< the skew is spread evenly over ± this much
  double wander_ppm = 0.03; ///< what a second adds to it
  probe_options probing{};
};

class probed_peer {
public:
  /// Host time starts at the scale of today's epoch, where a double resolves only 0.24 µs; the
  /// session's time starts elsewhere.
  static constexpr host_time start{nanoseconds{1'700'000'000'000'000'000}};
  static constexpr session_time session_start{nanoseconds{876'543'211}};

  /// [one-thread] [allocates] O(length)
  explicit probed_peer(const probed_peer_options& options)
      : clock{{random_source{options.seed * 31}.uniform(-options.skew_ppm, options.skew_ppm),
               options.wander_ppm, options.seed},
              options.length_s},
        path{options.path, options.loss, options.seed * 7919},
        prober{options.probing, start, options.seed},
        random_{options.seed ^ 77} {}

  /// What our clock shows at `t` ns of true time: it is right. [any-thread] [rt-safe] O(1)
  [[nodiscard]] static host_time host(double t) noexcept { return start + whole(t); }
  /// … and the other one. [any-thread] [rt-safe] O(1)
  [[nodiscard]] session_time session(double t) const noexcept {
    return session_start + whole(t + clock.offset(t));
  }
  /// Since the start. [any-thread] [rt-safe] O(1)
  [[nodiscard]] static double seconds(host_time t) noexcept {
    return static_cast<double>((t - start).count()) * 1e-9;
  }

  /// Lets time pass until a train ends; its exchange, or none if `until_s` comes first.
  /// [one-thread] [rt-safe] O(questions)
  std::optional<clock_exchange> next_train(double until_s) noexcept {
    for (;;) {
      const host_time due = prober.deadline();
      if (seconds(due) >= until_s) return std::nullopt;
      now_ = due;
      if (prober.poll(due)) ask(static_cast<double>((due - start).count()));
      if (auto merged = prober.take()) return merged;
    }
  }
  /// When the last train ended. [one-thread] [rt-safe] O(1)
  [[nodiscard]] host_time now() const noexcept { return now_; }

  wandering_clock clock;
  clock_path path;
  clock_prober prober;

private:
  static nanoseconds whole(double ns) noexcept { return nanoseconds{std::llround(ns)}; }

  void ask(double t) noexcept {
    prober.sent(host(t));
    const auto there = path.arrival(clock_path::there, t);
    if (!there) return;
    const double answered = *there + 30e3 + exponential(random_, 20e3);
    const auto back = path.arrival(clock_path::back, answered);
    if (!back || host(*back) >= prober.deadline()) return; // lost, or too late to matter
    now_ = host(*back);
    prober.answered({host(t), session(*there), session(answered), host(*back)});
  }

  random_source random_;
  host_time now_ = start;
};

} // namespace jamnet::inline v0::testing
