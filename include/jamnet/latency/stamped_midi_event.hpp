// SPDX-License-Identifier: MIT
//
// A packet and its moment on every timeline: a midi_event for those who have no maps of their own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <jamnet/latency/time_stamp.hpp>
#include <jamnet/midi/midi_event.hpp>

namespace jamnet::inline v0 {

/// A value of 80 bytes for any ring, also one in shared memory (ring/shm_ring.hpp).
struct stamped_midi_event {
  time_stamp at{};                        ///< when it sounds
  std::uint64_t seq = midi_event::no_seq; ///< see midi_event
  ump packet{};

  /// How many bytes of the packet count: 4 to 16. [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] constexpr std::size_t bytes() const noexcept { return 4 * packet.size(); }
  /// The same in session time alone, which means nothing without has_session.
  /// [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] constexpr midi_event event() const noexcept { return {at.session, seq, packet}; }

  friend constexpr bool operator==(const stamped_midi_event&, const stamped_midi_event&) = default;
};
static_assert(sizeof(stamped_midi_event) == 80 && std::is_trivially_copyable_v<stamped_midi_event>);

} // namespace jamnet::inline v0
