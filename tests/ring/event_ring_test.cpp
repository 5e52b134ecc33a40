#include <jamnet/ring/event_ring.hpp>

#include <cstdint>
#include <memory>

#include <doctest/doctest.h>
#include <jamnet/ring/condition_signal.hpp>
#include <jamnet/testing/rt_guard.hpp>

#include "queue_laws.hpp"

using namespace jamnet;

TEST_CASE("an event ring holds exactly its capacity, in order, however often it wraps") {
  event_ring<int, 1> one;
  queue_laws::holds_exactly_its_capacity(one, 1);
  event_ring<int, 4> few;
  queue_laws::holds_exactly_its_capacity(few, 4);
  event_ring<int, 1024> many;
  queue_laws::holds_exactly_its_capacity(many, 1024);
}

TEST_CASE("a slot is handed back at the latest after a batch, and all when a pop finds nothing") {
  using ring_type = event_ring<int, 256>;
  ring_type ring;
  int out = 0;
  for (int i = 0; i < 256; ++i) REQUIRE(ring.try_push(i));
  for (std::size_t i = 1; i < ring_type::batch; ++i) REQUIRE(ring.try_pop(out));
  CHECK(ring.size_approx() == 256);
  CHECK_FALSE(ring.try_push(0));
  REQUIRE(ring.try_pop(out));
  CHECK(ring.size_approx() == 256 - ring_type::batch);
  REQUIRE(ring.try_push(0));
  REQUIRE(ring.try_pop(out));
  while (ring.try_pop(out)) {
  }
  CHECK(ring.size_approx() == 0);
}

TEST_CASE("on one thread an event ring does what a deque does") {
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    event_ring<int, 1> one;
    queue_laws::behaves_as_a_deque(one, seed);
    event_ring<int, 8> few;
    queue_laws::behaves_as_a_deque(few, seed, few.batch - 1);
    event_ring<int, 64> some;
    queue_laws::behaves_as_a_deque(some, seed, some.batch - 1);
  }
}

TEST_CASE("an event ring carries elements of one byte and of a page") {
  event_ring<std::uint8_t, 2> bytes;
  const auto pages = std::make_unique<event_ring<queue_laws::page, 2>>();
  queue_laws::carry_small_and_large(bytes, *pages);
}

TEST_CASE("push, pop and size of an event ring are rt-safe") {
  event_ring<int, 2> ring;
  queue_laws::push_and_pop_are_rt_safe(ring);
  const testing::rt_guard guard;
  CHECK(ring.size_approx() == 0);
}

TEST_CASE("two threads: nothing in an event ring is lost, doubled, reordered or torn") {
  const auto tight = std::make_unique<event_ring<message, 2>>();
  queue_laws::keeps_all_between_threads(*tight, 1, 1, 100'000);
  const auto roomy = std::make_unique<event_ring<message, 32>>();
  queue_laws::keeps_all_between_threads(*roomy, 1, 1, 200'000);
}

TEST_CASE("the consumer of an event ring may sleep") {
  const auto ring = std::make_unique<signalled_ring<event_ring<message, 16>, condition_signal>>();
  queue_laws::keeps_all_for_a_sleeper(*ring, 1, 50'000);
}
