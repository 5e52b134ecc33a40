// SPDX-License-Identifier: MIT
//
// What can be seen of a link from outside: what it counted, how its way is, and what it decided.
#pragma once

#include <cstddef>
#include <cstdint>

#include <jamnet/time/timeline.hpp>

namespace jamnet::inline v0::toast {

/// Counted since the link was opened.
struct link_statistics {
  std::uint64_t frames_in = 0, frames_out = 0, datagrams_out = 0;
  std::uint64_t bytes_in = 0, bytes_out = 0; ///< of frames, without what carries them
  std::uint64_t frames_missed = 0;           ///< of the other side's, up to the newest that came
  std::uint64_t frames_unknown = 0;          ///< of a type this version does not know
  std::uint64_t frames_bad = 0;              ///< of a known type, with a payload it does not allow
};

/// How the way to the other side is, as its reports show it, and what follows from that.
struct link_quality {
  double loss = 0;             ///< the part of our frames that is lost, of late
  double burst = 1;            ///< how many datagrams are lost in a row
  nanoseconds round_trip{};    ///< smoothed; an assumption before anything was acknowledged
  nanoseconds variation{};     ///< how much it varies
  unsigned repeats = 0;        ///< how often an event goes again unasked: the redundancy
  nanoseconds patience{};      ///< how long an event waits for its acknowledgement
  std::size_t window = 0;      ///< bytes of events that may be under way
  std::int64_t rate = 0;       ///< bytes of events that may leave a second
  std::uint64_t under_way = 0; ///< events that are
};

} // namespace jamnet::inline v0::toast
