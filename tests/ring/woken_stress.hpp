// A million elements through a queue whose consumer sleeps again and again, and whose producer
// often waits until it does. A lost wake-up would hang: ctest's timeout ends that.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/ring/signalled_ring.hpp>

#include "message.hpp"

namespace woken {

using ::message;

inline void check_million(auto& queue, std::uint64_t seed, std::uint64_t count = 1'000'000) {
  using namespace jamnet;
  CAPTURE(seed);
  std::atomic<std::uint64_t> taken{0};
  std::thread producer{[&] {
    random_source random{seed};
    for (std::uint64_t sent = 0; sent < count;) {
      // Bursts of 1 to 63; after a quarter of them all of it must have arrived before more comes.
      for (std::uint64_t burst = random.next() % 63 + 1; burst > 0 && sent < count;) {
        if (queue.try_push(message{sent}))
          ++sent, --burst;
        else
          std::this_thread::yield();
      }
      if (random.next() % 4 == 0)
        while (taken.load(std::memory_order_relaxed) != sent) std::this_thread::yield();
    }
  }};
  std::uint64_t torn = 0, misplaced = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    message got;
    if (!queue.wait_pop(got, forever)) break;
    torn += got.torn();
    misplaced += got.number() != i;
    taken.store(i + 1, std::memory_order_relaxed);
  }
  producer.join();
  CHECK(torn == 0);
  CHECK(misplaced == 0);
  CHECK(taken == count);
}

} // namespace woken
