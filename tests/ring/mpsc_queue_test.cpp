#include <jamnet/ring/mpsc_queue.hpp>

#include <cstdint>
#include <memory>

#include <doctest/doctest.h>
#include <jamnet/ring/condition_signal.hpp>

#include "queue_laws.hpp"

using namespace jamnet;

TEST_CASE("an mpsc queue holds exactly its capacity, in order, however often it wraps") {
  mpsc_queue<int, 1> one;
  queue_laws::holds_exactly_its_capacity(one, 1);
  mpsc_queue<int, 4> few;
  queue_laws::holds_exactly_its_capacity(few, 4);
  mpsc_queue<int, 1024> many;
  queue_laws::holds_exactly_its_capacity(many, 1024);
}

TEST_CASE("on one thread an mpsc queue does what a deque does") {
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    mpsc_queue<int, 1> one;
    queue_laws::behaves_as_a_deque(one, seed);
    mpsc_queue<int, 16> some;
    queue_laws::behaves_as_a_deque(some, seed);
  }
}

TEST_CASE("an mpsc queue carries elements of one byte and of a page") {
  mpsc_queue<std::uint8_t, 2> bytes;
  const auto pages = std::make_unique<mpsc_queue<queue_laws::page, 2>>();
  queue_laws::carry_small_and_large(bytes, *pages);
}

TEST_CASE("push and pop of an mpsc queue are rt-safe") {
  mpsc_queue<int, 2> queue;
  queue_laws::push_and_pop_are_rt_safe(queue);
}

TEST_CASE("two to four threads: nothing in an mpsc queue is lost, doubled, reordered or torn") {
  const auto tight = std::make_unique<mpsc_queue<message, 1>>();
  queue_laws::keeps_all_between_threads(*tight, 3, 1, 10'000);
  const auto small = std::make_unique<mpsc_queue<message, 4>>();
  queue_laws::keeps_all_between_threads(*small, 1, 1, 100'000);
  const auto roomy = std::make_unique<mpsc_queue<message, 32>>();
  queue_laws::keeps_all_between_threads(*roomy, 3, 1, 60'000);
}

TEST_CASE("producers wake the one consumer of an mpsc queue that sleeps: nothing stays behind") {
  const auto ring = std::make_unique<signalled_ring<mpsc_queue<message, 16>, condition_signal>>();
  queue_laws::keeps_all_for_a_sleeper(*ring, 3, 20'000);
}
