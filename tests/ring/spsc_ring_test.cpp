#include <jamnet/ring/spsc_ring.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/testing/rt_guard.hpp>

#include "message.hpp"
#include "queue_laws.hpp"

using namespace jamnet;

TEST_CASE("a new ring is empty") {
  spsc_ring<int, 4> ring;
  int out = -1;
  CHECK_FALSE(ring.try_pop(out));
  CHECK(out == -1);
  CHECK(ring.size_approx() == 0);
}

TEST_CASE("a ring holds exactly its capacity, in order, however often it wraps") {
  spsc_ring<int, 4> few;
  queue_laws::holds_exactly_its_capacity(few, 4);
  while (few.try_push(0)) {
  }
  CHECK(few.size_approx() == 4);
  spsc_ring<int, 1024> many;
  queue_laws::holds_exactly_its_capacity(many, 1024);
}

TEST_CASE("a slot is handed back at the latest after a batch, and all are once the ring is empty") {
  using ring_type = spsc_ring<int, 256>;
  ring_type ring;
  int out = 0;
  for (int i = 0; i < 256; ++i) REQUIRE(ring.try_push(i));
  for (std::size_t i = 0; i < ring_type::batch; ++i) REQUIRE(ring.try_pop(out));
  CHECK(ring.size_approx() == 256 - ring_type::batch);
  REQUIRE(ring.try_push(0));
  while (ring.try_pop(out)) {
  }
  CHECK(ring.size_approx() == 0);
}

TEST_CASE("a bulk pop hands its slots back at once") {
  spsc_ring<int, 8> ring;
  std::array<int, 3> block{};
  REQUIRE(ring.push(block) == 3);
  REQUIRE(ring.push(block) == 3);
  REQUIRE(ring.pop(block) == 3);
  CHECK(ring.size_approx() == 3);
}

TEST_CASE("bulk and single transfers mix: what comes out is what went in, at any sizes") {
  random_source random{1};
  spsc_ring<std::uint64_t, 16> ring;
  std::uint64_t pushed = 0, popped = 0;
  for (int step = 0; step < 5000; ++step) {
    CAPTURE(step);
    std::vector<std::uint64_t> block(random.next() % 20);
    for (std::size_t i = 0; i < block.size(); ++i) block[i] = pushed + i;
    pushed += ring.push(block);
    if (ring.try_push(pushed)) ++pushed;
    std::vector<std::uint64_t> out(random.next() % 20);
    const auto count = ring.pop(out);
    for (std::size_t i = 0; i < count; ++i) REQUIRE(out[i] == popped++);
    if (std::uint64_t one = 0; ring.try_pop(one)) REQUIRE(one == popped++);
    REQUIRE(pushed - popped <= 16);
  }
  CHECK(popped > 5000);
}

TEST_CASE("a bulk push takes all there is room for, and a bulk pop all there is") {
  spsc_ring<int, 8> ring;
  const std::array<int, 11> in{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  std::array<int, 11> out{};
  CHECK(ring.push(in) == 8);
  CHECK(ring.push(in) == 0);
  CHECK(ring.pop(out) == 8);
  CHECK(out[7] == 7);
  CHECK(ring.pop(out) == 0);
}

TEST_CASE("push, pop and size are rt-safe") {
  spsc_ring<int, 2> ring;
  std::array<int, 2> block{1, 2};
  bool pushed = false, popped = false;
  std::size_t count = 0;
  int out = 0;
  {
    const testing::rt_guard guard;
    pushed = ring.try_push(1);
    popped = ring.try_pop(out);
    count = ring.push(block) + ring.pop(block) + ring.size_approx();
  }
  CHECK(pushed);
  CHECK(popped);
  CHECK(count == 4);
}

// A small ring, so that both sides often find it full or empty and refresh what they know.
TEST_CASE("two threads: nothing lost, repeated, reordered or torn") {
  const auto ring = std::make_unique<spsc_ring<message, 16>>();
  queue_laws::keeps_all_between_threads(*ring, 1, 1, 200'000);
}

TEST_CASE("two threads in bulk: nothing lost, repeated, reordered or torn") {
  constexpr std::uint64_t total = 200'000;
  auto ring = std::make_unique<spsc_ring<message, 32>>();
  std::thread producer{[&] {
    random_source random{2};
    std::vector<message> block;
    for (std::uint64_t n = 0; n < total;) {
      block.assign(std::min<std::uint64_t>(random.next() % 24, total - n), message{});
      for (std::size_t i = 0; i < block.size(); ++i) block[i] = message{n + i};
      const auto count = ring->push(block);
      n += count;
      if (count == 0) std::this_thread::yield();
    }
  }};
  random_source random{3};
  std::array<message, 24> block;
  std::uint64_t wrong = 0;
  for (std::uint64_t n = 0; n < total;) {
    const auto count = ring->pop(std::span{block}.first(random.next() % 24));
    for (std::size_t i = 0; i < count; ++i)
      if (!block[i].is(n++)) ++wrong;
    if (count == 0) std::this_thread::yield();
  }
  producer.join();
  CHECK(wrong == 0);
}
