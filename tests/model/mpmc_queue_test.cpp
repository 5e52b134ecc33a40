// The memory orders of mpmc_queue.hpp and of the slots it shares with mpsc_queue.
#include "modelled_atomic.hpp"

#include <jamnet/ring/mpmc_queue.hpp>

#include "queue_laws.hpp"

TEST_CASE("mpmc_queue: what came before a push is seen after the pop, and the other way round") {
  const auto queue = [] { return std::make_unique<jamnet::mpmc_queue<int, 1>>(); };
  queue_laws::hands_over_both_ways(queue, 1, 4, 3);
}

TEST_CASE("mpmc_queue: many lose nothing, repeat nothing and keep each producer's order") {
  CHECK(queue_laws::keeps_all<jamnet::mpmc_queue<int, 1>>(1, 2, 2, 1, 100'000).complete);
  CHECK(queue_laws::keeps_all<jamnet::mpmc_queue<int, 1>>(2, 1, 1, 2, 100'000).complete);
  queue_laws::keeps_all<jamnet::mpmc_queue<int, 2>>(2, 2, 2, 2, 10'000); // a part of them
}
