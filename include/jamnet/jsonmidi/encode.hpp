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
#include <cstring>
#include <span>
#include <string_view>

#include <jamnet/json/writer.hpp>
#include <jamnet/jsonmidi/canonical.hpp>
#include <jamnet/jsonmidi/schema.hpp>
#include <jamnet/jsonmidi/sysex.hpp>
#include <jamnet/midi/midi_event.hpp>

namespace jamnet::inline v0::jsonmidi {

/// A buffer of this size takes any one packet.
inline constexpr std::size_t max_encoded_size = 192;

/// The most bytes of `data` that one line may hold.
inline constexpr std::size_t max_data_size = 65536;

/// Writes the event to the front of `to` and returns its line, without a line end; empty when it
/// does not fit. What lies behind it in `to` may change. Expects seq below 2^53 or no_seq.
/// [any-thread] [rt-safe] O(1)
[[nodiscard]] std::string_view encode(const midi_event& event, std::span<char> to) noexcept;

/// The same for a SysEx, whole or a piece, of any length; empty also when a byte is above 127 or
/// there are more than max_data_size. Expects group below 16. [any-thread] [rt-safe] O(data)
[[nodiscard]] std::string_view encode(const system_exclusive& sysex, std::span<char> to) noexcept;

namespace detail {

inline void begin(json::writer& out, std::string_view type, session_time time, std::uint64_t seq,
                  unsigned group) noexcept {
  JAMNET_EXPECTS(seq <= max_seq || seq == midi_event::no_seq);
  out.begin_object().member("type", type).member("timestamp", time.time_since_epoch().count());
  if (seq != midi_event::no_seq) out.member("seq", seq);
  if (group != 0) out.member("group", group);
}

inline std::string_view encode_fields(const midi_event& e, const message& row,
                                      std::span<char> to) noexcept {
  JAMNET_EXPECTS(e.seq <= max_seq || e.seq == midi_event::no_seq);
  if (to.size() >= max_encoded_size) return {to.data(), write_canonical(e, row, to.data())};
  std::array<char, max_encoded_size> line;
  const std::size_t size = write_canonical(e, row, line.data());
  if (size > to.size()) return {};
  std::memcpy(to.data(), line.data(), size);
  return {to.data(), size};
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
  if (const message* row = find_message(packet)) return detail::encode_fields(event, *row, to);
  json::writer out{to};
  detail::begin(out, "ump", event.time, event.seq, 0);
  out.key("words").begin_array();
  for (std::size_t i = 0; i < packet.size(); ++i) out.value(packet.words[i]);
  return out.end_array().end_object().text();
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
