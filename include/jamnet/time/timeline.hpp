// SPDX-License-Identifier: MIT
//
// Timelines as types: a point on this machine's clock and a point on the session's clock have no
// difference, and only a clock_map turns one into the other (time/clock_map.hpp).
#pragma once

#include <jamnet/core/chrono.hpp>

namespace jamnet::inline v0 {

// Tags that keep apart points on different timelines. A tag is never instantiated.
struct host_timeline;    ///< this machine's monotonic clock; meaningless on any other machine
struct session_timeline; ///< the clock that all peers of one session agree on; 0 at its founding

using std::chrono::nanoseconds;

/// Nanoseconds since the timeline's own origin, in a signed 64-bit integer: 292 years either way.
template <class Timeline>
using time_on = std::chrono::time_point<Timeline, nanoseconds>;

using host_time = time_on<host_timeline>;
using session_time = time_on<session_timeline>;

} // namespace jamnet::inline v0
