// SPDX-License-Identifier: MIT
//
// One packet at one moment of the session: the 32-byte value that travels through rings.
//
// It holds exactly one packet. A SysEx that takes several is as many events of the same time, in
// order (start, continue …, end), so an event never needs a handle, a pool or an allocation.
#pragma once

#include <cstdint>

#include <jamnet/midi/ump.hpp>
#include <jamnet/time/timeline.hpp>

namespace jamnet::inline v0 {

struct midi_event {
  static constexpr std::uint64_t no_seq = ~std::uint64_t{0};

  session_time time{};        ///< when it sounds
  std::uint64_t seq = no_seq; ///< the sender's event number, below 2^53; no_seq: none
  ump packet{};

  friend constexpr bool operator==(const midi_event&, const midi_event&) = default;
};
static_assert(sizeof(midi_event) == 32);

} // namespace jamnet::inline v0
