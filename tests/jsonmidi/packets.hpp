// Packets for the tests of this folder: one of each message, and as many as a seed can make.
#pragma once

#include <vector>

#include <jamnet/core/random.hpp>
#include <jamnet/midi/midi_event.hpp>

namespace jamnet_test {

using namespace jamnet;

inline midi_event at(std::int64_t time, ump packet, std::uint64_t seq = midi_event::no_seq) {
  return {session_time{nanoseconds{time}}, seq, packet};
}

// Any packet of utility, system, MIDI 1.0 voice and SysEx type, half of them with defects.
inline ump random_midi1(random_source& random) {
  ump packet;
  packet.words[0] = static_cast<std::uint32_t>(random.next() % 4) << 28 |
                    static_cast<std::uint32_t>(random.next() & 0x0fffffff);
  if (packet.size() == 2) packet.words[1] = static_cast<std::uint32_t>(random.next());
  if (random.next() % 2 == 0) return packet;
  packet.words[0] &= 0xffff7f7f;
  if (packet.type() != ump_type::sysex7) {
    packet.words[0] |= 0x00800000;
    if (packet.type() == ump_type::system) packet.words[0] |= 0x00f00000;
    if (packet.type() == ump_type::utility) packet.words[0] &= 0x004fffff;
    return packet;
  }
  const std::uint32_t size = packet.words[0] >> 16 & 15;
  if (size > 6) packet.words[0] &= ~0x00080000u; // 8..15 to 0..7
  packet.words[0] &= ~0x00c00000u;
  packet.words[1] &= 0x7f7f7f7f;
  const std::size_t used = packet.words[0] >> 16 & 15;
  for (std::size_t i = used; i < 6; ++i)
    packet.words[(i + 2) / 4] &= ~(0xffu << (24 - 8 * ((i + 2) % 4)));
  return packet;
}

inline ump random_packet(random_source& random) {
  if (random.next() % 4 != 0) return random_midi1(random);
  ump packet;
  packet.words[0] = static_cast<std::uint32_t>(random.next());
  for (std::size_t i = 1; i < packet.size(); ++i)
    packet.words[i] = static_cast<std::uint32_t>(random.next());
  return packet;
}

inline midi_event random_event(random_source& random, ump packet) {
  midi_event event;
  const auto bits = random.next() % 65;
  const auto time = bits == 0 ? 0 : random.next() >> (64 - bits);
  event.time = session_time{nanoseconds{static_cast<std::int64_t>(time)}};
  if (random.next() % 2 == 0) event.seq = random.next() >> (11 + random.next() % 53);
  event.packet = packet;
  return event;
}

} // namespace jamnet_test
