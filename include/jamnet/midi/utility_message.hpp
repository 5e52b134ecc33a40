// SPDX-License-Identifier: MIT
//
// Utility messages by name: they say when the packets around them happen, and have no group. What
// `from` promises is said in message.hpp.
#pragma once

#include <cstdint>
#include <optional>

#include <jamnet/midi/detail/packet_fields.hpp>
#include <jamnet/midi/ump.hpp>

namespace jamnet::inline v0::utility_message {

// All of these are [any-thread] [rt-safe] O(1).

struct noop {
  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<noop> from(const ump& p) noexcept {
    return detail::from_packet<noop>(p);
  }
  constexpr void layout(detail::packet_fields&) noexcept {}
};

/// The sender's time now, in 1/31250 s.
struct jr_clock {
  unsigned ticks = 0; ///< 0 to 65535

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<jr_clock> from(const ump& p) noexcept {
    return detail::from_packet<jr_clock>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.fixed(0x00100000).bits(ticks, 0, 0, 16);
  }
};

/// The sender's time of the packets that follow, in 1/31250 s.
struct jr_timestamp {
  unsigned ticks = 0; ///< 0 to 65535

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<jr_timestamp> from(const ump& p) noexcept {
    return detail::from_packet<jr_timestamp>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.fixed(0x00200000).bits(ticks, 0, 0, 16);
  }
};

/// What the ticks of a clip file are.
struct delta_clockstamp_ticks {
  unsigned ticks_per_quarter_note = 0; ///< 0 to 65535

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<delta_clockstamp_ticks> from(const ump& p) noexcept {
    return detail::from_packet<delta_clockstamp_ticks>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.fixed(0x00300000).bits(ticks_per_quarter_note, 0, 0, 16);
  }
};

/// Ticks from the event before to the one that follows.
struct delta_clockstamp {
  unsigned ticks = 0; ///< 0 to 1048575

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<delta_clockstamp> from(const ump& p) noexcept {
    return detail::from_packet<delta_clockstamp>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.fixed(0x00400000).bits(ticks, 0, 0, 20);
  }
};

} // namespace jamnet::inline v0::utility_message
