#include <jamnet/session/peer_options.hpp>

#include <doctest/doctest.h>

using namespace jamnet;

TEST_CASE("a peer that is told nothing finds others, or founds a room, and no layer is under it") {
  const peer_options usual;
  CHECK(usual.announce);
  CHECK(usual.found_after != peer_options::never);
  CHECK(usual.layers.empty());
  CHECK_FALSE(usual.trust_addresses);
  CHECK_FALSE(usual.id);
}
