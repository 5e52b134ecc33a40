// SPDX-License-Identifier: MIT
//
// A line of JSONMIDI as packets: strict about everything, indifferent to the order of keys.
//
//     if (auto event = jsonmidi::decode(line)) use(*event);
//     else log(event.error());                       // value_range, detail 61: the offset
//
// A line is judged whole before anything of it is delivered, and nothing is stored meanwhile: a
// SysEx of 64 KiB is checked, then read again packet by packet.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include <jamnet/core/result.hpp>
#include <jamnet/jsonmidi/detail/canonical_reader.hpp>
#include <jamnet/jsonmidi/detail/line_decoder.hpp>
#include <jamnet/jsonmidi/limits.hpp>
#include <jamnet/jsonmidi/messages.hpp>
#include <jamnet/jsonmidi/sysex.hpp>

namespace jamnet::inline v0::jsonmidi {

/// The event on a line of one packet; needs_packets, at its data, for a SysEx of several. Any other
/// failure says why the line is refused and at which byte: at the value or the key at fault, or at
/// the closing brace when a key is missing. [any-thread] [rt-safe] O(line)
[[nodiscard]] result<midi_event> decode(std::string_view line, const limits& most = {}) noexcept;

/// Calls `sink(const midi_event&)` for each packet of the line, in order, and returns how many. A
/// refused line delivers none. [any-thread] [rt-safe] if the sink is; O(line)
template <class Sink>
[[nodiscard]] result<std::size_t> decode_packets(std::string_view line, Sink&& sink,
                                                 const limits& most = {});

/// The SysEx on a line, whole or a piece, with its data in front of `data`, which must outlive it.
/// Fails as decode does, and as type_unknown for another message, data_too_long for more bytes than
/// `data` has room for. [any-thread] [rt-safe] O(line)
[[nodiscard]] result<system_exclusive>
decode_sysex(std::string_view line, std::span<std::uint8_t> data, const limits& most = {}) noexcept;

namespace detail {

/// What is neither compact nor, perhaps, canonical.
template <class Sink>
result<std::size_t> decode_others(std::string_view line, Sink& sink, const limits& most);

} // namespace detail

template <class Sink>
result<std::size_t> decode_packets(std::string_view line, Sink&& sink, const limits& most) {
  midi_event event;
  if (line.size() > most.line || !detail::try_compact(line, event))
    return detail::decode_others(line, sink, most);
  sink(std::as_const(event));
  return std::size_t{1};
}

namespace detail {

template <class Sink>
result<std::size_t> decode_others(std::string_view line, Sink& sink, const limits& most) {
  canonical_line fast;
  if (line.size() <= most.line && read_in_order(line, fast)) {
    if (!fast.row) {
      sink(std::as_const(fast.event));
      return std::size_t{1};
    }
    canonical_run run{*fast.row, fast.event, fast.data};
    if (run.prove(most.data) && run.rest() == "}") {
      run.deliver([&](const midi_event& e) {
        sink(e);
        return true;
      });
      return run.packets();
    }
  }
  line_decoder decoder{line, most};
  if (!decoder.prove()) return decoder.error();
  decoder.deliver([&](const midi_event& e) {
    sink(e);
    return true;
  });
  return decoder.packets();
}

} // namespace detail

namespace detail {

inline system_exclusive make_sysex(const midi_event& event, const message& row,
                                   bytes_view data) noexcept {
  const bool eight_bits = row.kind == variant::sysex8;
  return {.time = event.time,
          .seq = event.seq,
          .group = event.packet.group(),
          .form = static_cast<ump_form>(event.packet.status() >> 4),
          .data = data,
          .type = eight_bits ? sysex_type::sysex8 : sysex_type::sysex7,
          .stream_id = eight_bits ? event.packet.byte(2) : std::uint8_t{0}};
}

} // namespace detail

inline result<system_exclusive> decode_sysex(std::string_view line, std::span<std::uint8_t> data,
                                             const limits& most) noexcept {
  std::size_t size = 0;
  const std::size_t room = data.size() < most.data ? data.size() : most.data;
  detail::canonical_line fast;
  if (line.size() <= most.line && detail::read_in_order(line, fast) && fast.row) {
    detail::byte_list list{fast.data, static_cast<unsigned>(fast.row->fields.back().max)};
    bool good = true;
    for (std::size_t count = 1; good && !list.closed() && count > 0; size += count)
      good = list.try_next(data.first(room).subspan(size), count);
    if (good && list.closed() && list.rest() == "}")
      return detail::make_sysex(fast.event, *fast.row, data.first(size));
  }
  detail::line_decoder decoder{line, most};
  if (!decoder.prove()) return decoder.error();
  if (!decoder.is_sysex()) return decoder.unexpected_type();
  size = 0;
  const bool fits = decoder.deliver([&](const midi_event& event) {
    const detail::packet_data bytes{decoder.row().fields.back(), event.packet};
    if (bytes.size > room - size) return false;
    for (const std::uint8_t byte : bytes.view()) data[size++] = byte;
    return true;
  });
  if (!fits) return failure{errc::data_too_long, static_cast<std::uint32_t>(decoder.data_offset())};
  return detail::make_sysex(decoder.event(), decoder.row(), data.first(size));
}

inline result<midi_event> decode(std::string_view line, const limits& most) noexcept {
  midi_event event;
  if (line.size() <= most.line && detail::try_compact(line, event)) return event;
  const auto packets = decode_packets(line, [&](const midi_event& e) { event = e; }, most);
  if (!packets) return packets.error();
  if (*packets == 1) return event;
  detail::line_decoder decoder{line, most}; // which says where the data are
  static_cast<void>(decoder.prove());
  return failure{errc::needs_packets, static_cast<std::uint32_t>(decoder.data_offset())};
}

} // namespace jamnet::inline v0::jsonmidi
