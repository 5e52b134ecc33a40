#include <jamnet/jsonmidi/limits.hpp>

#include <doctest/doctest.h>

TEST_CASE("the limits are those of the specification") {
  constexpr jamnet::jsonmidi::limits most;
  CHECK(most.line == 1024 * 1024);
  CHECK(most.data == 65536);
}
