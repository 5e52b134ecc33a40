// SPDX-License-Identifier: MIT
//
// MIDI 1.0 channel voice messages by name, each convertible to the packet that carries it:
//
//     peer.send(note_on{.channel = 1, .note = 60, .velocity = 100}, when);
//
// Channels count from 1, as on every instrument; groups from 0, as in the packet.
#pragma once

#include <cstdint>

#include <jamnet/midi/ump.hpp>

namespace jamnet::inline v0 {

/// A MIDI 1.0 channel voice or system packet from its bytes. Expects a status byte of 0x80 or
/// more, data below 0x80 and a group below 16. [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr ump midi1(unsigned status, unsigned data1 = 0, unsigned data2 = 0,
                                  unsigned group = 0) noexcept {
  JAMNET_EXPECTS(status >= 0x80 && status <= 0xff && data1 < 0x80 && data2 < 0x80 && group < 16);
  const auto type = static_cast<unsigned>(status < 0xf0 ? ump_type::midi1_voice : ump_type::system);
  return {{type << 28 | group << 24 | status << 16 | data1 << 8 | data2}};
}

namespace detail {
constexpr ump channel_voice(unsigned status, unsigned channel, unsigned data1, unsigned data2,
                            unsigned group) noexcept {
  JAMNET_EXPECTS(channel >= 1 && channel <= 16);
  return midi1(status | (channel - 1), data1, data2, group);
}
} // namespace detail

struct note_off {
  unsigned channel = 1, note = 0, velocity = 0, group = 0;
  constexpr operator ump() const noexcept {
    return detail::channel_voice(0x80, channel, note, velocity, group);
  }
};

struct note_on {
  unsigned channel = 1, note = 0, velocity = 64, group = 0;
  constexpr operator ump() const noexcept {
    return detail::channel_voice(0x90, channel, note, velocity, group);
  }
};

struct polyphonic_aftertouch {
  unsigned channel = 1, note = 0, value = 0, group = 0;
  constexpr operator ump() const noexcept {
    return detail::channel_voice(0xa0, channel, note, value, group);
  }
};

struct control_change {
  unsigned channel = 1, controller = 0, value = 0, group = 0;
  constexpr operator ump() const noexcept {
    return detail::channel_voice(0xb0, channel, controller, value, group);
  }
};

struct program_change {
  unsigned channel = 1, program = 0, group = 0;
  constexpr operator ump() const noexcept {
    return detail::channel_voice(0xc0, channel, program, 0, group);
  }
};

struct channel_aftertouch {
  unsigned channel = 1, value = 0, group = 0;
  constexpr operator ump() const noexcept {
    return detail::channel_voice(0xd0, channel, value, 0, group);
  }
};

struct pitch_bend {
  unsigned channel = 1, value = 8192, group = 0; ///< 0 to 16383; 8192 is the centre
  constexpr operator ump() const noexcept {
    return detail::channel_voice(0xe0, channel, value & 0x7f, value >> 7, group);
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
