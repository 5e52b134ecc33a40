// SPDX-License-Identifier: MIT
//
// Commands to a transport of all kinds, as a band in a frenzy asks for them.
#pragma once

#include <jamnet/core/random.hpp>
#include <jamnet/jsonmidi/transport_command.hpp>

namespace jamnet::inline v0::testing {

/// A command that can be, for a time around `now`. [one-thread] [rt-safe] O(1)
[[nodiscard]] inline jsonmidi::transport_command any_transport_command(random_source& random,
                                                                       session_time now) {
  using jsonmidi::transport_action;
  const auto below = [&](std::uint64_t n) { return random.next() % n; };
  jsonmidi::transport_command c;
  c.action = static_cast<transport_action>(below(8));
  const auto off = static_cast<std::int64_t>(below(3'000'000'000)) - 500'000'000;
  c.time = now + nanoseconds{below(3) == 0 ? off : 0};
  c.boundary = static_cast<jsonmidi::transport_boundary>(below(3));
  c.position = static_cast<double>(below(64 * 480)) / 480 - 4;
  c.bpm = 30 + static_cast<double>(below(40'000)) / 100;
  c.here = below(2) == 0;
  if (c.action == transport_action::time_signature || below(4) == 0)
    c.signature = time_signature{static_cast<std::uint8_t>(1 + below(12)),
                                 static_cast<std::uint8_t>(1u << below(5))};
  const auto from = static_cast<double>(below(32));
  if (below(2) == 0) c.loop = jsonmidi::loop_range{from, from + 1 + static_cast<double>(below(16))};
  return c;
}

} // namespace jamnet::inline v0::testing
