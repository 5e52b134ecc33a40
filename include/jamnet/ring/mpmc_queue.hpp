// SPDX-License-Identifier: MIT
//
// A fixed-capacity FIFO from any number of threads to any number of threads.
//
// A thread takes a ticket by one compare-and-swap; the ticket's slot is then its own until it says
// that it is done. So threads meet on a counter, never on each other's values, and never wait. Who
// is stopped between ticket and done holds up its own slot: pops that arrive there report empty,
// and pushes that come round to it full, until it goes on. Nobody spins for it, but as a whole this
// is not lock-free. Elements of one producer come out in its order.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include <jamnet/core/config.hpp>
#include <jamnet/ring/detail/ticket_slots.hpp>
#include <jamnet/ring/ring_element.hpp>

namespace jamnet::inline v0 {

template <ring_element T, std::size_t Capacity>
  requires(std::has_single_bit(Capacity))
class mpmc_queue {
public:
  /// A try that loses the race for a ticket this many times in a row gives up. Each loss means that
  /// another thread has won; so many by chance is out of reach, but a deadline wants a bound.
  static constexpr int attempts = 64;

  /// Appends a copy of `value`; false, and no change, when the queue is full, when the slot is
  /// still held by a stopped thread, or after `attempts` lost races.
  /// [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] bool try_push(const T& value) noexcept {
    return slots_.take(pushes_, slots::free, attempts, [&](T& slot) { slot = value; });
  }

  /// Takes the oldest element; false, and `out` untouched, when the queue is empty, when the oldest
  /// is held by a stopped thread, or after `attempts` lost races.
  /// [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] bool try_pop(T& out) noexcept {
    return slots_.take(pops_, slots::filled, attempts, [&](const T& slot) { out = slot; });
  }

  [[nodiscard]] static constexpr std::size_t capacity() noexcept { return Capacity; }

private:
  using slots = detail::ticket_slots<T, Capacity>;

  alignas(cache_line_size) std::atomic<std::uint64_t> pushes_{0}; // the next ticket of each kind
  alignas(cache_line_size) std::atomic<std::uint64_t> pops_{0};
  alignas(cache_line_size) slots slots_;
};

} // namespace jamnet::inline v0
