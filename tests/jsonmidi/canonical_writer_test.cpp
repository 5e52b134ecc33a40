#include <jamnet/jsonmidi/detail/canonical_writer.hpp>

#include <array>
#include <string>

#include <doctest/doctest.h>

#include "packets.hpp"

using namespace jamnet_test;
using jsonmidi::detail::canonical_writer;

TEST_CASE("arrays of bytes are written with a comma between each two") {
  std::array<char, 2048> buffer;
  std::vector<std::uint8_t> bytes;
  std::string expected = ",\"data\":[";
  for (unsigned i = 0; i <= 256; ++i) {
    canonical_writer out{buffer.data()};
    out.put_bytes("data", bytes);
    REQUIRE(out.text() == expected + "]");
    if (i > 0) expected += ',';
    expected += std::to_string(i);
    bytes.push_back(static_cast<std::uint8_t>(i));
  }
}

TEST_CASE("text ends before the zeros that fill its packet") {
  const auto* row = jsonmidi::find_message("endpointName");
  const auto& text = row->fields.back();
  CHECK(jsonmidi::detail::packet_data(text, {{0xf0036162, 0x63000000}}).text() == "abc");
  CHECK(jsonmidi::detail::packet_data(text, {{0xf0030000}}).text().empty());
}
