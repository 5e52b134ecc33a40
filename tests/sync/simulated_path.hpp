// A session clock with skew and wander behind a path with one-sided noise, and a prober on it.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <jamnet/core/random.hpp>
#include <jamnet/sync/clock_prober.hpp>

namespace simulated {

using jamnet::clock_exchange;
using jamnet::host_time;
using jamnet::nanoseconds;
using jamnet::session_time;

inline nanoseconds whole(double ns) { return nanoseconds{std::llround(ns)}; }

inline double exponential(jamnet::random_source& random, double mean) {
  return -mean * std::log(1 - random.uniform());
}
inline double normal(jamnet::random_source& random) {
  return std::sqrt(exponential(random, 2)) * std::cos(6.283185307179586 * random.uniform());
}

enum class path_kind { lan, lan_load, lan_asym, wifi_home, wan };
inline constexpr std::array all_paths{path_kind::lan, path_kind::lan_load, path_kind::lan_asym,
                                      path_kind::wifi_home, path_kind::wan};

inline std::string to_string(path_kind kind) {
  switch (kind) {
  case path_kind::lan: return "lan";
  case path_kind::lan_load: return "lan-load";
  case path_kind::lan_asym: return "lan-asym";
  case path_kind::wifi_home: return "wifi-home";
  case path_kind::wan: return "wan";
  }
  return "";
}

/// One way of packets in order; all in ns of true time since the start.
class path {
public:
  path(path_kind kind, double loss, std::uint64_t seed) : kind_{kind}, loss_{loss}, random_{seed} {}

  /// When a packet that leaves at `t` arrives; none when it is lost. Direction 0: to the session.
  std::optional<double> arrival(std::size_t direction, double t) {
    if (random_.uniform() < loss_) return std::nullopt;
    auto& last = last_[direction];
    last = std::max(last + 2e3, t + delay(direction, t) + extra[direction]);
    return last;
  }

  std::array<double, 2> extra{}; ///< of a longer route, ns

private:
  double delay(std::size_t direction, double t) {
    switch (kind_) {
    case path_kind::lan: return std::max(20e3, 100e3 + 20e3 * normal(random_));
    case path_kind::lan_load:
      if (t >= load_until_[direction]) { // the load changes every 5 s
        load_[direction] = random_.uniform(50e3, 200e3);
        load_until_[direction] = t + 5e9;
      }
      return 100e3 + exponential(random_, load_[direction]);
    case path_kind::lan_asym: return 100e3 + exponential(random_, direction == 0 ? 400e3 : 20e3);
    case path_kind::wifi_home: {
      const double u = random_.uniform();
      return 800e3 + (u < 0.7    ? exponential(random_, 150e3)
                      : u < 0.95 ? exponential(random_, 1.5e6)
                      : u < 0.98 ? exponential(random_, 5e6)
                                 : random_.uniform(5e6, 30e6));
    }
    case path_kind::wan: // 0.5 ms of asymmetry, which nobody can measure
      return 20e6 + (direction == 0 ? 0.5e6 : -0.5e6) + exponential(random_, 1e6) +
             exponential(random_, 1e6);
    }
    return 0;
  }

  path_kind kind_;
  double loss_;
  jamnet::random_source random_;
  std::array<double, 2> last_{}, load_{}, load_until_{};
};

/// The session's clock, as an offset to ours that grows by a wandering skew.
class remote_clock {
public:
  remote_clock(std::uint64_t seed, double length_s, double skew_ppm) {
    jamnet::random_source random{seed};
    double skew = skew_ppm * 1e3; // ns/s
    double offset = 0;
    for (double t = 0; t < length_s + 2; t += step_s) {
      offsets_.push_back(offset);
      offset += skew * step_s;
      skew += 30 * std::sqrt(step_s) * normal(random); // 0.03 ppm per √s
    }
  }
  /// Session − host − origin, in ns, at `t` ns of true time.
  double offset(double t) const {
    const double at = std::clamp(t * 1e-9 / step_s, 0.0, static_cast<double>(offsets_.size() - 2));
    const auto i = static_cast<std::size_t>(at);
    const double part = at - static_cast<double>(i);
    return offsets_[i] * (1 - part) + offsets_[i + 1] * part +
           (t >= step_at ? clock_step + skew_step * (t - step_at) * 1e-9 : 0);
  }

  double step_at = 1e300;                         ///< ns of true time
  double clock_step = 0;                          ///< ns
  double skew_step = 0;                           ///< ns/s
  nanoseconds origin{-1'699'999'999'123'456'789}; ///< session − host at the start, whole part

private:
  static constexpr double step_s = 0.01;
  std::vector<double> offsets_;
};

/// Host time starts at the scale of today's epoch, where a double resolves 0.24 µs.
inline constexpr host_time start{nanoseconds{1'700'000'000'000'000'000}};

/// A prober, a path and a remote clock. Runs train by train.
class measured_peer {
public:
  measured_peer(path_kind kind, std::uint64_t seed, double length_s, double loss)
      : clock{seed, length_s, jamnet::random_source{seed * 31}.uniform(-100, 100)},
        way{kind, loss, seed * 7919},
        prober{{}, start, seed},
        random_{seed ^ 77} {}

  host_time host(double t) const { return start + whole(t); }
  session_time session(double t) const {
    return session_time{start.time_since_epoch() + clock.origin + whole(t + clock.offset(t))};
  }
  static double seconds(host_time t) { return static_cast<double>((t - start).count()) * 1e-9; }

  /// Lets time pass until a train ends; its exchange, or none if `until_s` comes first.
  std::optional<clock_exchange> next_train(double until_s) {
    for (;;) {
      const host_time due = prober.deadline();
      if (seconds(due) >= until_s) return std::nullopt;
      if (prober.poll(due)) ask(static_cast<double>((due - start).count()));
      if (auto merged = prober.take()) return merged;
    }
  }

  remote_clock clock;
  path way;
  jamnet::clock_prober prober;

private:
  void ask(double t) {
    prober.sent(host(t));
    const auto there = way.arrival(0, t);
    if (!there) return;
    const double answered = *there + 30e3 + exponential(random_, 20e3);
    const auto back = way.arrival(1, answered);
    if (!back || host(*back) >= prober.deadline()) return; // lost, or too late to matter
    prober.answered({host(t), session(*there), session(answered), host(*back)});
  }

  jamnet::random_source random_;
};

} // namespace simulated
