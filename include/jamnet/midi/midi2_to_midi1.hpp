// SPDX-License-Identifier: MIT
//
// MIDI 2.0 channel voice packets into MIDI 1.0 ones: the default translation of M2-104-UM 1.1,
// appendix D.2. It needs no memory: every packet makes whole sequences.
#pragma once

#include <jamnet/midi/message.hpp>
#include <jamnet/midi/scaling.hpp>
#include <jamnet/midi/ump.hpp>

namespace jamnet::inline v0 {

/// Hands the sink, as `const ump&`, what MIDI 1.0 says for the packet: up to four. What is no MIDI
/// 2.0 channel voice message passes untouched.
///
/// * Values keep their upper bits; a note-on never becomes one of velocity 0 but of 1 (D.2.1).
/// * A registered or assignable controller becomes 101, 100 or 99, 98, then 6, 38 (D.2.3); the
///   null parameter, which would set nothing, becomes nothing.
/// * A program change with a bank becomes 0, 32 and itself (D.2.4).
/// * Relative controllers and all that is per note become nothing (D.2.8), and so do note
/// attributes
///   and control changes 0, 6, 32, 38 and 98 to 101 (so JUCE), which MIDI 2.0 has replaced: a
///   MIDI 1.0 receiver would take them for parts of a sequence.
///
/// It cannot fail. [any-thread] [rt-safe] if the sink is; O(1)
template <class Sink>
constexpr void midi2_to_midi1(const ump& packet, Sink&& sink);

namespace detail {

// Bank select, data entry and parameter numbers: what MIDI 2.0 has messages of its own for.
constexpr bool replaced_in_midi2(unsigned controller) noexcept {
  return controller == 0 || controller == 6 || controller == 32 || controller == 38 ||
         (controller >= 98 && controller <= 101);
}

} // namespace detail

template <class Sink>
constexpr void midi2_to_midi1(const ump& packet, Sink&& sink) {
  if (packet.type() != ump_type::midi2_voice) {
    sink(packet);
    return;
  }
  const unsigned status = packet.status();
  const unsigned first = packet.byte(2) & 0x7fu, second = packet.byte(3) & 0x7fu;
  const auto value = packet.words[1];
  const auto value7 = scale_down(value, 32, 7);
  const auto send = [&](unsigned as, unsigned data1, unsigned data2) {
    sink(midi1(as, data1, data2, packet.group()));
  };
  const auto control = [&](unsigned controller, unsigned data) {
    send(0xb0 | (status & 0x0f), controller, data);
  };

  switch (status >> 4) {
  case 0x2:
  case 0x3: {
    const bool registered = status >> 4 == 0x2;
    if ((first & second) == 0x7f) break;
    const auto value14 =
        zero_extends(registered, second) ? round_down(value, 32, 14) : scale_down(value, 32, 14);
    control(registered ? 101 : 99, first);
    control(registered ? 100 : 98, second);
    control(6, value14 >> 7);
    control(38, value14 & 0x7f);
    break;
  }
  case 0x8:
  case 0xa: send(status, first, value7); break;
  case 0x9: send(status, first, value7 == 0 ? 1 : value7); break;
  case 0xb:
    if (!detail::replaced_in_midi2(first)) send(status, first, value7);
    break;
  case 0xc:
    if ((packet.byte(3) & 1) != 0) {
      control(0, packet.byte(6) & 0x7fu);
      control(32, packet.byte(7) & 0x7fu);
    }
    send(status, value >> 24 & 0x7f, 0);
    break;
  case 0xd: send(status, value7, 0); break;
  case 0xe: send(status, value >> 18 & 0x7f, value7); break;
  default: break;
  }
}

} // namespace jamnet::inline v0
