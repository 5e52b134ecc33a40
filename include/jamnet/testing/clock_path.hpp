// SPDX-License-Identifier: MIT
//
// Paths on which clocks are compared, by name: how long a packet takes each way, and which are
// lost.
//
// What a clock estimator suffers from is the shape of the delay: a floor that never changes, and
// what queues add to it, more on one way than on the other. sim_network's even jitter has neither.
// Times are ns of true time as doubles, which resolve 4 ps after eight hours. A seed replays all.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/testing/noise.hpp>

namespace jamnet::inline v0::testing {

enum class path_kind : std::uint8_t {
  lan,        ///< 100 ± 20 µs each way
  lan_load,   ///< 100 µs and queues of 50 to 200 µs, which change every 5 s
  lan_asym,   ///< the way there congested by 400 µs, the way back free
  wifi_home,  ///< 0.8 ms and mostly 0.15 ms more, now and then 30
  wifi,       ///< 1 ms and a heavy tail of 2 ms on average
  wan,        ///< 20 ms and 2 ms of queues; 0.5 ms longer there and shorter back
  route,      ///< 20 ms; from 120 to 200 s both ways are 10 ms longer
  route_asym, ///< 20 ms; from 120 to 200 s the way there is 8 ms longer
  bloat       ///< 5 ms; each minute a queue of up to 18 ms grows and drains within 15 s, there
};
inline constexpr std::array all_paths{
    path_kind::lan,       path_kind::lan_load,   path_kind::lan_asym,
    path_kind::wifi_home, path_kind::wifi,       path_kind::wan,
    path_kind::route,     path_kind::route_asym, path_kind::bloat};

/// The name above. [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr const char* name(path_kind kind) noexcept {
  constexpr std::array names{"lan", "lan_load", "lan_asym",   "wifi_home", "wifi",
                             "wan", "route",    "route_asym", "bloat"};
  return names[static_cast<std::size_t>(kind)];
}

/// The part of packets such a path usually loses: none by cable, one in a hundred elsewhere.
/// [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr double usual_loss(path_kind kind) noexcept {
  return kind <= path_kind::lan_asym ? 0 : 0.01;
}

/// What the asymmetry of the path's floor adds to any estimate of the offset, in ns: nobody who
/// knows only stamps can tell. [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr double hidden_offset(path_kind kind) noexcept {
  return kind == path_kind::wan ? 500e3 : 0;
}

/// Two ways of packets that never overtake each other.
class clock_path {
public:
  enum way : std::size_t { there, back };

  clock_path(path_kind kind, double loss, std::uint64_t seed) noexcept
      : kind_{kind},
        loss_{loss},
        random_{seed} {}

  /// When a packet that leaves at `t` arrives; none when it is lost. Expects `t` not to decrease
  /// on either way. [one-thread] [rt-safe] O(1)
  std::optional<double> arrival(std::size_t direction, double t) noexcept {
    if (random_.uniform() < loss_) return std::nullopt;
    double& last = last_[direction];
    last = std::max(last + 2e3, t + delay(direction, t) + extra[direction]);
    return last;
  }

  std::array<double, 2> extra{}; ///< added to the ways there and back, ns: a longer route

private:
  double delay(std::size_t direction, double t) noexcept;
  double load(std::size_t direction, double t) noexcept;
  double home_queue() noexcept;
  double air_queue() noexcept;
  double queues(double mean) noexcept {
    return exponential(random_, mean / 2) + exponential(random_, mean / 2);
  }

  path_kind kind_;
  double loss_;
  random_source random_;
  std::array<double, 2> last_{}, load_{}, load_until_{};
};

inline double clock_path::delay(std::size_t direction, double t) noexcept {
  constexpr double us = 1e3, ms = 1e6;
  const bool rerouted = t > 120e9 && t < 200e9;
  switch (kind_) {
  case path_kind::lan: return std::max(20 * us, 100 * us + 20 * us * normal(random_));
  case path_kind::lan_load: return 100 * us + exponential(random_, load(direction, t));
  case path_kind::lan_asym:
    return 100 * us + exponential(random_, direction == there ? 400 * us : 20 * us);
  case path_kind::wifi_home: return 0.8 * ms + home_queue();
  case path_kind::wifi: return 1 * ms + air_queue();
  case path_kind::wan: return (direction == there ? 20.5 : 19.5) * ms + queues(2 * ms);
  case path_kind::route: return (rerouted ? 30 : 20) * ms + queues(0.5 * ms);
  case path_kind::route_asym:
    return (rerouted && direction == there ? 28 : 20) * ms + queues(0.5 * ms);
  case path_kind::bloat: {
    const double second = std::fmod(t * 1e-9, 60);
    const double hump = direction == there ? std::max(0.0, 1 - std::abs(second - 47.5) / 7.5) : 0;
    return 5 * ms + queues(0.5 * ms) + 15 * ms * hump * random_.uniform(0.8, 1.2);
  }
  }
  return 0;
}

inline double clock_path::load(std::size_t direction, double t) noexcept {
  if (t >= load_until_[direction]) {
    load_[direction] = random_.uniform(50e3, 200e3);
    load_until_[direction] = t + 5e9;
  }
  return load_[direction];
}

inline double clock_path::home_queue() noexcept {
  const double u = random_.uniform();
  if (u < 0.7) return exponential(random_, 150e3);
  if (u < 0.95) return exponential(random_, 1.5e6);
  if (u < 0.98) return exponential(random_, 5e6);
  return random_.uniform(5e6, 30e6);
}

inline double clock_path::air_queue() noexcept {
  double queue = 2e6 * std::exp(normal(random_) - 0.5); // log-normal, 2 ms on average
  if (random_.uniform() < 0.02) queue += random_.uniform(5e6, 30e6);
  return std::min(queue, 30e6);
}

} // namespace jamnet::inline v0::testing
