#include <jamnet/midi/ump.hpp>

#include <array>
#include <cstdint>
#include <type_traits>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;

TEST_CASE("the message type alone says how many words a packet has, reserved types included") {
  constexpr std::array<std::size_t, 16> words{1, 1, 1, 2, 2, 4, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4};
  for (std::uint32_t type = 0; type < 16; ++type) {
    CAPTURE(type);
    const ump packet{{type << 28 | 0x0fffffff}};
    CHECK(packet.size() == words[type]);
    CHECK(packet.type() == static_cast<ump_type>(type));
  }
}

TEST_CASE("group, status and bytes are read from the top of the first word down") {
  constexpr ump packet{{0x4a9b3c00, 0xfedcba98}};
  static_assert(packet.type() == ump_type::midi2_voice);
  static_assert(packet.group() == 10);
  static_assert(packet.status() == 0x9b);
  static_assert(packet.byte(2) == 0x3c);
  static_assert(packet.byte(4) == 0xfe);
  static_assert(packet.byte(7) == 0x98);
  static_assert(packet.byte(15) == 0);
}

TEST_CASE("a packet is a plain value of sixteen bytes, compared word by word") {
  static_assert(std::is_trivially_copyable_v<ump>);
  CHECK(ump{{1, 2}} == ump{{1, 2, 0, 0}});
  CHECK(ump{{1, 2}} != ump{{1, 2, 0, 1}});
}

TEST_CASE("looking into a packet is rt-safe") {
  const ump packet{{0x2190407f}};
  std::size_t sum = 0;
  {
    const testing::rt_guard guard;
    sum = packet.size() + packet.group() + packet.status();
  }
  CHECK(sum == 1 + 1 + 0x90);
}
