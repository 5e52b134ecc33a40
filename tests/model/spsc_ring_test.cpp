// The memory orders of spsc_ring.hpp: one at a time, in bulk, and its size.
#include "modelled_atomic.hpp"

#include <jamnet/ring/spsc_ring.hpp>

#include "queue_laws.hpp"

TEST_CASE("spsc_ring: what came before a push is seen after the pop, and the other way round") {
  const auto ring = [] { return std::make_unique<jamnet::spsc_ring<int, 2>>(); };
  queue_laws::hands_over_both_ways(ring, 2, 6, 4);
}

TEST_CASE("spsc_ring: in bulk, too") {
  std::size_t most = 0;
  const auto all = model::explore([&](model::execution& run) {
    jamnet::spsc_ring<int, 2> queue;
    std::array<model::handed_over, 6> papers;
    run.thread([&] {
      int n = 0;
      for (int attempt = 0; attempt < 3; ++attempt) {
        const std::array two{n, n + 1};
        for (const int paper : two) papers[static_cast<std::size_t>(paper) % 6].touch();
        n += static_cast<int>(queue.push(two));
      }
    });
    run.thread([&] {
      std::size_t n = 0;
      for (int attempt = 0; attempt < 3; ++attempt) {
        std::array<int, 2> got{};
        const auto count = queue.pop(got);
        for (std::size_t i = 0; i < count; ++i) {
          run.check(got[i] == static_cast<int>(n++), "lost, repeated or reordered");
          papers[static_cast<std::size_t>(got[i]) % 6].touch();
        }
        most = std::max(most, n);
      }
    });
    run.join();
  });
  CHECK(all.failure == "");
  CHECK(all.complete);
  CHECK(most == 6);
}

TEST_CASE("spsc_ring: a third thread never counts what was never in the ring") {
  std::array<bool, 3> sizes{};
  const auto all = model::explore([&](model::execution& run) {
    jamnet::spsc_ring<int, 4> queue;
    run.thread([&] {
      for (int n = 0; n < 2; ++n) (void)queue.try_push(n);
    });
    run.thread([&] {
      int got = 0;
      for (int attempt = 0; attempt < 2; ++attempt) (void)queue.try_pop(got);
    });
    run.thread([&] {
      const auto size = queue.size_approx();
      run.check(size <= 2, "more than were pushed");
      if (size <= 2) sizes[size] = true;
    });
    run.join();
  });
  CHECK(all.failure == "");
  CHECK(all.complete);
  CHECK(sizes == std::array{true, true, true});
}
