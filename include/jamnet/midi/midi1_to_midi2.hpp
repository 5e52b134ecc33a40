// SPDX-License-Identifier: MIT
//
// MIDI 1.0 channel voice packets into MIDI 2.0 ones: the default translation of M2-104-UM 1.1,
// appendix D.3. It has a memory, because what MIDI 2.0 says in one message MIDI 1.0 says in up to
// four. Where the appendix leaves a choice it is named here, with those who chose the same
// (Linux: sound/core/ump_convert.c; JUCE: universal_midi_packets).
#pragma once

#include <array>
#include <cstdint>

#include <jamnet/midi/scaling.hpp>
#include <jamnet/midi/ump.hpp>

namespace jamnet::inline v0 {

/// When a data entry (controller 6) becomes a message.
enum class data_entry : bool {
  /// With the LSB (controller 38), or as LSB 0 before the next other message of its channel. Of
  /// these the appendix (D.3.3) names controllers 6 and 98 to 101; here notes and the rest count
  /// too: a bend range sent as an MSB alone must be in force before the note it is for.
  awaits_lsb,
  /// At once as LSB 0, and again with the LSB: for senders of MSBs alone, whose last one would
  /// otherwise wait until its channel says something else.
  at_once,
};

/// Translates one stream of all groups and channels; what is no MIDI 1.0 channel voice message
/// passes untouched. It holds 2.3 KB and never more.
///
/// * A note-on of velocity 0 becomes a note-off of velocity 0x8000, the middle (D.3.1).
/// * Registered and assignable parameters (98 to 101, 6, 38) become one controller message (D.3.3).
///   A null parameter (127, 127), one of which half was never named, and an LSB before any MSB
///   become nothing. Registered parameters of an LSB below 32 have units and are zero-extended
///   (M2-115-U 4.1). Reset All Controllers (121) unselects the parameter (RP-015).
/// * Bank select (0, 32) becomes part of every program change after it (D.3.4); one of the two is
///   enough, the other is 0, and the bank stays for further program changes (so Linux and JUCE).
/// * Data increment and decrement (96, 97) stay control changes (D.3.3; so Linux and JUCE): how far
///   a step goes is the receiver's, so no relative controller can say it.
/// * An undefined status becomes nothing; reserved bits are ignored.
class midi1_to_midi2 {
public:
  /// Knows of no bank and no parameter. [rt-safe] O(1)
  constexpr explicit midi1_to_midi2(data_entry mode = data_entry::awaits_lsb) noexcept
      : mode_{mode} {}

  /// Takes one packet and hands the sink, as `const ump&`, what it makes of it: at most two. It
  /// cannot fail. [one-thread] [rt-safe] if the sink is; O(1)
  template <class Sink>
  constexpr void feed(const ump& packet, Sink&& sink);

  /// Hands on every data entry that waits for its LSB, as LSB 0: at the end of a stream, or when it
  /// has fallen silent. [one-thread] [rt-safe] if the sink is; O(256)
  template <class Sink>
  constexpr void flush(Sink&& sink) {
    for (std::uint32_t i = 0; i < channels_.size(); ++i)
      send_waiting((i & 0xf0) << 20 | (i & 0x0f) << 16, sink);
  }

private:
  static constexpr std::uint8_t none = 0x80; // no data byte; its lower bits are 0

  struct channel_state {
    std::array<std::uint8_t, 4> number{none, none, none, none}; // by controllers 98 to 101
    std::array<std::uint8_t, 2> bank{none, none};               // by controllers 0 and 32
    std::uint8_t data = none;                                   // by controller 6
    bool registered = false; // the number was last named by 100 or 101
    bool waiting = false;    // data was not yet handed on
  };

  // Group and channel, where they stand in a packet's first word.
  constexpr channel_state& channel(std::uint32_t address) noexcept {
    return channels_[(address >> 20 & 0xf0) | (address >> 16 & 0x0f)];
  }
  template <class Sink>
  constexpr void on_control(std::uint32_t address, std::uint8_t controller, std::uint8_t value,
                            Sink& sink);
  template <class Sink>
  constexpr void send_parameter(std::uint32_t address, std::uint32_t lsb, Sink& sink);
  template <class Sink>
  constexpr void send_waiting(std::uint32_t address, Sink& sink) {
    if (channel(address).waiting) send_parameter(address, 0, sink);
  }
  constexpr ump program(std::uint32_t address, std::uint32_t number) noexcept;

  std::array<channel_state, 256> channels_{};
  data_entry mode_;
};
static_assert(sizeof(midi1_to_midi2) <= 2312);

namespace detail {
constexpr ump translated(std::uint32_t address, std::uint32_t kind, std::uint32_t index,
                         std::uint32_t value) noexcept {
  return {{0x40000000u | address | kind << 20 | index, value}};
}
} // namespace detail

template <class Sink>
constexpr void midi1_to_midi2::feed(const ump& packet, Sink&& sink) {
  if (packet.type() != ump_type::midi1_voice) {
    sink(packet);
    return;
  }
  const std::uint32_t kind = packet.status() >> 4;
  const auto first = static_cast<std::uint8_t>(packet.byte(2) & 0x7f);
  const auto second = static_cast<std::uint8_t>(packet.byte(3) & 0x7f);
  const auto address = packet.words[0] & 0x0f0f0000;
  if (kind < 0x8 || kind > 0xe) return;
  if (!(kind == 0xb && first == 38)) send_waiting(address, sink);

  const auto send = [&](std::uint32_t as, std::uint32_t note, std::uint32_t value) {
    sink(detail::translated(address, as, note << 8, value));
  };
  switch (kind) {
  case 0x8: send(0x8, first, scale_up(second, 7, 16) << 16); break;
  case 0x9:
    if (second == 0) {
      send(0x8, first, 0x80000000);
    } else {
      send(0x9, first, scale_up(second, 7, 16) << 16);
    }
    break;
  case 0xa: send(0xa, first, scale_up(second, 7, 32)); break;
  case 0xb: on_control(address, first, second, sink); break;
  case 0xc: sink(program(address, first)); break;
  case 0xd: send(0xd, 0, scale_up(first, 7, 32)); break;
  default: send(0xe, 0, scale_up(std::uint32_t{second} << 7 | first, 14, 32));
  }
}

template <class Sink>
constexpr void midi1_to_midi2::on_control(std::uint32_t address, std::uint8_t controller,
                                          std::uint8_t value, Sink& sink) {
  auto& state = channel(address);
  if (controller == 0 || controller == 32) {
    state.bank[controller / 32] = value;
  } else if (controller >= 98 && controller <= 101) {
    state.number[controller - 98u] = value;
    state.registered = controller >= 100;
    state.data = none;
  } else if (controller == 6) {
    state.data = value;
    state.waiting = true;
    if (mode_ == data_entry::at_once) send_waiting(address, sink);
  } else if (controller == 38) {
    if (state.data != none) send_parameter(address, value, sink);
  } else {
    if (controller == 121) {
      state.number = {none, none, none, none};
      state.data = none;
    }
    sink(detail::translated(address, 0xb, std::uint32_t{controller} << 8, scale_up(value, 7, 32)));
  }
}

template <class Sink>
constexpr void midi1_to_midi2::send_parameter(std::uint32_t address, std::uint32_t lsb,
                                              Sink& sink) {
  auto& state = channel(address);
  state.waiting = false;
  const std::uint32_t index = state.number[state.registered ? 2 : 0];
  const std::uint32_t bank = state.number[state.registered ? 3 : 1];
  if ((bank | index) >= none || (bank & index) == 0x7f) return;
  const auto value = std::uint32_t{state.data} << 7 | lsb;
  sink(detail::translated(address, state.registered ? 0x2 : 0x3, bank << 8 | index,
                          zero_extends(state.registered, index) ? zero_extend(value, 14, 32)
                                                                : scale_up(value, 14, 32)));
}

constexpr ump midi1_to_midi2::program(std::uint32_t address, std::uint32_t number) noexcept {
  const auto& bank = channel(address).bank;
  const bool valid = bank[0] != none || bank[1] != none;
  return detail::translated(address, 0xc, valid ? 1 : 0,
                            number << 24 | (bank[0] & 0x7fu) << 8 | (bank[1] & 0x7fu));
}

} // namespace jamnet::inline v0
