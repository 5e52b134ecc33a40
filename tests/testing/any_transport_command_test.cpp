#include <jamnet/testing/any_transport_command.hpp>

#include <array>

#include <doctest/doctest.h>

using namespace jamnet;
using namespace jamnet::testing;

TEST_CASE("any command can be written, and all kinds come") {
  random_source random{1};
  unsigned kinds = 0;
  for (int i = 0; i < 500; ++i) {
    const auto c = any_transport_command(random, session_time{nanoseconds{1}});
    std::array<char, jsonmidi::max_transport_size> room;
    CHECK_FALSE(jsonmidi::encode(c, room).empty());
    kinds |= 1u << static_cast<unsigned>(c.action);
  }
  CHECK(kinds == 255);
}
