// Packets for the tests of this folder: one of each message, and as many as a seed can make.
#pragma once

#include <vector>

#include <jamnet/core/random.hpp>
#include <jamnet/jsonmidi/messages.hpp>
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

// A packet of any row of the tables, each bit as it may be.
inline ump random_named(random_source& random) {
  const auto& row = jsonmidi::messages[random.next() % jsonmidi::messages.size()];
  const auto masks = row.masks();
  ump packet{{row.word}};
  for (std::size_t i = 0; i < packet.size(); ++i)
    packet.words[i] ^= static_cast<std::uint32_t>(random.next()) & masks[i];
  if (row.name == "flexText") packet.words[0] &= ~0xfe00u; // of banks only 1 and 2 are text
  if (row.name == "flexText" && (packet.words[0] & 0x0100) == 0) packet.words[0] |= 0x0200;
  for (const auto& f : row.fields) {
    if (f.when == jsonmidi::presence::flagged && ((packet.words[0] ^ row.word) & f.flag) == 0) {
      auto absent = f;
      absent.flag = 0;
      packet.words[f.word] &= ~absent.mask(f.word);
    }
    if (f.kind == jsonmidi::field_kind::text) {
      const bool ascii = random.next() % 4 != 0; // most others are not UTF-8
      const std::size_t size = random.next() % (f.count + 1u);
      for (std::size_t i = f.at; i < f.at + std::size_t{f.count}; ++i) {
        const std::uint32_t byte = 0xffu << (24 - 8 * (i % 4));
        if (i >= f.at + size) packet.words[i / 4] &= ~byte;
        if (ascii) packet.words[i / 4] &= ~(byte & 0x80808080);
      }
    }
    if (f.kind != jsonmidi::field_kind::data) continue;
    const auto extra = f.at - 2u;
    const auto size = static_cast<std::uint32_t>(random.next() % (f.count + 1u));
    packet.words[0] = (packet.words[0] & ~0x000f0000u) | (size + extra) << 16;
    for (std::size_t i = f.at + size; i < f.at + std::size_t{f.count}; ++i)
      packet.words[i / 4] &= ~(0xffu << (24 - 8 * (i % 4)));
  }
  return packet;
}

inline ump random_packet(random_source& random) {
  if (random.next() % 4 != 0)
    return random.next() % 2 == 0 ? random_named(random) : random_midi1(random);
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
