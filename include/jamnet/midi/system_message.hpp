// SPDX-License-Identifier: MIT
//
// System common and real-time messages by name, in a namespace of their own: `start` and `stop`
// mean too much elsewhere. What `from` promises is said in message.hpp.
#pragma once

#include <cstdint>
#include <optional>

#include <jamnet/midi/detail/packet_fields.hpp>
#include <jamnet/midi/ump.hpp>

namespace jamnet::inline v0::system_message {

// All of these are [any-thread] [rt-safe] O(1).

/// An MTC quarter frame: piece 0 to 7 of the time, four bits of it.
struct time_code {
  unsigned piece = 0, nibble = 0, group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<time_code> from(const ump& p) noexcept {
    return detail::from_packet<time_code>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.fixed(0x10f10000).group(group).bits(piece, 0, 12, 3).bits(nibble, 0, 8, 4);
  }
};

struct song_position {
  unsigned beats = 0, group = 0; ///< MIDI beats, six clocks each, 0 to 16383

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<song_position> from(const ump& p) noexcept {
    return detail::from_packet<song_position>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.fixed(0x10f20000).group(group).split14(beats);
  }
};

struct song_select {
  unsigned song = 0, group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<song_select> from(const ump& p) noexcept {
    return detail::from_packet<song_select>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.fixed(0x10f30000).group(group).data1(song);
  }
};

struct tune_request {
  unsigned group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<tune_request> from(const ump& p) noexcept {
    return detail::from_packet<tune_request>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept { in.fixed(0x10f60000).group(group); }
};

struct timing_clock {
  unsigned group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<timing_clock> from(const ump& p) noexcept {
    return detail::from_packet<timing_clock>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept { in.fixed(0x10f80000).group(group); }
};

struct start {
  unsigned group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<start> from(const ump& p) noexcept {
    return detail::from_packet<start>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept { in.fixed(0x10fa0000).group(group); }
};

struct continue_ {
  unsigned group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<continue_> from(const ump& p) noexcept {
    return detail::from_packet<continue_>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept { in.fixed(0x10fb0000).group(group); }
};

struct stop {
  unsigned group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<stop> from(const ump& p) noexcept {
    return detail::from_packet<stop>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept { in.fixed(0x10fc0000).group(group); }
};

struct active_sensing {
  unsigned group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<active_sensing> from(const ump& p) noexcept {
    return detail::from_packet<active_sensing>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept { in.fixed(0x10fe0000).group(group); }
};

struct system_reset {
  unsigned group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<system_reset> from(const ump& p) noexcept {
    return detail::from_packet<system_reset>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept { in.fixed(0x10ff0000).group(group); }
};

} // namespace jamnet::inline v0::system_message
