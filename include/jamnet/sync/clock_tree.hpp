// SPDX-License-Identifier: MIT
//
// Whom to ask for the time in a room that is too large for one peer to answer all.
//
// Everybody knows everybody's id, so everybody can lay the same tree without a word: the master is
// the root, the others follow in the order of their ids, and each answers at most `clock_fan_out`.
// Who knows somewhat other members finds another parent, but never a circle: a parent's id is
// always less than its children's. A hundred peers need two steps, a thousand three.
#pragma once

#include <cstddef>
#include <span>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/strong_id.hpp>

namespace jamnet::inline v0 {

inline constexpr std::size_t clock_fan_out = 31;

/// Whom `self` asks: 0 for the master, or one of `others`, which are in ascending order and
/// without self and the master. [any-thread] [rt-safe] O(log n)
[[nodiscard]] constexpr peer_id clock_parent(peer_id self,
                                             std::span<const peer_id> others) noexcept {
  const auto before = std::lower_bound(others.begin(), others.end(), self) - others.begin();
  const std::size_t parent = static_cast<std::size_t>(before) / clock_fan_out; // the root is 0
  return parent == 0 ? peer_id{} : others[parent - 1];
}

/// How many ask the one who answers most, of `members` in all. [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr std::size_t clock_askers(std::size_t members) noexcept {
  return members < 2 ? 0 : std::min(members - 1, clock_fan_out);
}

} // namespace jamnet::inline v0
