// SPDX-License-Identifier: MIT
//
// How a peer keeps in time: the options of all that takes part in it.
#pragma once

#include <cstdint>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/sync/arbiter.hpp>
#include <jamnet/sync/clock_estimator.hpp>
#include <jamnet/sync/clock_jury.hpp>
#include <jamnet/sync/clock_prober.hpp>
#include <jamnet/sync/clock_tree.hpp>
#include <jamnet/sync/slewed_clock.hpp>

namespace jamnet::inline v0 {

struct sync_options {
  arbiter_options arbiter{};
  probe_options probe{};
  clock_estimator_options estimator{};
  slew_options slew{};
  jury_options jury{};
  /// Bytes a second of questions and answers for the one who answers most: in a larger room all
  /// ask less often. A follower alone takes 2.8 KB/s, and has at most 31 beside it.
  std::int64_t traffic = 50'000;
  /// Who is off by more has been away, as by a suspended machine, and begins anew: its time jumps,
  /// and it is told.
  nanoseconds rejoin_gap{1'000'000'000};

  /// From train to train, so that the one who answers most stays within `traffic`.
  /// [any-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr nanoseconds fair_interval(std::uint32_t members) const noexcept {
    constexpr std::int64_t ping_bytes = 80 + 104; // CLKQ and CLKR, each behind a PEER
    const auto askers = static_cast<std::int64_t>(clock_askers(members));
    const auto bytes = askers * std::clamp(probe.pings, 1, 100) * ping_bytes;
    return nanoseconds{1'000'000'000 * bytes / std::max(traffic, std::int64_t{1})};
  }
};

} // namespace jamnet::inline v0
