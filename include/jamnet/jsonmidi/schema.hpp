// SPDX-License-Identifier: MIT
//
// The vocabulary of JSONMIDI (README.md here): its keys, and how a field of a message lies in the
// packet. messages.hpp writes the tables of the format with it; encoder and decoder both read
// those, so they cannot differ.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <jamnet/jsonmidi/name_index.hpp>
#include <jamnet/midi/ump.hpp>

namespace jamnet::inline v0::jsonmidi {

/// Every key of the format, in no particular order.
inline constexpr auto key_names = std::to_array<std::string_view>(
    {"type", "timestamp", "seq", "protocol", "group", "rawBytes",
     // channel voice
     "channel", "note", "velocity", "attributeType", "attributeValue", "value", "controller",
     "program", "bank", "index", "detach", "reset",
     // system, SysEx, utility and ump
     "piece", "nibble", "beats", "song", "sysexType", "streamId", "packet", "data", "part", "mdsId",
     "ticks", "ticksPerQuarterNote", "words",
     // flex data
     "tenNanosPerQuarterNote", "numerator", "denominator", "thirtySecondsPerQuarterNote",
     "clocksPerPrimaryClick", "accent1", "accent2", "accent3", "subdivision1", "subdivision2",
     "sharpsOrFlats", "tonic", "tonicSharpsOrFlats", "chordType", "alterations",
     "bassSharpsOrFlats", "bassTonic", "bassChordType", "bassAlterations", "status", "text",
     // stream
     "umpMajor", "umpMinor", "filter", "staticFunctionBlocks", "functionBlocks", "midi2", "midi1",
     "rxJr", "txJr", "manufacturer", "family", "model", "revision", "streamProtocol",
     "functionBlock", "active", "uiHint", "direction", "firstGroup", "groups", "ciVersion",
     "sysex8Streams"});
inline constexpr name_index key_index{key_names};

using key = indexed_name<key_index>;

enum class field_kind : std::uint8_t {
  number,
  boolean,
  form,  ///< the key `packet`: "start", "continue" or "end"; left out of a whole message
  part,  ///< "header" or "payload"
  bytes, ///< an array of `count` integers
  pairs, ///< an array of `count` arrays of two integers, four bits each
  data,  ///< an array of any length, `count` bytes to the packet: a SysEx
  text,  ///< a string of any length, `count` bytes to the packet
};

enum class presence : std::uint8_t {
  required,
  zero_left_out, ///< absent is zero
  flagged,       ///< whether it is there is a bit of the packet
};

/// A field of a message and where in the packet it lies.
struct field {
  key name{};
  field_kind kind = field_kind::number;
  presence when = presence::required;
  std::int64_t min = 0, max = 0; ///< of the number, or of each element
  std::uint8_t word = 0;         ///< of a number
  std::uint8_t shift = 0;        ///< of its lowest bit
  std::uint8_t high_shift = 0;   ///< of its eighth bit: MIDI cuts 14 bits in two
  std::uint8_t at = 0;           ///< the byte of the packet where elements begin
  std::uint8_t count = 0;        ///< how many there are, or fit one packet
  std::uint32_t flag = 0;        ///< the bit of the first word that turns when it is there

  /// Its number as bits of its word, and back. A negative minimum is that of two's complement; any
  /// other is stored as zero. [any-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr std::uint32_t to_bits(std::int64_t value) const noexcept {
    const auto raw = static_cast<std::uint32_t>(value - min) ^ sign();
    return (raw & 0x7f) << shift | (raw >> 7) << high_shift;
  }
  [[nodiscard]] constexpr std::int64_t from_bits(std::uint32_t bits) const noexcept {
    const std::uint32_t low = (bits >> shift) & range() & 0x7f;
    const std::uint32_t high = (bits >> high_shift) & (range() >> 7);
    return std::int64_t{(low | high << 7) ^ sign()} + min;
  }
  /// The bits it may set in a word of the packet. [any-thread] [rt-safe] O(count)
  [[nodiscard]] constexpr std::uint32_t mask(std::size_t in_word) const noexcept {
    std::uint32_t bits = in_word == 0 ? flag : 0;
    if (in_word == word) bits |= (range() & 0x7f) << shift | (range() >> 7) << high_shift;
    if (kind < field_kind::bytes) return bits;
    bits = in_word == 0 && kind == field_kind::data ? 0x000f0000u : 0; // how many there are
    const bool integers = kind == field_kind::bytes || kind == field_kind::data;
    const std::uint32_t element = integers ? static_cast<std::uint32_t>(max) : 255;
    for (std::size_t i = at; i < at + std::size_t{count}; ++i)
      if (i / 4 == in_word) bits |= element << (24 - 8 * (i % 4));
    return bits;
  }

private:
  constexpr std::uint32_t range() const noexcept { return static_cast<std::uint32_t>(max - min); }
  constexpr std::uint32_t sign() const noexcept {
    return min < 0 ? static_cast<std::uint32_t>(-min) : 0;
  }
};

/// What tells two messages of one name apart.
enum class variant : std::uint8_t {
  none,
  midi1,      ///< the default of `protocol`
  midi2,      ///< "protocol":"midi2"
  midi2_only, ///< no other protocol has it, so that is not said
  sysex7,     ///< the default of `sysexType`
  sysex8,     ///< "sysexType":"sysex8"
};

struct message {
  std::string_view name;
  std::uint32_t word = 0; ///< the packet's first, when all else is zero; the others are then zero
  variant kind = variant::none;
  std::span<const field> fields{};
  std::array<key, 2> refused{}; ///< keys that only its other variant has; key{} is none

  [[nodiscard]] constexpr bool has_group() const noexcept {
    return word >> 28 != 0x0 && word >> 28 != 0xf;
  }
  /// The bits of group and fields. [any-thread] [rt-safe] O(fields)
  [[nodiscard]] constexpr std::array<std::uint32_t, 4> masks() const noexcept {
    std::array<std::uint32_t, 4> bits{has_group() ? 0x0f000000u : 0u};
    for (const field& f : fields)
      for (std::size_t i = 0; i < bits.size(); ++i) bits[i] |= f.mask(i);
    return bits;
  }
};

/// The values of the key `packet`, and nothing for a whole message.
inline constexpr std::array<std::string_view, 4> form_names{"", "start", "continue", "end"};
/// The values of the key `part`.
inline constexpr std::array<std::string_view, 2> part_names{"header", "payload"};

} // namespace jamnet::inline v0::jsonmidi
