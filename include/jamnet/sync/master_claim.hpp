// SPDX-License-Identifier: MIT
//
// What the timing master says of itself, and which of two claims is the greater.
#pragma once

#include <cstdint>

#include <jamnet/core/strong_id.hpp>

namespace jamnet::inline v0 {

struct master_claim {
  peer_id master{};
  std::uint64_t epoch = 0;      ///< 1 for the founder, one more with each take-over
  std::int32_t priority = 0;    ///< the user's wish: greater takes over first
  std::uint32_t quality_ns = 0; ///< the claimant's own clock bound when it took over
  std::uint32_t members = 0;    ///< how many peers it knows
  bool yields = false;          ///< its last claim: it stays, but hands over

  friend constexpr bool operator==(const master_claim&, const master_claim&) = default;
};

/// Whether `a` prevails over `b`: the greater epoch, then priority, then the smaller bound, then
/// the greater id. Two claims of which neither prevails are the same reign.
/// [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr bool prevails(const master_claim& a, const master_claim& b) noexcept {
  if (a.epoch != b.epoch) return a.epoch > b.epoch;
  if (a.priority != b.priority) return a.priority > b.priority;
  if (a.quality_ns != b.quality_ns) return a.quality_ns < b.quality_ns;
  return a.master > b.master;
}

} // namespace jamnet::inline v0
