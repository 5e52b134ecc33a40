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

#include <jamnet/json/utf8.hpp>
#include <jamnet/jsonmidi/detail/canonical_writer.hpp>
#include <jamnet/jsonmidi/detail/compact_writer.hpp>
#include <jamnet/jsonmidi/limits.hpp>
#include <jamnet/jsonmidi/messages.hpp>
#include <jamnet/jsonmidi/sysex.hpp>
#include <jamnet/midi/midi_event.hpp>

namespace jamnet::inline v0::jsonmidi {

/// A buffer of this size takes any one packet, and is written without a detour.
inline constexpr std::size_t max_encoded_size = 512;

/// Whether a line ends with `rawBytes`: the MIDI 1.0 bytes where the packet has some, or else its
/// words, big-endian.
enum class raw_bytes : bool { left_out, written };

/// Writes the event to the front of `to` and returns its line, without a line end; empty when it
/// does not fit. What lies behind it in `to` may change. Expects seq below 2^53 or no_seq.
/// [any-thread] [rt-safe] O(1)
[[nodiscard]] std::string_view encode(const midi_event& event, std::span<char> to,
                                      raw_bytes raw = raw_bytes::left_out) noexcept;

/// The same for a SysEx, whole or a piece, of any length; empty also when a byte of a sysex7 is
/// above 127 or there are more than max_data_size. Expects group below 16. [any-thread] [rt-safe]
/// O(data)
[[nodiscard]] std::string_view encode(const system_exclusive& sysex, std::span<char> to) noexcept;

/// encode() with a memory: times and numbers that follow each other closely are written faster.
class encoder {
public:
  /// As the function. [one-thread] [rt-safe] O(1)
  [[nodiscard]] std::string_view encode(const midi_event& event, std::span<char> to,
                                        raw_bytes raw = raw_bytes::left_out) noexcept {
    JAMNET_EXPECTS(event.seq <= detail::max_seq || event.seq == midi_event::no_seq);
    const auto* const text = detail::find_voice_text(event.packet);
    if (!text || to.size() < max_encoded_size || raw == raw_bytes::written)
      return jsonmidi::encode(event, to, raw);
    return detail::write_voice(event, *text, to.data(), memory_);
  }

private:
  detail::writer_memory memory_;
};

namespace detail {

/// The row to write a packet with; null: as `ump`.
[[nodiscard]] inline const message* written_row(const ump& packet) noexcept {
  const message* row = find_message(packet);
  if (!row || row->fields.empty() || row->fields.back().kind != field_kind::text) return row;
  const packet_data data{row->fields.back(), packet};
  std::string_view text = data.text();
  while (!text.empty()) {
    const std::size_t size = json::utf8_length(text);
    if (size == 0) return nullptr;
    text.remove_prefix(size);
  }
  return row;
}

inline std::string_view write_event(const midi_event& e, const message* row, char* to,
                                    raw_bytes raw) noexcept {
  canonical_writer out{to};
  if (row) {
    out.begin(*row, e.time, e.seq, e.packet.group());
    for (const field& f : row->fields) out.put_field(f, *row, e.packet);
  } else {
    out.begin(ump_begin_text, e.time, e.seq);
    out.put_words(e.packet);
  }
  if (raw == raw_bytes::written) {
    std::array<std::uint8_t, 16> bytes{};
    std::size_t size = to_bytes(e.packet, std::span{bytes}.first<8>());
    if (size == 0)
      for (; size < 4 * e.packet.size(); ++size) bytes[size] = e.packet.byte(size);
    out.put_bytes("rawBytes", bytes_view{bytes}.first(size));
  }
  out.end();
  return out.text();
}

inline std::string_view cut_to(std::span<char> to, std::string_view text) noexcept {
  if (text.size() > to.size()) return {};
  std::memcpy(to.data(), text.data(), text.size());
  return {to.data(), text.size()};
}

} // namespace detail

inline std::string_view encode(const midi_event& event, std::span<char> to,
                               raw_bytes raw) noexcept {
  JAMNET_EXPECTS(event.seq <= detail::max_seq || event.seq == midi_event::no_seq);
  if (const auto* text = detail::find_voice_text(event.packet);
      text && to.size() >= max_encoded_size && raw == raw_bytes::left_out)
    return detail::write_voice(event, *text, to.data(), detail::no_memory{});
  const message* const row = detail::written_row(event.packet);
  if (to.size() >= max_encoded_size) return detail::write_event(event, row, to.data(), raw);
  std::array<char, max_encoded_size> line;
  return detail::cut_to(to, detail::write_event(event, row, line.data(), raw));
}

inline std::string_view encode(const system_exclusive& sysex, std::span<char> to) noexcept {
  JAMNET_EXPECTS(sysex.group < 16);
  const bool eight_bits = sysex.type == sysex_type::sysex8;
  if (sysex.data.size() > max_data_size) return {};
  std::size_t digits = 0;
  std::uint8_t seen = 0;
  for (const std::uint8_t byte : sysex.data) {
    digits += 1u + (byte >= 10) + (byte >= 100);
    seen |= byte;
  }
  if (seen > 0x7f && !eight_bits) return {};

  std::array<char, max_encoded_size> start;
  detail::canonical_writer head{start.data()};
  const message& row = *(find_message("systemExclusive") + eight_bits);
  head.begin(row, sysex.time, sysex.seq, sysex.group);
  if (eight_bits) head.put_field(row.fields[0], row, {{std::uint32_t{sysex.stream_id} << 8}});
  if (sysex.form != ump_form::complete)
    head.put_word("packet", form_names[static_cast<std::size_t>(sysex.form)]);
  head.put_bytes("data", {}); // its last character, the bracket, then follows the data
  const std::size_t begin = head.text().size() - 1;
  const std::size_t commas = sysex.data.empty() ? 0 : sysex.data.size() - 1;
  const std::size_t size = begin + digits + commas + 2;
  if (size > to.size()) return {};

  char* at = to.data();
  char* const end = at + size;
  std::memcpy(at, start.data(), begin);
  at += begin;
  for (const std::uint8_t byte : sysex.data) {
    const detail::short_number& n = detail::short_numbers[byte];
    if (end - at >= 4)
      std::memcpy(at, n.chars.data(), 4);
    else
      std::memcpy(at, n.chars.data(), n.size + std::size_t{1});
    at += n.size + 1;
  }
  end[-2] = ']';
  end[-1] = '}';
  return {to.data(), size};
}

} // namespace jamnet::inline v0::jsonmidi
