#include <jamnet/ring/mpmc_queue.hpp>

#include <atomic>
#include <cstdint>
#include <memory>

#include <doctest/doctest.h>
#include <jamnet/ring/condition_signal.hpp>
#include <jamnet/testing/rt_guard.hpp>

#include "queue_laws.hpp"

using namespace jamnet;

TEST_CASE("an mpmc queue holds exactly its capacity, in order, however often it wraps") {
  mpmc_queue<int, 1> one;
  queue_laws::holds_exactly_its_capacity(one, 1);
  mpmc_queue<int, 4> few;
  queue_laws::holds_exactly_its_capacity(few, 4);
  mpmc_queue<int, 1024> many;
  queue_laws::holds_exactly_its_capacity(many, 1024);
}

TEST_CASE("on one thread an mpmc queue does what a deque does") {
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    mpmc_queue<int, 1> one;
    queue_laws::behaves_as_a_deque(one, seed);
    mpmc_queue<int, 16> some;
    queue_laws::behaves_as_a_deque(some, seed);
  }
}

// What a thread that is stopped in the midst of a push or a pop means to others, played on one.
TEST_CASE("an unfinished push holds up what was pushed after it, and only until it is done") {
  using slots = detail::ticket_slots<int, 4>;
  slots queue;
  std::atomic<std::uint64_t> pushes{0}, pops{0};
  const auto push = [&](int value) {
    return queue.take(pushes, slots::free, 1, [&](int& slot) { slot = value; });
  };
  int out = 0;
  const auto pop = [&] {
    return queue.take(pops, slots::filled, 1, [&](int slot) { out = slot; });
  };
  queue.take(pushes, slots::free, 1, [&](int& slot) {
    CHECK(push(2));
    CHECK_FALSE(pop());
    slot = 1;
  });
  CHECK(pop());
  CHECK(out == 1);
  CHECK(pop());
  CHECK(out == 2);
}

TEST_CASE("an unfinished pop keeps its own slot from being refilled, and no other") {
  using slots = detail::ticket_slots<int, 2>;
  slots queue;
  std::atomic<std::uint64_t> pushes{0}, pops{0};
  const auto push = [&](int value) {
    return queue.take(pushes, slots::free, 1, [&](int& slot) { slot = value; });
  };
  int out = 0;
  const auto pop = [&] {
    return queue.take(pops, slots::filled, 1, [&](int slot) { out = slot; });
  };
  REQUIRE(push(1));
  REQUIRE(push(2));
  queue.take(pops, slots::filled, 1, [&](int) {
    CHECK_FALSE(push(3));
    CHECK(pop());
    CHECK(out == 2);
    CHECK_FALSE(push(3)); // the slot of 1 comes first
  });
  CHECK(push(3));
  CHECK(push(4));
  CHECK_FALSE(push(5));
  CHECK(pop());
  CHECK(out == 3);
}

TEST_CASE("who may not try at all takes nothing") {
  using slots = detail::ticket_slots<int, 2>;
  slots queue;
  std::atomic<std::uint64_t> pushes{0};
  CHECK_FALSE(queue.take(pushes, slots::free, 0, [](int&) {}));
  CHECK(pushes == 0);
}

TEST_CASE("an mpmc queue carries elements of one byte and of a page") {
  mpmc_queue<std::uint8_t, 2> small;
  queue_laws::carries(small, std::uint8_t{0xA5});
  queue_laws::page page{};
  page.front() = 1, page.back() = 2;
  const auto large = std::make_unique<mpmc_queue<queue_laws::page, 2>>();
  queue_laws::carries(*large, page);
}

TEST_CASE("push and pop of an mpmc queue are rt-safe") {
  mpmc_queue<int, 2> queue;
  int out = 0;
  bool pushed = false, popped = false;
  {
    const testing::rt_guard guard;
    pushed = queue.try_push(5) && queue.try_push(6) && !queue.try_push(7);
    popped = queue.try_pop(out) && queue.try_pop(out) && !queue.try_pop(out);
  }
  CHECK(pushed);
  CHECK(popped);
  CHECK(out == 6);
}

TEST_CASE("two to four threads: nothing in an mpmc queue is lost, doubled, reordered or torn") {
  const auto tight = std::make_unique<mpmc_queue<queue_laws::message, 1>>();
  queue_laws::keeps_all_between_threads(*tight, 2, 2, 10'000);
  const auto small = std::make_unique<mpmc_queue<queue_laws::message, 4>>();
  queue_laws::keeps_all_between_threads(*small, 1, 1, 100'000);
  queue_laws::keeps_all_between_threads(*small, 3, 1, 40'000);
  queue_laws::keeps_all_between_threads(*small, 1, 3, 100'000);
  const auto roomy = std::make_unique<mpmc_queue<queue_laws::message, 32>>();
  queue_laws::keeps_all_between_threads(*roomy, 2, 2, 100'000);
}

TEST_CASE("producers wake the one consumer of an mpmc queue that sleeps: nothing stays behind") {
  using queue = signalled_ring<mpmc_queue<queue_laws::message, 16>, condition_signal>;
  const auto ring = std::make_unique<queue>();
  queue_laws::sleeping<queue> asleep{*ring};
  queue_laws::keeps_all_between_threads(asleep, 3, 1, 20'000);
}
