// SPDX-License-Identifier: MIT
//
// MIDI 2.0 channel voice messages by name; those that MIDI 1.0 has too are called the same there:
//
//     peer.send(midi2::note_on{.channel = 1, .note = 60, .velocity = 0x8000}, when);
//
// What `from` promises is said in message.hpp.
#pragma once

#include <cstdint>
#include <optional>

#include <jamnet/midi/detail/packet_fields.hpp>
#include <jamnet/midi/ump.hpp>

namespace jamnet::inline v0::midi2 {

// All of these are [any-thread] [rt-safe] O(1).

struct note_off {
  unsigned channel = 1, note = 0, velocity = 0; ///< velocity 0 to 65535
  unsigned attribute_type = 0, attribute_value = 0, group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<note_off> from(const ump& p) noexcept {
    return detail::from_packet<note_off>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.voice(0x40800000, group, channel)
        .data1(note)
        .bits(attribute_type, 0, 0, 8)
        .bits(velocity, 1, 16, 16)
        .bits(attribute_value, 1, 0, 16);
  }
};

struct note_on {
  unsigned channel = 1, note = 0, velocity = 0x8000; ///< velocity 0 to 65535
  unsigned attribute_type = 0, attribute_value = 0, group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<note_on> from(const ump& p) noexcept {
    return detail::from_packet<note_on>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.voice(0x40900000, group, channel)
        .data1(note)
        .bits(attribute_type, 0, 0, 8)
        .bits(velocity, 1, 16, 16)
        .bits(attribute_value, 1, 0, 16);
  }
};

struct polyphonic_aftertouch {
  unsigned channel = 1, note = 0;
  std::uint32_t value = 0;
  unsigned group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<polyphonic_aftertouch> from(const ump& p) noexcept {
    return detail::from_packet<polyphonic_aftertouch>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.voice(0x40a00000, group, channel).data1(note).bits(value, 1, 0, 32);
  }
};

struct control_change {
  unsigned channel = 1, controller = 0;
  std::uint32_t value = 0;
  unsigned group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<control_change> from(const ump& p) noexcept {
    return detail::from_packet<control_change>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.voice(0x40b00000, group, channel).data1(controller).bits(value, 1, 0, 32);
  }
};

struct program_change {
  unsigned channel = 1, program = 0;
  std::optional<unsigned> bank{}; ///< 0 to 16383; none: the bank stays
  unsigned group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<program_change> from(const ump& p) noexcept {
    return detail::from_packet<program_change>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    bool has_bank = bank.has_value();
    unsigned low = bank.value_or(0) & 0x7f, high = bank.value_or(0) >> 7;
    in.voice(0x40c00000, group, channel)
        .bits(has_bank, 0, 0, 1)
        .bits(program, 1, 24, 7)
        .bits(high, 1, 8, 7)
        .bits(low, 1, 0, 7);
    bank = has_bank ? std::optional{high << 7 | low} : std::nullopt;
  }
};

struct channel_aftertouch {
  unsigned channel = 1;
  std::uint32_t value = 0;
  unsigned group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<channel_aftertouch> from(const ump& p) noexcept {
    return detail::from_packet<channel_aftertouch>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.voice(0x40d00000, group, channel).bits(value, 1, 0, 32);
  }
};

struct pitch_bend {
  unsigned channel = 1;
  std::uint32_t value = 0x80000000; ///< the centre
  unsigned group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<pitch_bend> from(const ump& p) noexcept {
    return detail::from_packet<pitch_bend>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.voice(0x40e00000, group, channel).bits(value, 1, 0, 32);
  }
};

/// An RPN: bank and index 0 to 127.
struct registered_controller {
  unsigned channel = 1, bank = 0, index = 0;
  std::uint32_t value = 0;
  unsigned group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<registered_controller> from(const ump& p) noexcept {
    return detail::from_packet<registered_controller>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.voice(0x40200000, group, channel).data1(bank).data2(index).bits(value, 1, 0, 32);
  }
};

/// An NRPN.
struct assignable_controller {
  unsigned channel = 1, bank = 0, index = 0;
  std::uint32_t value = 0;
  unsigned group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<assignable_controller> from(const ump& p) noexcept {
    return detail::from_packet<assignable_controller>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.voice(0x40300000, group, channel).data1(bank).data2(index).bits(value, 1, 0, 32);
  }
};

/// By how much the registered controller changes.
struct relative_registered_controller {
  unsigned channel = 1, bank = 0, index = 0;
  std::int32_t value = 0;
  unsigned group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<relative_registered_controller> from(const ump& p) noexcept {
    return detail::from_packet<relative_registered_controller>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.voice(0x40400000, group, channel).data1(bank).data2(index).signed_bits(value, 1, 0, 32);
  }
};

/// By how much the assignable controller changes.
struct relative_assignable_controller {
  unsigned channel = 1, bank = 0, index = 0;
  std::int32_t value = 0;
  unsigned group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<relative_assignable_controller> from(const ump& p) noexcept {
    return detail::from_packet<relative_assignable_controller>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.voice(0x40500000, group, channel).data1(bank).data2(index).signed_bits(value, 1, 0, 32);
  }
};

struct registered_per_note_controller {
  unsigned channel = 1, note = 0, index = 0; ///< index 0 to 255
  std::uint32_t value = 0;
  unsigned group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<registered_per_note_controller> from(const ump& p) noexcept {
    return detail::from_packet<registered_per_note_controller>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.voice(0x40000000, group, channel).data1(note).bits(index, 0, 0, 8).bits(value, 1, 0, 32);
  }
};

struct assignable_per_note_controller {
  unsigned channel = 1, note = 0, index = 0; ///< index 0 to 255
  std::uint32_t value = 0;
  unsigned group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<assignable_per_note_controller> from(const ump& p) noexcept {
    return detail::from_packet<assignable_per_note_controller>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.voice(0x40100000, group, channel).data1(note).bits(index, 0, 0, 8).bits(value, 1, 0, 32);
  }
};

struct per_note_pitch_bend {
  unsigned channel = 1, note = 0;
  std::uint32_t value = 0x80000000; ///< the centre
  unsigned group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<per_note_pitch_bend> from(const ump& p) noexcept {
    return detail::from_packet<per_note_pitch_bend>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.voice(0x40600000, group, channel).data1(note).bits(value, 1, 0, 32);
  }
};

/// Detaches the controllers of the notes that sound, resets those of the note, or both.
struct per_note_management {
  unsigned channel = 1, note = 0;
  bool detach = false, reset = false;
  unsigned group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<per_note_management> from(const ump& p) noexcept {
    return detail::from_packet<per_note_management>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.voice(0x40f00000, group, channel).data1(note).bits(detach, 0, 1, 1).bits(reset, 0, 0, 1);
  }
};

} // namespace jamnet::inline v0::midi2
