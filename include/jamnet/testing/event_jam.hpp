// SPDX-License-Identifier: MIT
//
// An hour of two players who send each other 8 events a second over an event_path each way, and
// sound them at the delay on which they agree: what adaptive_delay is worth on a path.
//
//     const auto jam = event_jam::play({path_kind::wan, 0.01}, 7);
//     if (jam.late > 0.001) choose_other_options();
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <jamnet/sync/adaptive_delay.hpp>
#include <jamnet/sync/agreed_delay.hpp>
#include <jamnet/testing/event_path.hpp>

namespace jamnet::inline v0::testing {

struct event_jam {
  nanoseconds settled{};    ///< the agreed delay, on average over the second half hour
  nanoseconds best_fixed{}; ///< the least that 1 in 1000 events exceeds, chosen with hindsight
  double late = 0;          ///< the part of the events that took longer than agreed

  /// Does not count as late, nor for best_fixed, what is sent in the first 10 s. Expects a loss
  /// below 1. [one-thread] [allocates] O(events log events)
  [[nodiscard]] static event_jam play(const event_path_options& path, std::uint64_t seed,
                                      const adaptive_delay_options& options = {});
};

inline event_jam event_jam::play(const event_path_options& path, std::uint64_t seed,
                                 const adaptive_delay_options& options) {
  using std::chrono::seconds, std::chrono::minutes;
  std::array ways{event_path{path, seed}, event_path{path, seed + 1}};
  std::array delays{adaptive_delay{options}, adaptive_delay{options}};
  agreed_delay agreed{options.initial};
  std::vector<nanoseconds> took;
  std::int64_t late = 0, settled = 0;
  event_jam jam;
  for (session_time t{}; t < session_time{minutes{60}}; t += nanoseconds{125'000'000}) {
    const auto delay = agreed.agree(std::array{delays[0].delay(), delays[1].delay()}, t);
    for (std::size_t i = 0; i < 2; ++i) {
      const auto delivered = ways[i].deliver(t);
      delays[i].arrived(t, delivered);
      if (t < session_time{seconds{10}}) continue;
      took.push_back(delivered - t);
      late += took.back() > delay ? 1 : 0;
    }
    if (t < session_time{minutes{30}}) continue;
    jam.settled += delay;
    ++settled;
  }
  jam.settled /= settled;
  jam.late = static_cast<double>(late) / static_cast<double>(took.size());
  std::sort(took.begin(), took.end());
  jam.best_fixed = took[took.size() - 1 - took.size() / 1000];
  return jam;
}

} // namespace jamnet::inline v0::testing
