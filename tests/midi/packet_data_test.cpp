#include <jamnet/midi/packet_data.hpp>

#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;

TEST_CASE("packet data come from bytes and from text, and are read as either") {
  const std::vector<std::uint8_t> bytes{0x41, 0x42};
  const std::string text = "AB";
  const packet_data<4> from_bytes = bytes, from_text = text;
  CHECK(from_bytes == from_text);
  CHECK(from_bytes == packet_data<4>{0x41, 0x42});
  CHECK(from_text.text() == "AB");
  CHECK(bytes_view(from_bytes).size() == 2);
  CHECK(from_bytes.padded() == std::array<std::uint8_t, 4>{0x41, 0x42});
  CHECK(packet_data<2>(from_bytes).full());
}

TEST_CASE("what lies behind the size is zero, so equal data are equal values") {
  packet_data<3> data{1, 2, 3};
  data.clear();
  CHECK(data == packet_data<3>{});
  {
    const testing::rt_guard guard;
    data.push_back(9);
  }
  CHECK(data == packet_data<3>{9});
  CHECK(data != packet_data<3>{9, 0});
}
