// The memory orders of event_ring.hpp.
#include "modelled_atomic.hpp"

#include <jamnet/ring/event_ring.hpp>

#include "queue_laws.hpp"

TEST_CASE("event_ring: what came before a push is seen after the pop, and the other way round") {
  const auto ring = [] { return std::make_unique<jamnet::event_ring<int, 2>>(); };
  queue_laws::hands_over_both_ways(ring, 2, 6, 4);
}
