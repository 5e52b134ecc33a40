// SPDX-License-Identifier: MIT
//
// The messages of JSONMIDI, one row each: the tables of README.md as the program reads them, with
// the bits of M2-104-UM 1.1. What is no row here is written as `ump`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <jamnet/jsonmidi/schema.hpp>
#include <jamnet/midi/ump.hpp>

namespace jamnet::inline v0::jsonmidi {

namespace detail {

using enum field_kind;
using enum presence;

// How the rows below are written.
constexpr field integer(key name, std::int64_t min, std::int64_t max, unsigned word,
                        unsigned shift) noexcept {
  field f{.name = name, .min = min, .max = max};
  f.word = static_cast<std::uint8_t>(word);
  f.shift = static_cast<std::uint8_t>(shift);
  f.high_shift = static_cast<std::uint8_t>(shift + 7 < 32 ? shift + 7 : 31);
  return f;
}
constexpr field integer14(key name, unsigned word, unsigned low, unsigned high) noexcept {
  field f = integer(name, 0, 16383, word, low);
  f.high_shift = static_cast<std::uint8_t>(high);
  return f;
}
constexpr field byte(key name, unsigned word, unsigned shift) noexcept {
  return integer(name, 0, 255, word, shift);
}
constexpr field word32(key name) noexcept { return integer(name, 0, UINT32_MAX, 1, 0); }
constexpr field signed32(key name) noexcept { return integer(name, INT32_MIN, INT32_MAX, 1, 0); }
constexpr field flag(key name, unsigned word, unsigned shift, field_kind kind = boolean) noexcept {
  field f = integer(name, 0, 1, word, shift);
  f.kind = kind;
  return f;
}
constexpr field form_at(unsigned shift) noexcept {
  field f = integer("packet", 0, 3, 0, shift);
  f.kind = form;
  f.when = zero_left_out;
  return f;
}
constexpr field elements(key name, field_kind kind, unsigned at, unsigned count,
                         std::int64_t max = 255) noexcept {
  return {.name = name,
          .kind = kind,
          .max = max,
          .at = static_cast<std::uint8_t>(at),
          .count = static_cast<std::uint8_t>(count)};
}
constexpr field when(field f, presence p, std::uint32_t flag_bit = 0) noexcept {
  f.when = p;
  f.flag = flag_bit;
  return f;
}

// The fields, by what has them.
inline constexpr field channel = integer("channel", 1, 16, 0, 16);
inline constexpr field note = integer("note", 0, 127, 0, 8);
inline constexpr field value7 = integer("value", 0, 127, 0, 0);
inline constexpr field ticks16 = integer("ticks", 0, 65535, 0, 0);
// Flex data addresses a group or, with the address bit off, a channel of it.
inline constexpr field flex_channel = when(channel, flagged, 0x00100000);

inline constexpr std::array note_fields{channel, note, integer("velocity", 0, 127, 0, 0)};
inline constexpr std::array note2_fields{
    channel, note, integer("velocity", 0, 65535, 1, 16),
    when(byte("attributeType", 0, 0), zero_left_out),
    when(integer("attributeValue", 0, 65535, 1, 0), zero_left_out)};
inline constexpr std::array aftertouch_fields{channel, note, value7};
inline constexpr std::array control_fields{channel, integer("controller", 0, 127, 0, 8), value7};
inline constexpr std::array control2_fields{channel, integer("controller", 0, 127, 0, 8),
                                            word32("value")};
inline constexpr std::array program_fields{channel, integer("program", 0, 127, 0, 8)};
inline constexpr std::array program2_fields{channel, integer("program", 0, 127, 1, 24),
                                            when(integer14("bank", 1, 0, 8), flagged, 1)};
inline constexpr std::array channel_value_fields{channel, integer("value", 0, 127, 0, 8)};
inline constexpr std::array channel_value2_fields{channel, word32("value")};
inline constexpr std::array bend_fields{channel, integer14("value", 0, 8, 0)};
inline constexpr std::array note_value_fields{channel, note, word32("value")};
inline constexpr std::array parameter_fields{channel, integer("bank", 0, 127, 0, 8),
                                             integer("index", 0, 127, 0, 0), word32("value")};
inline constexpr std::array relative_fields{channel, integer("bank", 0, 127, 0, 8),
                                            integer("index", 0, 127, 0, 0), signed32("value")};
inline constexpr std::array note_parameter_fields{channel, note, byte("index", 0, 0),
                                                  word32("value")};
inline constexpr std::array note_management_fields{channel, note, flag("detach", 0, 1),
                                                   flag("reset", 0, 0)};

inline constexpr std::array time_code_fields{integer("piece", 0, 7, 0, 12),
                                             integer("nibble", 0, 15, 0, 8)};
inline constexpr std::array song_position_fields{integer14("beats", 0, 8, 0)};
inline constexpr std::array song_fields{integer("song", 0, 127, 0, 8)};

inline constexpr std::array ticks_fields{ticks16};
inline constexpr std::array resolution_fields{integer("ticksPerQuarterNote", 0, 65535, 0, 0)};
inline constexpr std::array long_ticks_fields{integer("ticks", 0, 1048575, 0, 0)};

inline constexpr std::array sysex7_fields{form_at(20), elements("data", data, 2, 6, 127)};
inline constexpr std::array sysex8_fields{when(byte("streamId", 0, 8), zero_left_out), form_at(20),
                                          elements("data", data, 3, 13)};
inline constexpr std::array mixed_data_fields{
    flag("part", 0, 20, part), integer("mdsId", 0, 15, 0, 16), elements("data", bytes, 2, 14)};

inline constexpr std::array tempo_fields{flex_channel, word32("tenNanosPerQuarterNote")};
inline constexpr std::array time_signature_fields{flex_channel, byte("numerator", 1, 24),
                                                  byte("denominator", 1, 16),
                                                  byte("thirtySecondsPerQuarterNote", 1, 8)};
inline constexpr std::array metronome_fields{flex_channel,
                                             byte("clocksPerPrimaryClick", 1, 24),
                                             byte("accent1", 1, 16),
                                             byte("accent2", 1, 8),
                                             byte("accent3", 1, 0),
                                             byte("subdivision1", 2, 24),
                                             byte("subdivision2", 2, 16)};
inline constexpr std::array key_signature_fields{
    flex_channel, integer("sharpsOrFlats", -8, 7, 1, 28), integer("tonic", 0, 15, 1, 24)};
inline constexpr std::array chord_fields{flex_channel,
                                         integer("tonicSharpsOrFlats", -8, 7, 1, 28),
                                         integer("tonic", 0, 15, 1, 24),
                                         byte("chordType", 1, 16),
                                         elements("alterations", pairs, 6, 4, 15),
                                         integer("bassSharpsOrFlats", -8, 7, 3, 28),
                                         integer("bassTonic", 0, 15, 3, 24),
                                         byte("bassChordType", 3, 16),
                                         elements("bassAlterations", pairs, 14, 2, 15)};
inline constexpr std::array flex_text_fields{flex_channel, form_at(22), byte("bank", 0, 8),
                                             byte("status", 0, 0), elements("text", text, 4, 12)};

inline constexpr std::array discovery_fields{byte("umpMajor", 0, 8), byte("umpMinor", 0, 0),
                                             byte("filter", 1, 0)};
inline constexpr std::array endpoint_fields{byte("umpMajor", 0, 8),
                                            byte("umpMinor", 0, 0),
                                            flag("staticFunctionBlocks", 1, 31),
                                            integer("functionBlocks", 0, 127, 1, 24),
                                            flag("midi2", 1, 9),
                                            flag("midi1", 1, 8),
                                            flag("rxJr", 1, 1),
                                            flag("txJr", 1, 0)};
inline constexpr std::array identity_fields{
    elements("manufacturer", bytes, 5, 3, 127), elements("family", bytes, 8, 2, 127),
    elements("model", bytes, 10, 2, 127), elements("revision", bytes, 12, 4, 127)};
inline constexpr std::array name_fields{form_at(26), elements("text", text, 2, 14)};
inline constexpr std::array configuration_fields{byte("streamProtocol", 0, 8), flag("rxJr", 0, 1),
                                                 flag("txJr", 0, 0)};
inline constexpr std::array block_discovery_fields{byte("functionBlock", 0, 8),
                                                   byte("filter", 0, 0)};
inline constexpr std::array block_fields{flag("active", 0, 15),
                                         integer("functionBlock", 0, 127, 0, 8),
                                         integer("uiHint", 0, 3, 0, 4),
                                         integer("midi1", 0, 3, 0, 2),
                                         integer("direction", 0, 3, 0, 0),
                                         byte("firstGroup", 1, 24),
                                         byte("groups", 1, 16),
                                         byte("ciVersion", 1, 8),
                                         byte("sysex8Streams", 1, 0)};
inline constexpr std::array block_name_fields{byte("functionBlock", 0, 8), form_at(26),
                                              elements("text", text, 3, 13)};

} // namespace detail

/// Of two variants of one name the second follows the first at once.
inline constexpr auto messages = std::to_array<message>({
    {"noteOff",
     0x20800000,
     variant::midi1,
     detail::note_fields,
     {"attributeType", "attributeValue"}},
    {"noteOff", 0x40800000, variant::midi2, detail::note2_fields},
    {"noteOn",
     0x20900000,
     variant::midi1,
     detail::note_fields,
     {"attributeType", "attributeValue"}},
    {"noteOn", 0x40900000, variant::midi2, detail::note2_fields},
    {"polyphonicAftertouch", 0x20a00000, variant::midi1, detail::aftertouch_fields},
    {"polyphonicAftertouch", 0x40a00000, variant::midi2, detail::note_value_fields},
    {"controlChange", 0x20b00000, variant::midi1, detail::control_fields},
    {"controlChange", 0x40b00000, variant::midi2, detail::control2_fields},
    {"programChange", 0x20c00000, variant::midi1, detail::program_fields, {"bank"}},
    {"programChange", 0x40c00000, variant::midi2, detail::program2_fields},
    {"channelAftertouch", 0x20d00000, variant::midi1, detail::channel_value_fields},
    {"channelAftertouch", 0x40d00000, variant::midi2, detail::channel_value2_fields},
    {"pitchBend", 0x20e00000, variant::midi1, detail::bend_fields},
    {"pitchBend", 0x40e00000, variant::midi2, detail::channel_value2_fields},
    {"registeredPerNoteController", 0x40000000, variant::midi2_only, detail::note_parameter_fields},
    {"assignablePerNoteController", 0x40100000, variant::midi2_only, detail::note_parameter_fields},
    {"registeredController", 0x40200000, variant::midi2_only, detail::parameter_fields},
    {"assignableController", 0x40300000, variant::midi2_only, detail::parameter_fields},
    {"relativeRegisteredController", 0x40400000, variant::midi2_only, detail::relative_fields},
    {"relativeAssignableController", 0x40500000, variant::midi2_only, detail::relative_fields},
    {"perNotePitchBend", 0x40600000, variant::midi2_only, detail::note_value_fields},
    {"perNoteManagement", 0x40f00000, variant::midi2_only, detail::note_management_fields},

    {"timeCode", 0x10f10000, variant::none, detail::time_code_fields},
    {"songPosition", 0x10f20000, variant::none, detail::song_position_fields},
    {"songSelect", 0x10f30000, variant::none, detail::song_fields},
    {"tuneRequest", 0x10f60000},
    {"timingClock", 0x10f80000},
    {"start", 0x10fa0000},
    {"continue", 0x10fb0000},
    {"stop", 0x10fc0000},
    {"activeSensing", 0x10fe0000},
    {"systemReset", 0x10ff0000},

    {"noop", 0x00000000},
    {"jrClock", 0x00100000, variant::none, detail::ticks_fields},
    {"jrTimestamp", 0x00200000, variant::none, detail::ticks_fields},
    {"deltaClockstampTicks", 0x00300000, variant::none, detail::resolution_fields},
    {"deltaClockstamp", 0x00400000, variant::none, detail::long_ticks_fields},

    {"systemExclusive", 0x30000000, variant::sysex7, detail::sysex7_fields, {"streamId"}},
    {"systemExclusive", 0x50000000, variant::sysex8, detail::sysex8_fields},
    {"mixedDataSet", 0x50800000, variant::none, detail::mixed_data_fields},

    {"setTempo", 0xd0100000, variant::none, detail::tempo_fields},
    {"setTimeSignature", 0xd0100001, variant::none, detail::time_signature_fields},
    {"setMetronome", 0xd0100002, variant::none, detail::metronome_fields},
    {"setKeySignature", 0xd0100005, variant::none, detail::key_signature_fields},
    {"setChordName", 0xd0100006, variant::none, detail::chord_fields},
    {"flexText", 0xd0100000, variant::none, detail::flex_text_fields},

    {"endpointDiscovery", 0xf0000000, variant::none, detail::discovery_fields},
    {"endpointInfo", 0xf0010000, variant::none, detail::endpoint_fields},
    {"deviceIdentity", 0xf0020000, variant::none, detail::identity_fields},
    {"endpointName", 0xf0030000, variant::none, detail::name_fields},
    {"productInstanceId", 0xf0040000, variant::none, detail::name_fields},
    {"streamConfigurationRequest", 0xf0050000, variant::none, detail::configuration_fields},
    {"streamConfigurationNotification", 0xf0060000, variant::none, detail::configuration_fields},
    {"functionBlockDiscovery", 0xf0100000, variant::none, detail::block_discovery_fields},
    {"functionBlockInfo", 0xf0110000, variant::none, detail::block_fields},
    {"functionBlockName", 0xf0120000, variant::none, detail::block_name_fields},
    {"startOfClip", 0xf0200000},
    {"endOfClip", 0xf0210000},
});

namespace detail {

// The first row of each name, and the names.
inline constexpr std::size_t name_count = [] {
  std::size_t count = 0;
  for (std::size_t row = 0; row < messages.size(); ++row)
    count += row == 0 || messages[row].name != messages[row - 1].name;
  return count;
}();
inline constexpr auto first_rows = [] {
  std::array<std::uint8_t, name_count> rows{};
  for (std::size_t row = 0, name = 0; row < messages.size(); ++row)
    if (row == 0 || messages[row].name != messages[row - 1].name)
      rows[name++] = static_cast<std::uint8_t>(row);
  return rows;
}();
inline constexpr name_index message_index{[] {
  std::array<std::string_view, name_count> names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = messages[first_rows[i]].name;
  return names;
}()};

inline constexpr auto message_masks = [] {
  std::array<std::array<std::uint32_t, 4>, messages.size()> masks{};
  for (std::size_t row = 0; row < masks.size(); ++row) masks[row] = messages[row].masks();
  return masks;
}();

// Message types with rows, by number; a status byte, wherever the type has it, then tells the row.
inline constexpr std::uint8_t no_page = 8;
inline constexpr std::array<std::uint8_t, 16> pages{0, 1, 2, 3, 4, 5, 8, 8, 8, 8, 8, 8, 8, 6, 8, 7};
constexpr unsigned status_shift(std::uint32_t word) noexcept {
  return word >> 28 == static_cast<unsigned>(ump_type::flex_data) ? 0 : 16;
}
inline constexpr std::size_t flex_text_row = first_rows[message_index.find("flexText")];
inline constexpr auto packet_index = [] {
  std::array<std::uint8_t, no_page * 256> rows{};
  for (std::size_t row = messages.size(); row-- > 0;) { // flexText below what it might hide
    const std::uint32_t word = messages[row].word, shift = status_shift(word);
    const std::uint32_t status = word >> shift & 0xff, mask = message_masks[row][0] >> shift;
    if (row == flex_text_row) continue;
    for (std::uint32_t varying = 0; varying < 64; ++varying) // of a status no more bits do
      if ((varying & ~mask) == 0)
        rows[pages[word >> 28] * 256u + status + varying] = static_cast<std::uint8_t>(row + 1);
  }
  return rows;
}();

// What masks cannot tell: fields that are marked absent, bytes beyond those that count.
constexpr bool is_exact(const ump& packet, const message& row) noexcept {
  for (const field& f : row.fields) {
    if (f.when == flagged && ((packet.words[0] ^ row.word) & f.flag) == 0 &&
        f.from_bits(packet.words[f.word]) != f.min)
      return false;
    if (f.kind != data) continue;
    const unsigned extra = f.at - 2u, size = packet.status() & 15u; // sysex8 counts its stream id
    if (size < extra || size > extra + f.count) return false;
    for (std::size_t i = 2 + size; i < f.at + std::size_t{f.count}; ++i)
      if (packet.byte(i) != 0) return false;
  }
  return true;
}

} // namespace detail

/// The first row of this name, or null: of two variants midi1, or sysex7. [any-thread] [rt-safe]
/// O(1)
[[nodiscard]] constexpr const message* find_message(std::string_view name) noexcept {
  const std::size_t i = detail::message_index.find(name);
  return i < detail::name_count ? &messages[detail::first_rows[i]] : nullptr;
}

/// The row that says all there is to say of this packet; null when there is none, as for reserved
/// statuses and for reserved bits that are set. [any-thread] [rt-safe] O(fields)
[[nodiscard]] constexpr const message* find_message(const ump& packet) noexcept {
  const std::uint32_t word = packet.words[0];
  const std::uint8_t page = detail::pages[word >> 28];
  if (page == detail::no_page) return nullptr;
  std::size_t row = detail::packet_index[page * 256u + (word >> detail::status_shift(word) & 0xff)];
  // Of flex data the banks 1 and 2 are text, whatever its status; the others are reserved.
  const std::uint32_t bank = word >> 8 & 0xff;
  if (page == 6 && bank != 0) row = bank <= 2 ? detail::flex_text_row + 1 : 0;
  if (row-- == 0) return nullptr;
  const message& found = messages[row];
  const auto& mask = detail::message_masks[row];
  std::uint32_t other = (word & ~mask[0]) ^ (found.word & ~mask[0]);
  for (std::size_t i = 1; i < mask.size(); ++i) other |= packet.words[i] & ~mask[i];
  return other == 0 && detail::is_exact(packet, found) ? &found : nullptr;
}

} // namespace jamnet::inline v0::jsonmidi
