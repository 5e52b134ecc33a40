// SPDX-License-Identifier: MIT
//
// SysEx as JSONMIDI has it: a message, or a piece of one, of any length, and the packets of six
// bytes it becomes.
#pragma once

#include <cstddef>
#include <cstdint>

#include <jamnet/core/bytes.hpp>
#include <jamnet/midi/midi_event.hpp>

namespace jamnet::inline v0::jsonmidi {

/// What lies between F0 and F7, or a part of it.
struct system_exclusive {
  session_time time{};
  std::uint64_t seq = midi_event::no_seq;
  unsigned group = 0;
  ump_form form = ump_form::complete; ///< complete: `data` is the whole message
  bytes_view data{};                  ///< each below 128
};

namespace detail {

inline constexpr std::size_t sysex7_size = 6; // data bytes in one packet

/// How many packets `size` bytes take; a message of none takes one. [rt-safe] O(1)
[[nodiscard]] constexpr std::size_t sysex7_packets(std::size_t size) noexcept {
  return size == 0 ? 1 : (size + sysex7_size - 1) / sysex7_size;
}

/// What packet `index` of `count` is when together they are a `form`. [rt-safe] O(1)
[[nodiscard]] constexpr ump_form sysex7_form(ump_form form, std::size_t index,
                                             std::size_t count) noexcept {
  const bool first = index == 0 && (form == ump_form::complete || form == ump_form::start);
  const bool last = index + 1 == count && (form == ump_form::complete || form == ump_form::end);
  if (first && last) return ump_form::complete;
  return first ? ump_form::start : last ? ump_form::end : ump_form::continued;
}

/// A packet without data; its data bytes are then put in with add_sysex7_byte.
[[nodiscard]] constexpr ump empty_sysex7(unsigned group, ump_form form) noexcept {
  return {{0x30000000u | group << 24 | static_cast<std::uint32_t>(form) << 20}};
}
constexpr void add_sysex7_byte(ump& packet, std::uint8_t byte) noexcept {
  const std::size_t at = 2 + (packet.words[0] >> 16 & 15);
  packet.words[0] += 1u << 16;
  packet.words[at / 4] |= std::uint32_t{byte} << (24 - 8 * (at % 4));
}

} // namespace detail

/// Whether a packet is SysEx of seven bits by the letter of the standard, so that group, form and
/// data say all there is to say of it. [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr bool is_sysex7(const ump& packet) noexcept {
  if (packet.type() != ump_type::sysex7) return false;
  const unsigned form = packet.status() >> 4, size = packet.status() & 15;
  if (form > 3 || size > detail::sysex7_size) return false;
  for (std::size_t i = 0; i < detail::sysex7_size; ++i)
    if (packet.byte(2 + i) > (i < size ? 0x7f : 0)) return false;
  return true;
}

} // namespace jamnet::inline v0::jsonmidi
