// What holds between the threads of every queue, under the model.
//
// The values are plain memory, which ThreadSanitizer watches. Here is what else one may conclude
// from a push and a pop: that what came before them in the other thread has happened.
#pragma once

#include "modelled_atomic.hpp"

namespace queue_laws {

using many_papers = std::array<model::handed_over, 8>;

// Of capacity + 2 papers each may be written on again after as many pushes: the push before found
// the slot behind it handed back, so that its reader has read on. `open(run)` makes a queue, or
// something with its try_push and try_pop.
template <class Open>
void hands_over_both_ways(Open open, std::size_t capacity, int pushes, int pops) {
  int most = 0;
  const auto all = model::explore([&](model::execution& run) {
    auto queue = open();
    const many_papers papers{};
    const auto paper = [&](int n) -> auto& {
      return papers[static_cast<std::size_t>(n) % (capacity + 2)];
    };
    run.thread([&] {
      for (int n = 0, attempt = 0; attempt < pushes; ++attempt) {
        paper(n).touch();
        if (queue->try_push(n)) ++n;
      }
    });
    run.thread([&] {
      for (int n = 0, attempt = 0; attempt < pops; ++attempt) {
        int got = -1;
        if (!queue->try_pop(got)) continue;
        run.check(got == n, "lost, repeated or reordered");
        paper(n).touch();
        most = std::max(most, ++n);
      }
    });
    run.join();
  });
  CHECK(all.failure == "");
  CHECK(all.complete);
  CHECK(most == pops);
}

// Producers push 10, 11, … and 20, 21, …; every consumer sees each producer's in order, nobody sees
// one twice, and what is not taken is still there.
template <class Queue>
model::verdict keeps_all(int producers, int pushes, int consumers, int pops, std::uint64_t limit) {
  int most = 0;
  const auto all = model::explore(
      [&](model::execution& run) {
        Queue queue;
        std::array<model::handed_over, 40> papers;
        std::array<bool, 40> pushed{}, popped{};
        const auto take = [&](std::array<int, 4>& last) {
          int got = 0;
          if (!queue.try_pop(got)) return false;
          const auto n = static_cast<std::size_t>(got);
          run.check(n < 40 && pushed[n] && !popped[n], "repeated, or never pushed");
          popped[n] = true;
          papers[n].touch();
          run.check(last[n / 10] < got, "reordered");
          last[n / 10] = got;
          return true;
        };
        for (int producer = 1; producer <= producers; ++producer)
          run.thread([&, producer] {
            for (int n = producer * 10, attempt = 0; attempt < pushes; ++attempt) {
              papers[static_cast<std::size_t>(n)].touch();
              auto& done = pushed[static_cast<std::size_t>(n)];
              done = true; // before a consumer can look
              if (queue.try_push(n))
                ++n;
              else
                done = false;
            }
          });
        for (int consumer = 0; consumer < consumers; ++consumer)
          run.thread([&] {
            std::array<int, 4> last{};
            for (int attempt = 0; attempt < pops; ++attempt) (void)take(last);
          });
        run.join();
        std::array<int, 4> last{};
        while (!run.failed() && take(last)) {
        }
        run.check(run.failed() || pushed == popped, "lost");
        most = std::max(most, static_cast<int>(std::ranges::count(popped, true)));
      },
      limit);
  CHECK(all.failure == "");
  CHECK(most == producers * pushes);
  return all;
}

} // namespace queue_laws
