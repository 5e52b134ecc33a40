// SPDX-License-Identifier: MIT
//
// When and by whom something was settled that a whole session shares. Of two versions of it the one
// with the greater stamp prevails everywhere: copies that meet agree without asking anybody.
#pragma once

#include <compare>
#include <cstdint>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/strong_id.hpp>
#include <jamnet/time/timeline.hpp>

namespace jamnet::inline v0 {

struct commit_stamp {
  static constexpr std::uint64_t last_epoch = (std::uint64_t{1} << 53) - 1;

  std::uint64_t epoch = 0; ///< one more with each commit; 0: nothing was settled yet
  session_time time{};     ///< when it was
  peer_id by{};            ///< who did it

  [[nodiscard]] constexpr explicit operator bool() const noexcept { return epoch != 0; }
  friend constexpr auto operator<=>(const commit_stamp&, const commit_stamp&) = default;
};

/// The stamp of what replaces that of `before`: it is greater, whatever the clock says, unless
/// both are at their ends. [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr commit_stamp stamp_after(const commit_stamp& before, session_time now,
                                                 peer_id by) noexcept {
  if (before.epoch < commit_stamp::last_epoch) return {before.epoch + 1, now, by};
  const bool last = before.time == session_time::max();
  return {before.epoch, std::max(now, last ? before.time : before.time + nanoseconds{1}), by};
}

} // namespace jamnet::inline v0
