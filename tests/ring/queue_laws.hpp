// What every queue of the folder must keep, whoever its threads are.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/ring/signalled_ring.hpp>
#include <jamnet/testing/rt_guard.hpp>

#include "message.hpp"

namespace queue_laws {

inline void holds_exactly_its_capacity(auto& queue, int capacity) {
  CHECK(queue.capacity() == static_cast<std::size_t>(capacity));
  int out = -1;
  for (int lap = 0; lap < 5; ++lap) {
    CAPTURE(lap);
    CHECK_FALSE(queue.try_pop(out)); // an event_ring takes all slots back here
    for (int i = 0; i < capacity; ++i) REQUIRE(queue.try_push(lap * capacity + i));
    CHECK_FALSE(queue.try_push(-2));
    for (int i = 0; i < capacity; ++i) {
      REQUIRE(queue.try_pop(out));
      CHECK(out == lap * capacity + i);
    }
    CHECK_FALSE(queue.try_pop(out));
    CHECK(out == (lap + 1) * capacity - 1);
  }
}

// Any sequence of pushes and pops on one thread does what it does to a std::deque. A push may find
// the queue full while up to `kept` slots are popped but not yet handed back.
inline void behaves_as_a_deque(auto& queue, std::uint64_t seed, std::size_t kept = 0) {
  CAPTURE(seed);
  jamnet::random_source random{seed};
  std::deque<int> model;
  for (int step = 0; step < 20'000; ++step) {
    CAPTURE(step);
    // Long runs of mostly pushes and of mostly pops, so that full and empty come often.
    const std::uint64_t pushes_of_8 = step / 64 % 2 == 0 ? 6 : 2;
    if (random.next() % 8 < pushes_of_8) {
      const bool pushed = queue.try_push(step);
      if (pushed) model.push_back(step);
      REQUIRE(model.size() <= queue.capacity());
      REQUIRE((pushed || model.size() + kept >= queue.capacity()));
    } else {
      int out = -1;
      REQUIRE(queue.try_pop(out) == !model.empty());
      REQUIRE(out == (model.empty() ? -1 : model.front()));
      if (!model.empty()) model.pop_front();
    }
  }
}

template <class T>
void carries(auto& queue, const T& value) {
  for (int i = 0; i < 5; ++i) {
    T out{};
    REQUIRE(queue.try_push(T{}));
    REQUIRE(queue.try_push(value));
    REQUIRE(queue.try_pop(out));
    CHECK(out == T{});
    REQUIRE(queue.try_pop(out));
    CHECK(out == value);
    CHECK_FALSE(queue.try_pop(out));
  }
}

// Elements of one byte and of a page.
using page = std::array<std::uint64_t, 512>;
inline void carry_small_and_large(auto& bytes, auto& pages) {
  carries(bytes, std::uint8_t{0xA5});
  page value{};
  value.front() = 1, value.back() = 2;
  carries(pages, value);
}

// Of a queue of two.
inline void push_and_pop_are_rt_safe(auto& queue) {
  int out = 0;
  bool pushed = false, popped = false;
  {
    const jamnet::testing::rt_guard guard;
    pushed = queue.try_push(5) && queue.try_push(6) && !queue.try_push(7);
    popped = queue.try_pop(out) && queue.try_pop(out) && !queue.try_pop(out);
  }
  CHECK(pushed);
  CHECK(popped);
  CHECK(out == 6);
}

// Each of `producers` threads pushes 0 … count - 1, the consumers take it all. Counted, not
// checked, in the threads: doctest's checks would order them.
template <class Queue>
void keeps_all_between_threads(Queue& queue, std::uint32_t producers, std::size_t consumers,
                               std::uint32_t count) {
  CAPTURE(producers);
  CAPTURE(consumers);
  const std::uint64_t total = std::uint64_t{producers} * count;
  std::atomic<std::uint64_t> taken{0}, torn{0};
  using numbers = std::vector<std::vector<std::uint64_t>>; // by producer
  std::vector<numbers> got(consumers, numbers(producers));

  const auto produce = [&](std::uint32_t producer) {
    for (std::uint32_t n = 0; n < count; ++n) {
      const message next{std::uint64_t{n} * producers + producer};
      while (!queue.try_push(next)) std::this_thread::yield();
    }
  };
  const auto consume = [&](numbers& seen) {
    while (taken.load(std::memory_order_relaxed) < total) {
      message next;
      if (!queue.try_pop(next)) {
        std::this_thread::yield();
        continue;
      }
      taken.fetch_add(1, std::memory_order_relaxed);
      if (next.torn())
        torn.fetch_add(1, std::memory_order_relaxed);
      else
        seen[next.number() % producers].push_back(next.number() / producers);
    }
  };
  std::vector<std::thread> threads;
  for (std::uint32_t i = 0; i < producers; ++i) threads.emplace_back(produce, i);
  for (auto& seen : got) threads.emplace_back([&] { consume(seen); });
  for (auto& thread : threads) thread.join();

  CHECK(torn == 0);
  for (std::uint32_t producer = 0; producer < producers; ++producer) {
    std::vector<std::uint64_t> all;
    for (auto& seen : got) {
      CHECK(std::ranges::is_sorted(seen[producer])); // each consumer sees the producer's order
      all.insert(all.end(), seen[producer].begin(), seen[producer].end());
    }
    std::ranges::sort(all);
    std::uint32_t expected = 0, wrong = 0;
    for (const auto n : all) wrong += n != expected++;
    CHECK(wrong == 0);          // nothing doubled
    CHECK(all.size() == count); // nothing lost
  }
}

// The same with the one consumer of a signalled ring, which sleeps.
template <class Signalled>
void keeps_all_for_a_sleeper(Signalled& ring, std::uint32_t producers, std::uint32_t count) {
  struct {
    Signalled& ring;

    bool try_push(const message& value) { return ring.try_push(value); }
    bool try_pop(message& out) { return ring.wait_pop(out, jamnet::forever); }
  } asleep{ring};
  keeps_all_between_threads(asleep, producers, 1, count);
}

} // namespace queue_laws
