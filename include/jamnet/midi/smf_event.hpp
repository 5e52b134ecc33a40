// SPDX-License-Identifier: MIT
//
// One event of a Standard MIDI File, and the packets it stands for.
#pragma once

#include <cstdint>

#include <jamnet/core/bytes.hpp>
#include <jamnet/midi/byte_stream.hpp>
#include <jamnet/time/time_signature.hpp>

namespace jamnet::inline v0 {

enum class smf_kind : std::uint8_t {
  channel, ///< a MIDI 1.0 channel voice message
  sysex,   ///< a SysEx; without an F7 at its end it goes on in the escapes that follow
  escape,  ///< the rest of a SysEx, or bytes to be sent as they are
  meta,    ///< about the music: tempo, names, lyrics, end of track
};

struct smf_event {
  std::uint64_t tick = 0;  ///< since the start of its track
  unsigned track = 0;      ///< counted from 0
  std::uint8_t status = 0; ///< 0x80 to 0xEF, 0xF0, 0xF7 or 0xFF; running status is resolved
  std::uint8_t meta = 0;   ///< the type of a meta event
  bool running = false;    ///< the file left its status out
  bytes_view data{};       ///< in the file: what follows status, type and length

  /// What it is, as its status says. [any-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr smf_kind kind() const noexcept {
    switch (status) {
    case 0xf0: return smf_kind::sysex;
    case 0xf7: return smf_kind::escape;
    case 0xff: return smf_kind::meta;
    default: return smf_kind::channel;
    }
  }
};

/// The microseconds for a quarter note that a set-tempo event sets; 0 for any other event.
/// [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr std::uint32_t smf_tempo(const smf_event& event) noexcept {
  if (event.status != 0xff || event.meta != 0x51 || event.data.size() != 3) return 0;
  return static_cast<std::uint32_t>(event.data[0] << 16 | event.data[1] << 8 | event.data[2]);
}

/// Whether it is a time signature event, and which; one that no music has stays invalid.
/// [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr bool try_smf_signature(const smf_event& event,
                                               time_signature& out) noexcept {
  if (event.status != 0xff || event.meta != 0x58 || event.data.size() != 4) return false;
  const unsigned power = event.data[1];
  out = {event.data[0], static_cast<std::uint8_t>(power < 8 ? 1u << power : 0u)};
  return true;
}

/// Hands the sink the packets of an event, as `const ump&`; a meta event has none. The parser holds
/// what a SysEx leaves for later events, so each track takes its own, and gives the group.
/// [one-thread] [rt-safe] if the sink is; O(bytes)
template <class Sink>
constexpr void smf_packets(const smf_event& event, byte_stream_parser& parser, Sink&& sink) {
  if (event.kind() == smf_kind::meta) return;
  if (event.kind() != smf_kind::escape) parser.feed(event.status, sink);
  parser.feed(event.data, sink);
}

} // namespace jamnet::inline v0
