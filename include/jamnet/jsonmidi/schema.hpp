// SPDX-License-Identifier: MIT
//
// The tables of JSONMIDI (README.md here): the keys, and for each message its name, its packet and
// where in the packet each field lies. Encoder and decoder both read them, so they cannot differ.
//
// Messages of fixed fields are rows; SysEx and `ump`, whose length varies, are not. MIDI 2.0, flex
// data and stream messages are not here yet, but their keys are: a key of the format may not come
// twice, whichever message it belongs to.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
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

/// An integer of a message and its place in the first word of the packet.
struct field {
  key name{};
  std::int64_t min = 0, max = 0; ///< min is stored as 0
  unsigned shift = 0;            ///< of its lowest bit
  bool split = false;            ///< 14 bits as MIDI 1.0 has them: the low seven first

  [[nodiscard]] constexpr std::uint32_t to_bits(std::int64_t value) const noexcept {
    const auto bits = static_cast<std::uint32_t>(value - min);
    return split ? (bits & 0x7f) << 8 | bits >> 7 : bits << shift;
  }
  [[nodiscard]] constexpr std::int64_t from_bits(std::uint32_t word) const noexcept {
    const std::uint32_t bits = word & mask();
    return min + (split ? bits >> 8 | (bits & 0x7f) << 7 : bits >> shift);
  }
  [[nodiscard]] constexpr std::uint32_t mask() const noexcept { return to_bits(max); }
};

/// A message of one word.
struct message {
  std::string_view name;
  std::uint32_t word = 0;        ///< the packet when group and fields are zero
  std::array<field, 3> fields{}; ///< those of max 0 are not there
  std::array<key, 2> refused{};  ///< keys that it has in MIDI 2.0 alone; key{} is none

  [[nodiscard]] constexpr bool has_group() const noexcept { return word >> 28 != 0; }
  /// The bits of group and fields. [any-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr std::uint32_t mask() const noexcept {
    std::uint32_t bits = has_group() ? 0x0f000000 : 0;
    for (const field& f : fields) bits |= f.mask();
    return bits;
  }
};

namespace detail {
inline constexpr field channel{"channel", 1, 16, 16};
inline constexpr field note{"note", 0, 127, 8};
} // namespace detail

inline constexpr auto messages = std::to_array<message>({
    {"noteOff",
     0x20800000,
     {detail::channel, detail::note, field{"velocity", 0, 127}},
     {"attributeType", "attributeValue"}},
    {"noteOn",
     0x20900000,
     {detail::channel, detail::note, field{"velocity", 0, 127}},
     {"attributeType", "attributeValue"}},
    {"polyphonicAftertouch", 0x20a00000, {detail::channel, detail::note, field{"value", 0, 127}}},
    {"controlChange",
     0x20b00000,
     {detail::channel, field{"controller", 0, 127, 8}, field{"value", 0, 127}}},
    {"programChange", 0x20c00000, {detail::channel, field{"program", 0, 127, 8}}, {"bank"}},
    {"channelAftertouch", 0x20d00000, {detail::channel, field{"value", 0, 127, 8}}},
    {"pitchBend", 0x20e00000, {detail::channel, field{"value", 0, 16383, 0, true}}},
    {"timeCode", 0x10f10000, {field{"piece", 0, 7, 12}, field{"nibble", 0, 15, 8}}},
    {"songPosition", 0x10f20000, {field{"beats", 0, 16383, 0, true}}},
    {"songSelect", 0x10f30000, {field{"song", 0, 127, 8}}},
    {"tuneRequest", 0x10f60000},
    {"timingClock", 0x10f80000},
    {"start", 0x10fa0000},
    {"continue", 0x10fb0000},
    {"stop", 0x10fc0000},
    {"activeSensing", 0x10fe0000},
    {"systemReset", 0x10ff0000},
    {"noop", 0x00000000},
    {"jrClock", 0x00100000, {field{"ticks", 0, 65535}}},
    {"jrTimestamp", 0x00200000, {field{"ticks", 0, 65535}}},
    {"deltaClockstampTicks", 0x00300000, {field{"ticksPerQuarterNote", 0, 65535}}},
    {"deltaClockstamp", 0x00400000, {field{"ticks", 0, 1048575}}},
});

namespace detail {

inline constexpr name_index message_index{[] {
  std::array<std::string_view, messages.size()> names;
  for (std::size_t i = 0; i < messages.size(); ++i) names[i] = messages[i].name;
  return names;
}()};

inline constexpr auto message_masks = [] {
  std::array<std::uint32_t, messages.size()> masks{};
  for (std::size_t row = 0; row < masks.size(); ++row) masks[row] = messages[row].mask();
  return masks;
}();

// The row, plus one, of the packets with this type and status byte: utility, system and voice.
inline constexpr auto packet_index = [] {
  std::array<std::uint8_t, 3 * 256> rows{};
  for (std::size_t row = 0; row < messages.size(); ++row)
    for (std::uint32_t varying = 0; varying < 16; ++varying) // of a status only these bits do
      if ((varying << 16 & ~message_masks[row]) == 0)
        rows[(messages[row].word >> 28) * 256 + (messages[row].word >> 16 & 0xff) + varying] =
            static_cast<std::uint8_t>(row + 1);
  return rows;
}();

} // namespace detail

/// The row of this name, or null. [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr const message* find_message(std::string_view name) noexcept {
  const std::size_t row = detail::message_index.find(name);
  return row < messages.size() ? &messages[row] : nullptr;
}

/// The row that says all there is to say of this packet; null when there is none, as for reserved
/// statuses and for reserved bits that are set. [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr const message* find_message(const ump& packet) noexcept {
  const std::uint32_t word = packet.words[0];
  const std::size_t i = word >> 28 << 8 | (word >> 16 & 0xff);
  if (i >= detail::packet_index.size() || detail::packet_index[i] == 0) return nullptr;
  const std::size_t row = detail::packet_index[i] - 1u;
  return (word & ~detail::message_masks[row]) == messages[row].word ? &messages[row] : nullptr;
}

/// The values of the key `packet` of a SysEx, and nothing for a whole message.
inline constexpr std::array<std::string_view, 4> form_names{"", "start", "continue", "end"};

} // namespace jamnet::inline v0::jsonmidi
