// SPDX-License-Identifier: MIT
//
// A packet as its line of JSONMIDI, in the canonical form: equal events give equal bytes.
//
//     std::array<char, jsonmidi::max_encoded_size> line;
//     send(jsonmidi::encode(event, line));
//
// A packet that no name describes to the last bit is written as `ump`, so every packet survives.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <jamnet/json/writer.hpp>
#include <jamnet/jsonmidi/schema.hpp>
#include <jamnet/jsonmidi/sysex.hpp>
#include <jamnet/midi/midi_event.hpp>

namespace jamnet::inline v0::jsonmidi {

/// A buffer of this size takes any one packet.
inline constexpr std::size_t max_encoded_size = 192;

/// The most bytes of `data` that one line may hold.
inline constexpr std::size_t max_data_size = 65536;

/// Writes the event to the front of `to` and returns what it wrote, without a line end; empty when
/// it does not fit. Expects seq below 2^53 or no_seq. [any-thread] [rt-safe] O(1)
[[nodiscard]] std::string_view encode(const midi_event& event, std::span<char> to) noexcept;

/// The same for a SysEx, whole or a piece, of any length; empty also when a byte is above 127 or
/// there are more than max_data_size. Expects group below 16. [any-thread] [rt-safe] O(data)
[[nodiscard]] std::string_view encode(const system_exclusive& sysex, std::span<char> to) noexcept;

namespace detail {

inline void begin(json::writer& out, std::string_view type, session_time time, std::uint64_t seq,
                  unsigned group) noexcept {
  JAMNET_EXPECTS(seq < std::uint64_t{1} << 53 || seq == midi_event::no_seq);
  out.begin_object().member("type", type).member("timestamp", time.time_since_epoch().count());
  if (seq != midi_event::no_seq) out.member("seq", seq);
  if (group != 0) out.member("group", group);
}

inline void encode_fields(json::writer& out, const midi_event& e, const message& row) noexcept {
  begin(out, row.name, e.time, e.seq, row.has_group() ? e.packet.group() : 0);
  for (const field& f : row.fields)
    if (f.max != 0) out.member(f.name.name(), f.from_bits(e.packet.words[0]));
}

inline void encode_words(json::writer& out, const midi_event& e) noexcept {
  begin(out, "ump", e.time, e.seq, 0);
  out.key("words").begin_array();
  for (std::size_t i = 0; i < e.packet.size(); ++i) out.value(e.packet.words[i]);
  out.end_array();
}

} // namespace detail

inline std::string_view encode(const midi_event& event, std::span<char> to) noexcept {
  const ump& packet = event.packet;
  if (is_sysex7(packet)) {
    std::array<std::uint8_t, detail::sysex7_size> data{};
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = packet.byte(2 + i);
    const auto form = static_cast<ump_form>(packet.status() >> 4);
    const bytes_view used = bytes_view{data}.first(packet.status() & 15u);
    return encode(system_exclusive{event.time, event.seq, packet.group(), form, used}, to);
  }
  json::writer out{to};
  if (const message* row = find_message(packet))
    detail::encode_fields(out, event, *row);
  else
    detail::encode_words(out, event);
  return out.end_object().text();
}

inline std::string_view encode(const system_exclusive& sysex, std::span<char> to) noexcept {
  JAMNET_EXPECTS(sysex.group < 16);
  if (sysex.data.size() > max_data_size) return {};
  json::writer out{to};
  detail::begin(out, "systemExclusive", sysex.time, sysex.seq, sysex.group);
  if (sysex.form != ump_form::complete)
    out.member("packet", form_names[static_cast<std::size_t>(sysex.form)]);
  out.key("data").begin_array();
  for (const std::uint8_t byte : sysex.data) {
    if (byte > 0x7f) return {};
    out.value(byte);
  }
  return out.end_array().end_object().text();
}

} // namespace jamnet::inline v0::jsonmidi
