// SPDX-License-Identifier: MIT
//
// MIDI 1.0 channel voice messages by name, each both a constructor and a view of its packet:
//
//     peer.send(note_on{.channel = 1, .note = 60, .velocity = 100}, when);
//     if (const auto on = note_on::from(packet)) play(on->note, on->velocity);
//
// So are all messages of the standard: system_message.hpp, utility_message.hpp, midi2_message.hpp,
// flex_message.hpp, stream_message.hpp, data_message.hpp. For each of them `from` gives nothing
// when the packet is another message, or has reserved bits or top bits of data bytes set; so that
// whenever X::from(p) is something, ump(*X::from(p)) == p, and no two messages claim one packet.
// To make a packet expects the fields in their ranges.
//
// Channels count from 1, as on every instrument; groups from 0, as in the packet.
#pragma once

#include <cstdint>
#include <optional>

#include <jamnet/midi/detail/packet_fields.hpp>
#include <jamnet/midi/ump.hpp>

namespace jamnet::inline v0 {

// All of these are [any-thread] [rt-safe] O(1).

/// A MIDI 1.0 channel voice or system packet from its bytes. Expects a status byte of 0x80 or
/// more, data below 0x80 and a group below 16. [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr ump midi1(unsigned status, unsigned data1 = 0, unsigned data2 = 0,
                                  unsigned group = 0) noexcept {
  JAMNET_EXPECTS(status >= 0x80 && status <= 0xff && data1 < 0x80 && data2 < 0x80 && group < 16);
  const auto type = static_cast<unsigned>(status < 0xf0 ? ump_type::midi1_voice : ump_type::system);
  return {{type << 28 | group << 24 | status << 16 | data1 << 8 | data2}};
}

struct note_off {
  unsigned channel = 1, note = 0, velocity = 0, group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<note_off> from(const ump& p) noexcept {
    return detail::from_packet<note_off>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.voice(0x20800000, group, channel).data1(note).data2(velocity);
  }
};

struct note_on {
  unsigned channel = 1, note = 0, velocity = 64, group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<note_on> from(const ump& p) noexcept {
    return detail::from_packet<note_on>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.voice(0x20900000, group, channel).data1(note).data2(velocity);
  }
};

struct polyphonic_aftertouch {
  unsigned channel = 1, note = 0, value = 0, group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<polyphonic_aftertouch> from(const ump& p) noexcept {
    return detail::from_packet<polyphonic_aftertouch>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.voice(0x20a00000, group, channel).data1(note).data2(value);
  }
};

struct control_change {
  unsigned channel = 1, controller = 0, value = 0, group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<control_change> from(const ump& p) noexcept {
    return detail::from_packet<control_change>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.voice(0x20b00000, group, channel).data1(controller).data2(value);
  }
};

struct program_change {
  unsigned channel = 1, program = 0, group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<program_change> from(const ump& p) noexcept {
    return detail::from_packet<program_change>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.voice(0x20c00000, group, channel).data1(program);
  }
};

struct channel_aftertouch {
  unsigned channel = 1, value = 0, group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<channel_aftertouch> from(const ump& p) noexcept {
    return detail::from_packet<channel_aftertouch>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.voice(0x20d00000, group, channel).data1(value);
  }
};

struct pitch_bend {
  unsigned channel = 1, value = 8192, group = 0; ///< 0 to 16383; 8192 is the centre

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<pitch_bend> from(const ump& p) noexcept {
    return detail::from_packet<pitch_bend>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.voice(0x20e00000, group, channel).split14(value);
  }
};

/// Whether the packet starts a note: a MIDI 1.0 note-on of velocity 0 ends one, a MIDI 2.0 one
/// does not. [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr bool starts_note(const ump& p) noexcept {
  if ((p.status() & 0xf0) != 0x90) return false;
  return p.type() == ump_type::midi2_voice || (p.type() == ump_type::midi1_voice && p.byte(3) != 0);
}

/// Whether the packet ends a note. [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr bool ends_note(const ump& p) noexcept {
  const bool off = (p.status() & 0xf0) == 0x80;
  if (p.type() == ump_type::midi2_voice) return off;
  return p.type() == ump_type::midi1_voice &&
         (off || ((p.status() & 0xf0) == 0x90 && p.byte(3) == 0));
}

} // namespace jamnet::inline v0
