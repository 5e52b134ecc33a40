#include <jamnet/ring/signalled_ring.hpp>

#include <array>
#include <thread>
#include <utility>

#include <doctest/doctest.h>
#include <jamnet/ring/spsc_ring.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;

namespace {

using ring = spsc_ring<int, 8>;

// Counts, keeps one notify as a signal must, and lets the producer in while the consumer waits.
struct scripted_signal {
  static constexpr bool sleeps = true;

  void notify() noexcept {
    ++notified;
    pending = true;
  }
  bool wait_until(wake_time) noexcept {
    ++waited;
    if (at_wait != nullptr) at_wait(context);
    return std::exchange(pending, false);
  }

  int notified = 0, waited = 0;
  bool pending = false;
  void (*at_wait)(void*) = nullptr;
  void* context = nullptr;
};

// Lets the producer in after each look into the queue that finds nothing.
struct scripted_queue {
  bool try_push(int value) noexcept { return inner.try_push(value); }
  bool try_pop(int& out) noexcept {
    if (inner.try_pop(out)) return true;
    if (++looks == push_after_look && at_look != nullptr) at_look(context);
    return false;
  }

  ring inner;
  int looks = 0, push_after_look = 0;
  void (*at_look)(void*) = nullptr;
  void* context = nullptr;
};

const wake_time later = wake_time{} + std::chrono::hours{1};

} // namespace

TEST_CASE("a push wakes a consumer that said it would sleep, and only the first push does") {
  signalled_ring<ring, scripted_signal> queue;
  CHECK(queue.try_push(1));
  CHECK(queue.signal().notified == 0);
  queue.expect_wake();
  CHECK(queue.try_push(2));
  CHECK(queue.try_push(3));
  CHECK(queue.signal().notified == 1);
  int out = 0;
  CHECK(queue.try_pop(out));
  CHECK(out == 1);
}

TEST_CASE("a push that finds no room wakes nobody") {
  signalled_ring<spsc_ring<int, 2>, scripted_signal> queue;
  const std::array two{1, 2};
  CHECK(queue.push(two) == 2);
  queue.expect_wake();
  CHECK(queue.push(two) == 0);
  CHECK_FALSE(queue.try_push(3));
  CHECK(queue.signal().notified == 0);
}

TEST_CASE("several at once wake once") {
  signalled_ring<ring, scripted_signal> queue;
  queue.expect_wake();
  CHECK(queue.push(std::array{1, 2, 3}) == 3);
  CHECK(queue.signal().notified == 1);
}

TEST_CASE("what is there is taken without a wait, and the producer hears nothing of it") {
  signalled_ring<ring, scripted_signal> queue;
  int out = 0;
  CHECK(queue.try_push(5));
  CHECK(queue.wait_pop(out, later));
  CHECK(out == 5);
  CHECK(queue.signal().waited == 0);
  CHECK(queue.try_push(6));
  CHECK(queue.signal().notified == 0);
}

TEST_CASE("whenever the push comes between the looks and the wait, the consumer gets it") {
  using queue_type = signalled_ring<scripted_queue, scripted_signal>;
  const auto push = [](void* queue) {
    CHECK(static_cast<queue_type*>(queue)->try_push(7));
    if (static_cast<queue_type*>(queue)->queue().inner.size_approx() < 2)
      CHECK(static_cast<queue_type*>(queue)->try_push(8));
  };
  for (const int after : {1, 2}) {
    CAPTURE(after);
    queue_type queue;
    queue.queue().push_after_look = after;
    queue.queue().at_look = push;
    queue.queue().context = &queue;
    int out = 0;
    CHECK(queue.wait_pop(out, later));
    CHECK(out == 7);
    CHECK(queue.wait_pop(out, later));
    CHECK(out == 8);
    // After the first look the second finds it; after the second it takes the signal.
    CHECK(queue.signal().notified == after - 1);
    CHECK(queue.signal().waited == after - 1);
  }
  queue_type queue;
  queue.signal().at_wait = push;
  queue.signal().context = &queue;
  int out = 0;
  CHECK(queue.wait_pop(out, later));
  CHECK(out == 7);
  CHECK(queue.signal().notified == 1);
}

TEST_CASE("without a push the wait ends at the deadline, and nothing is taken") {
  signalled_ring<ring, scripted_signal> queue;
  int out = -1;
  CHECK_FALSE(queue.wait_pop(out, later));
  CHECK(out == -1);
  CHECK(queue.signal().waited == 1);
  CHECK(queue.try_push(1));
  CHECK(queue.signal().notified == 0); // it no longer sleeps
}

TEST_CASE("waking up for nothing is no reason to give up") {
  using queue_type = signalled_ring<ring, scripted_signal>;
  queue_type queue;
  queue.signal().context = &queue;
  queue.signal().at_wait = [](void* context) {
    auto& q = *static_cast<queue_type*>(context);
    if (q.signal().waited < 3)
      q.signal().pending = true; // awake, but there is nothing
    else
      CHECK(q.try_push(9));
  };
  int out = 0;
  CHECK(queue.wait_pop(out, later));
  CHECK(out == 9);
  CHECK(queue.signal().waited == 3);
}

TEST_CASE("with polling a push and a pop are real-time safe, and a past deadline ends the wait") {
  signalled_ring<ring> queue;
  const testing::rt_guard guard;
  int out = 0;
  CHECK(queue.try_push(1));
  CHECK(queue.push(std::array{2}) == 1);
  CHECK(queue.wait_pop(out, wake_time{}));
  CHECK(queue.try_pop(out));
  CHECK(out == 2);
  CHECK_FALSE(queue.wait_pop(out, wake_time{}));
}

TEST_CASE("while nobody sleeps a push is real-time safe with any signal") {
  signalled_ring<ring, scripted_signal> queue;
  const testing::rt_guard guard;
  CHECK(queue.try_push(1));
}

TEST_CASE("a polling consumer gets everything, in order") {
  signalled_ring<spsc_ring<int, 64>> queue;
  std::thread producer{[&] {
    for (int i = 0; i < 20'000;)
      if (queue.try_push(i))
        ++i;
      else
        std::this_thread::yield();
  }};
  int wrong = 0;
  for (int i = 0; i < 20'000; ++i) {
    int out = -1;
    if (!queue.wait_pop(out, forever) || out != i) ++wrong;
  }
  producer.join();
  CHECK(wrong == 0);
}
