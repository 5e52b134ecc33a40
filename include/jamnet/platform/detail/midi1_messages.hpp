// SPDX-License-Identifier: MIT
//
// Packets into whole MIDI 1.0 messages, for drivers that take nothing less: MIDI 2.0 is translated,
// and a SysEx put together. What plays between its packets does not break it, as it would on a
// cable: the SysEx goes when it is whole.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <jamnet/core/bytes.hpp>
#include <jamnet/midi/byte_stream.hpp>
#include <jamnet/midi/midi2_to_midi1.hpp>
#include <jamnet/midi/sysex_assembler.hpp>

namespace jamnet::inline v0::detail {

class midi1_messages {
public:
  static constexpr std::size_t at_once = 4;              ///< SysEx of so many groups
  static constexpr std::size_t longest_sysex = 1U << 18; ///< bytes of each

  /// Hands to `sink(bytes_view)` what the packet completes: mostly one message. Returns how many
  /// there are that cannot be said: packets that MIDI 1.0 has no word for, a SysEx too long or
  /// without its end. [one-thread] [allocates] for a SysEx
  template <class Sink>
  unsigned feed(const ump& packet, Sink&& sink);

private:
  template <class Sink>
  unsigned take(const sysex_message& message, Sink& sink);

  std::unique_ptr<std::uint8_t[]> room_{new std::uint8_t[at_once * longest_sysex]}; // as it is
  sysex_assembler<at_once> sysex_{{room_.get(), at_once* longest_sysex}};
  std::vector<std::uint8_t> whole_;
};

template <class Sink>
unsigned midi1_messages::feed(const ump& packet, Sink&& sink) {
  unsigned refused = 0;
  if (packet.type() == ump_type::utility) return 0; // means nothing to who hears it
  if (packet.type() == ump_type::sysex7) {
    sysex_.feed(packet, [&](const sysex_message& message) { refused += take(message, sink); });
    return refused;
  }
  bool said = false;
  midi2_to_midi1(packet, [&](const ump& one) {
    std::array<std::uint8_t, 8> bytes{};
    const auto size = to_bytes(one, bytes);
    if (size == 0) return;
    said = true;
    sink(bytes_view{bytes.data(), size});
  });
  return said ? 0 : 1;
}

template <class Sink>
unsigned midi1_messages::take(const sysex_message& message, Sink& sink) {
  if (message.outcome != sysex_outcome::complete) return 1;
  whole_.clear();
  whole_.reserve(message.data.size() + 2);
  whole_.push_back(0xf0);
  whole_.insert(whole_.end(), message.data.begin(), message.data.end());
  whole_.push_back(0xf7);
  sink(bytes_view{whole_});
  return 0;
}

} // namespace jamnet::inline v0::detail
