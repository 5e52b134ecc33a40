#include <jamnet/ring/mpmc_queue.hpp>

#include <atomic>
#include <cstdint>
#include <memory>

#include <doctest/doctest.h>
#include <jamnet/ring/condition_signal.hpp>

#include "queue_laws.hpp"

using namespace jamnet;

namespace {

// What a thread that is stopped in the midst of a push or a pop means to others, played on one
// thread: `meanwhile` runs when the slot is taken and not yet passed on.
template <std::size_t Capacity>
struct one_by_one {
  using slots = detail::ticket_slots<int, Capacity>;

  template <class Meanwhile>
  bool push(int value, Meanwhile meanwhile) {
    return queue.take(pushes, slots::free, 1, [&](int& slot) {
      meanwhile();
      slot = value;
    });
  }
  template <class Meanwhile>
  bool pop(Meanwhile meanwhile) {
    return queue.take(pops, slots::filled, 1, [&](int slot) {
      meanwhile();
      out = slot;
    });
  }
  bool push(int value) {
    return push(value, [] {});
  }
  bool pop() {
    return pop([] {});
  }

  slots queue;
  std::atomic<std::uint64_t> pushes{0}, pops{0};
  int out = 0;
};

} // namespace

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

TEST_CASE("an unfinished push holds up what was pushed after it, and only until it is done") {
  one_by_one<4> queue;
  queue.push(1, [&] {
    CHECK(queue.push(2));
    CHECK_FALSE(queue.pop());
  });
  CHECK(queue.pop());
  CHECK(queue.out == 1);
  CHECK(queue.pop());
  CHECK(queue.out == 2);
}

TEST_CASE("an unfinished pop keeps its own slot from being refilled, and no other") {
  one_by_one<2> queue;
  REQUIRE(queue.push(1));
  REQUIRE(queue.push(2));
  queue.pop([&] {
    CHECK_FALSE(queue.push(3));
    CHECK(queue.pop());
    CHECK(queue.out == 2);
    CHECK_FALSE(queue.push(3)); // the slot of 1 comes first
  });
  CHECK(queue.push(3));
  CHECK(queue.push(4));
  CHECK_FALSE(queue.push(5));
  CHECK(queue.pop());
  CHECK(queue.out == 3);
}

TEST_CASE("who may not try at all takes nothing") {
  using slots = detail::ticket_slots<int, 2>;
  slots queue;
  std::atomic<std::uint64_t> pushes{0};
  CHECK_FALSE(queue.take(pushes, slots::free, 0, [](int&) {}));
  CHECK(pushes == 0);
}

TEST_CASE("an mpmc queue carries elements of one byte and of a page") {
  mpmc_queue<std::uint8_t, 2> bytes;
  const auto pages = std::make_unique<mpmc_queue<queue_laws::page, 2>>();
  queue_laws::carry_small_and_large(bytes, *pages);
}

TEST_CASE("push and pop of an mpmc queue are rt-safe") {
  mpmc_queue<int, 2> queue;
  queue_laws::push_and_pop_are_rt_safe(queue);
}

TEST_CASE("two to four threads: nothing in an mpmc queue is lost, doubled, reordered or torn") {
  const auto tight = std::make_unique<mpmc_queue<message, 1>>();
  queue_laws::keeps_all_between_threads(*tight, 2, 2, 10'000);
  const auto small = std::make_unique<mpmc_queue<message, 4>>();
  queue_laws::keeps_all_between_threads(*small, 1, 1, 100'000);
  queue_laws::keeps_all_between_threads(*small, 3, 1, 40'000);
  queue_laws::keeps_all_between_threads(*small, 1, 3, 100'000);
  const auto roomy = std::make_unique<mpmc_queue<message, 32>>();
  queue_laws::keeps_all_between_threads(*roomy, 2, 2, 100'000);
}

TEST_CASE("producers wake the one consumer of an mpmc queue that sleeps: nothing stays behind") {
  const auto ring = std::make_unique<signalled_ring<mpmc_queue<message, 16>, condition_signal>>();
  queue_laws::keeps_all_for_a_sleeper(*ring, 3, 20'000);
}
