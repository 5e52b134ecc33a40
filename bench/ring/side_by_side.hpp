// How the rings' contestants are timed, the same for all: alone, or two threads on two cores, which
// wait with a pause instruction after each poll and, after 200, the rest of the time slice.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include <jamnet/core/config.hpp>
#if defined(__linux__)
#include <pthread.h>
#endif

namespace jamnet_bench {

inline void pause_once() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

template <class Poll>
void wait_until(Poll poll) {
  for (int in_vain = 1; !poll(); ++in_vain)
    if (in_vain % 200 == 0)
      std::this_thread::yield();
    else
      pause_once();
}

// Moves everything, in as many pieces as `move(from where)` needs; it returns how much it moved.
template <class Move>
void wait_for_all(std::size_t size, Move move) {
  for (std::size_t done = 0, more = 0; done < size; done += more)
    wait_until([&] { return (more = move(done)) > 0; });
}

inline void stay_on_core(unsigned core) {
#if defined(__linux__)
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core % std::max(1u, std::thread::hardware_concurrency()), &set);
  ::pthread_setaffinity_np(::pthread_self(), sizeof set, &set);
#else
  static_cast<void>(core);
#endif
}

using clock_type = std::chrono::steady_clock;

inline double nanoseconds_since(clock_type::time_point start) {
  return std::chrono::duration<double, std::nano>(clock_type::now() - start).count();
}

inline void expect(bool right) {
  if (right) return;
  std::fputs("what came out is not what went in\n", stderr);
  std::exit(EXIT_FAILURE);
}

// Each measurement begins with half as many items unmeasured, which find the caches and, as nobody
// else does, the pages of new memory.
inline std::size_t warm_up(std::size_t count) { return count / 2; }

// The nanoseconds that `work(count)` takes; it returns whether what came out was right.
template <class Work>
double alone(std::size_t count, Work work) {
  bool right = work(warm_up(count));
  const auto start = clock_type::now();
  right &= work(count);
  const double ns = nanoseconds_since(start);
  expect(right);
  return ns;
}

// The same of two, side by side on two cores, until both are done. They share no memory but the
// queue's, so their captures are copies.
template <class Here, class There>
double side_by_side(std::size_t count, Here here, There there) {
  struct alignas(jamnet::cache_line_size) {
    std::atomic<int> step{0};
    bool right = true;
  } other;
  const auto other_at = [&other](int step) {
    wait_until([&] { return other.step.load(std::memory_order_acquire) == step; });
  };
  std::thread thread{[&other, &other_at, count, there] {
    stay_on_core(1);
    there(warm_up(count));
    other.step.store(1, std::memory_order_release);
    other_at(2);
    other.right = there(count);
    other.step.store(3, std::memory_order_release);
  }};
  here(warm_up(count));
  other_at(1);
  const auto start = clock_type::now();
  other.step.store(2, std::memory_order_release);
  const bool right = here(count);
  other_at(3);
  const double ns = nanoseconds_since(start);
  thread.join();
  expect(right && other.right);
  return ns;
}

} // namespace jamnet_bench
