#include <jamnet/session/peer_status.hpp>

#include <type_traits>

#include <doctest/doctest.h>

using namespace jamnet;

static_assert(std::is_trivially_copyable_v<received_event>, "it travels through rings");
static_assert(std::is_trivially_copyable_v<peer_status>);

TEST_CASE("every change has words of its own") {
  for (int a = 0; a <= static_cast<int>(peer_change::refused); ++a) {
    CHECK(to_string(static_cast<peer_change>(a)) != "unknown");
    for (int b = 0; b < a; ++b)
      CHECK(to_string(static_cast<peer_change>(a)) != to_string(static_cast<peer_change>(b)));
  }
}
