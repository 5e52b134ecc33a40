// SPDX-License-Identifier: MIT
//
// One moment on every timeline that is known: what goes with audio and events to those who have no
// maps of their own, other processes above all.
//
// Converted once, where it is made (time_stamper.hpp), so that all who read it agree. Any bits are
// a value: what is in shared memory may have been written by anybody.
#pragma once

#include <cstdint>
#include <type_traits>

#include <jamnet/time/musical_position.hpp>
#include <jamnet/time/quarter_notes.hpp>
#include <jamnet/time/timeline.hpp>

namespace jamnet::inline v0 {

struct time_stamp {
  static constexpr std::uint32_t has_gpu = 1, has_session = 2, has_music = 4;

  host_time host{};           ///< by the clock of this machine
  session_time session{};     ///< by that of the session
  std::uint64_t gpu = 0;      ///< what the GPU's counter, or that of another device, shows then
  quarter_notes position{};   ///< where the music is then …
  musical_position bar{};     ///< … in bars, beats and ticks
  std::uint32_t bound_ns = 0; ///< how wrong these may be about each other; at most 4 s
  std::uint32_t known = 0;    ///< which of them are there, as a sum of the above; host always is

  [[nodiscard]] constexpr bool knows(std::uint32_t all) const noexcept {
    return (known & all) == all;
  }
  friend constexpr bool operator==(const time_stamp&, const time_stamp&) = default;
};
static_assert(sizeof(time_stamp) == 56 && std::is_trivially_copyable_v<time_stamp>);

} // namespace jamnet::inline v0
