// What every message owes its packet, for the tests of all of them.
#pragma once

#include <array>
#include <cstdint>

#include <doctest/doctest.h>
#include <jamnet/midi/ump.hpp>

using words = std::array<std::uint32_t, 4>;

/// Which single bits may differ from this packet so that it stays this message: its fields.
/// Everything that is accepted must come back as the packet it was.
template <class Message>
words field_bits(const Message& message) {
  const jamnet::ump packet = message;
  words found{};
  for (unsigned bit = 0; bit < 128; ++bit) {
    jamnet::ump other = packet;
    other.words[bit / 32] ^= 1u << (bit % 32);
    const auto back = Message::from(other);
    if (!back) continue;
    CHECK(jamnet::ump(*back) == other);
    found[bit / 32] |= 1u << (bit % 32);
  }
  CHECK(Message::from(packet).has_value());
  return found;
}
