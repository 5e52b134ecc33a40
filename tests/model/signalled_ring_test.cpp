// The memory orders of signalled_ring.hpp: no wake-up is lost.
#include "modelled_atomic.hpp"

#include <jamnet/ring/signalled_ring.hpp>
#include <jamnet/ring/spsc_ring.hpp>

namespace {

// Wakes, but is otherwise the weakest that there could be: who was woken by it has learnt nothing.
struct bare_signal {
  static constexpr bool sleeps = true;

  void notify() noexcept {
    notified = true;
    model::current->change_thread();
  }
  bool wait_until(jamnet::wake_time deadline) noexcept {
    if (deadline != jamnet::forever && model::current->choose(2) == 1) return false;
    model::current->sleep_until(notified);
    notified = false;
    model::current->change_thread();
    return true;
  }

  bool notified = false;
};

} // namespace

TEST_CASE("signalled_ring: whoever waits gets every element, and never sleeps for ever") {
  for (const bool bulk : {false, true}) {
    const auto all = model::explore([&](model::execution& run) {
      jamnet::signalled_ring<jamnet::spsc_ring<int, 4>, bare_signal> queue;
      run.thread([&] {
        run.check(bulk ? queue.push(std::array{0}) == 1 : queue.try_push(0), "full");
        run.check(queue.try_push(1), "full");
      });
      run.thread([&] {
        for (int n = 0; n < 2; ++n) {
          int got = -1;
          run.check(queue.wait_pop(got, jamnet::forever) && got == n, "not the next");
        }
      });
      run.join();
    });
    CHECK(all.failure == "");
    CHECK(all.complete);
  }
}

TEST_CASE("signalled_ring: who waits elsewhere is woken if it said so before it looked") {
  const auto all = model::explore([&](model::execution& run) {
    jamnet::signalled_ring<jamnet::spsc_ring<int, 4>, bare_signal> queue;
    run.thread([&] {
      for (int n = 0; n < 2; ++n) run.check(queue.try_push(n), "full");
    });
    run.thread([&] {
      int got = -1;
      for (int n = 0; n < 2;) {
        queue.expect_wake();
        while (queue.try_pop(got)) run.check(got == n++, "not the next");
        if (n < 2) (void)queue.signal().wait_until(jamnet::forever);
      }
    });
    run.join();
  });
  CHECK(all.failure == "");
  CHECK(all.complete);
}

TEST_CASE("signalled_ring: who gives up at the deadline was not woken for what it did not find") {
  std::array<bool, 2> found{};
  const auto all = model::explore([&](model::execution& run) {
    jamnet::signalled_ring<jamnet::spsc_ring<int, 4>, bare_signal> queue;
    bool got = false;
    run.thread([&] { run.check(queue.try_push(0), "full"); });
    run.thread([&] {
      int out = -1;
      got = queue.wait_pop(out, jamnet::wake_time{});
    });
    run.join();
    run.check(got || !queue.signal().notified, "woken for nothing");
    found[got] = true;
  });
  CHECK(all.failure == "");
  CHECK(all.complete);
  CHECK(found == std::array{true, true});
}
