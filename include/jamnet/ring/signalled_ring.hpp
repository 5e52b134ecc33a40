// SPDX-License-Identifier: MIT
//
// A queue whose consumer need not poll: it sleeps when there is nothing, and the push that ends
// this wakes it.
//
//     signalled_ring<spsc_ring<midi_event, 1024>, condition_signal> events;
//     events.try_push(event);                          // one thread
//     while (events.wait_pop(event, forever)) play(event); // another
//
// How it sleeps is the signal's business: `polling` (it does not), ring/condition_signal.hpp, or
// platform/eventfd_signal.hpp, whose descriptor an event loop can watch. Waking is a system call;
// a flag keeps it away from every push but the first after the consumer said that it would sleep.
#pragma once

#include <atomic>
#include <concepts>

#include <jamnet/core/chrono.hpp>
#include <jamnet/core/config.hpp>

namespace jamnet::inline v0 {

using wake_time = std::chrono::steady_clock::time_point;

/// The deadline of one who would wait for ever.
inline constexpr wake_time forever = wake_time::max();

/// Puts a thread to sleep and wakes it. A notify() while nobody waits is kept for the next
/// wait_until(); several count as one. wait_until() is false once the deadline has come, otherwise
/// true, which may also mean nothing at all. A signal that never `sleeps` needs no notify().
template <class S>
concept wake_signal = requires(S signal, wake_time deadline) {
  { S::sleeps } -> std::convertible_to<bool>;
  { signal.notify() } noexcept;
  { signal.wait_until(deadline) } noexcept -> std::same_as<bool>;
};

/// Looks again and again: the least latency, for the whole of a core.
struct polling {
  static constexpr bool sleeps = false;

  /// [producer] [rt-safe] O(1)
  void notify() noexcept {}
  /// [consumer] [rt-safe] O(1)
  [[nodiscard]] bool wait_until(wake_time deadline) noexcept {
    return std::chrono::steady_clock::now() < deadline;
  }
};
static_assert(wake_signal<polling>);

/// `Queue` is spsc_ring or any other with its try_push and try_pop, in which a pop finds what was
/// pushed before; with a queue for many producers this is one, too.
template <class Queue, wake_signal Signal = polling>
class signalled_ring {
public:
  /// Appends a copy of `value` and wakes the consumer if it sleeps; false, and no change, when the
  /// queue is full. [producer] [rt-safe] if the signal never sleeps. Otherwise an atomic exchange
  /// more than the queue's, and what notify() does when the consumer sleeps. O(1)
  template <class T>
  [[nodiscard]] bool try_push(const T& value) noexcept {
    if (!queue_.try_push(value)) return false;
    wake();
    return true;
  }

  /// Appends as many of `values` as there is room for, and wakes the consumer once; returns how
  /// many. [producer] [rt-safe] as try_push; O(n)
  template <class Values>
    requires requires(Queue& queue, const Values& values) { queue.push(values); }
  [[nodiscard]] auto push(const Values& values) noexcept {
    const auto count = queue_.push(values);
    if (count != 0) wake();
    return count;
  }

  /// Takes the oldest element, if there is one. [consumer] [rt-safe] O(1)
  template <class T>
  [[nodiscard]] bool try_pop(T& out) noexcept {
    return queue_.try_pop(out);
  }

  /// Takes the oldest element, and sleeps until there is one; false, and `out` untouched, when
  /// there was none until `deadline`. [consumer] [blocks]
  template <class T>
  [[nodiscard]] bool wait_pop(T& out, wake_time deadline) noexcept;

  /// The next push will notify the signal. For consumers that wait elsewhere, such as for the
  /// descriptor of an eventfd_signal: say this, then take what there is, then wait; what comes
  /// between wakes, too. [consumer] [rt-safe] O(1)
  void expect_wake() noexcept {
    if constexpr (Signal::sleeps) asleep_.exchange(true, std::memory_order_acquire);
  }

  /// The parts: pop what you like from the queue, but push through this. [any-thread] [rt-safe]
  [[nodiscard]] Queue& queue() noexcept { return queue_; }
  [[nodiscard]] const Queue& queue() const noexcept { return queue_; }
  [[nodiscard]] Signal& signal() noexcept { return signal_; }

private:
  // Why no wake-up is lost. Each side first writes and then looks at what the other wrote: the
  // producer pushes and looks at the flag, the consumer sets the flag and looks into the queue. As
  // plain stores and loads these could pass each other, and both sides look too early. But the flag
  // only ever changes by exchange, and the exchanges of one atomic have one order. If the
  // producer's comes after the consumer's, it (or the first of several) reads true and notifies.
  // If it comes before, the consumer's acquires what it released, through any exchanges in between,
  // and so the look into the queue finds the element. This is also why the flag is not taken back
  // by a store: that would end the chain of releases.
  void wake() noexcept {
    if constexpr (Signal::sleeps)
      if (asleep_.exchange(false, std::memory_order_release)) signal_.notify();
  }
  void stay_awake() noexcept {
    if constexpr (Signal::sleeps) asleep_.exchange(false, std::memory_order_acquire);
  }

  Queue queue_;
  [[no_unique_address]] Signal signal_;
  // Stays in the producer's cache while the consumer is awake.
  alignas(cache_line_size) std::atomic<bool> asleep_{false};
};

template <class Queue, wake_signal Signal>
template <class T>
bool signalled_ring<Queue, Signal>::wait_pop(T& out, wake_time deadline) noexcept {
  bool in_time = true;
  while (!queue_.try_pop(out)) {
    if (!in_time) return false;
    expect_wake();
    const bool found = queue_.try_pop(out);
    if (!found) in_time = signal_.wait_until(deadline);
    stay_awake();
    if (found) return true;
  }
  return true;
}

} // namespace jamnet::inline v0
