// SPDX-License-Identifier: MIT
//
// How long the events of one player take to another, with all that a link does for them: an event
// goes again after 5, 10, 20 … ms until it is acknowledged, which is 2 ms after it arrived, and
// events are delivered in order.
//
// Datagrams may overtake each other, as on sim_network: then what went again can be there first.
// Or they may not, as in one queue, where sending again helps against loss alone.
#pragma once

#include <cstdint>
#include <optional>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/testing/clock_path.hpp>
#include <jamnet/time/timeline.hpp>

namespace jamnet::inline v0::testing {

struct event_path_options {
  path_kind kind = path_kind::lan;
  double loss = 0;        ///< of datagrams, from 0 to 1, without 1
  bool overtaking = true; ///< of datagrams
};

class event_path {
public:
  event_path(const event_path_options& options, std::uint64_t seed) noexcept
      : options_{options},
        random_{seed},
        queue_{options.kind, options.loss, seed + 1} {}

  /// When an event that is played at `played` is delivered. Expects events in the order of their
  /// times, and so far apart that one is acknowledged before the next: those that come together
  /// travel together, and are one here. [one-thread] [rt-safe] O(1) on average
  session_time deliver(session_time played) noexcept {
    constexpr double longest_wait = 320e6;
    const auto start = static_cast<double>(played.time_since_epoch().count());
    std::optional<double> arrived, acknowledged;
    double sent = start;
    for (double wait = 5e6; !acknowledged || sent < *acknowledged;) {
      if (const auto came = travel(clock_path::there, sent)) {
        arrived = earlier(arrived, came);
        acknowledged = earlier(acknowledged, travel(clock_path::back, *came + 2e6));
      }
      sent += wait;
      wait = std::min(2 * wait, longest_wait);
    }
    const nanoseconds took{static_cast<std::int64_t>(*arrived - start)};
    return delivered_ = std::max(delivered_, played + took);
  }

private:
  static std::optional<double> earlier(std::optional<double> a, std::optional<double> b) noexcept {
    return a && b ? std::min(*a, *b) : a ? a : b;
  }
  // Who shares a queue with nobody overtakes everybody.
  std::optional<double> travel(clock_path::way way, double sent) noexcept {
    if (!options_.overtaking) return queue_.arrival(way, sent);
    return clock_path{options_.kind, options_.loss, random_.next()}.arrival(way, sent);
  }

  event_path_options options_;
  random_source random_;
  clock_path queue_;
  session_time delivered_ = session_time::min();
};

} // namespace jamnet::inline v0::testing
