#include <jamnet/testing/transport_jam.hpp>

#include <doctest/doctest.h>

using namespace jamnet;
using namespace jamnet::testing;

TEST_CASE("a band in a frenzy ends with one transport, and is told of every jump of its music") {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    CAPTURE(seed);
    const auto jam = transport_jam::play(seed, {.peers = 8, .actions = 60});
    CHECK(jam.breaches == "");
    CHECK(jam.commits > 10);
    CHECK(jam.jumped > 10);
    CHECK(jam.splits > 0);
  }
}
