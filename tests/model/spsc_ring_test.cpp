// The memory orders of spsc_ring.hpp. The slots are plain memory, which ThreadSanitizer watches;
// here it is what else the two threads may conclude from a push and a pop.
#include "modelled_atomic.hpp"

#include <jamnet/ring/spsc_ring.hpp>

namespace {

using ring = jamnet::spsc_ring<int, 2>;

} // namespace

// Of N + 2 papers one can be written on as soon as the ring took the one after the next: then the
// ring has been given back the slot behind it, and its reader was done.
TEST_CASE("spsc_ring: what came before a push is seen after the pop, and the other way round") {
  int most = 0;
  const auto all = model::explore([&](model::execution& run) {
    ring queue;
    std::array<model::handed_over, ring::capacity() + 2> papers;
    run.thread([&] {
      int n = 0;
      for (int attempt = 0; attempt < 6; ++attempt) {
        const auto paper = static_cast<std::size_t>(n) % papers.size();
        papers[paper].touch();
        if (queue.try_push(n)) ++n;
      }
    });
    run.thread([&] {
      int n = 0;
      for (int attempt = 0; attempt < 4; ++attempt) {
        int got = -1;
        if (!queue.try_pop(got)) continue;
        run.check(got == n++, "lost, repeated or reordered");
        papers[static_cast<std::size_t>(got) % papers.size()].touch();
        most = std::max(most, n);
      }
    });
    run.join();
  });
  CHECK(all.failure == "");
  CHECK(all.complete);
  CHECK(most == 4);
}

TEST_CASE("spsc_ring: in bulk, too") {
  std::size_t most = 0;
  const auto all = model::explore([&](model::execution& run) {
    ring queue;
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
