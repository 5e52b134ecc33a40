// The memory orders of mpsc_queue.hpp and of the slots it shares with mpmc_queue.
#include "modelled_atomic.hpp"

#include <jamnet/ring/mpsc_queue.hpp>

#include "queue_laws.hpp"

TEST_CASE("mpsc_queue: what came before a push is seen after the pop, and the other way round") {
  const auto queue = [] { return std::make_unique<jamnet::mpsc_queue<int, 1>>(); };
  queue_laws::hands_over_both_ways(queue, 1, 4, 3);
}

TEST_CASE("mpsc_queue: two producers lose nothing, repeat nothing and keep their own order") {
  CHECK(queue_laws::keeps_all<jamnet::mpsc_queue<int, 1>>(2, 1, 1, 3, 100'000).complete);
  queue_laws::keeps_all<jamnet::mpsc_queue<int, 2>>(2, 2, 1, 4, 10'000); // a part of them
}
