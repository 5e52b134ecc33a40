// SPDX-License-Identifier: MIT
//
// A fixed-capacity FIFO from any number of producer threads to one consumer thread: what many parts
// of a program have to say to the one that owns the state.
//
// Producers take tickets as in mpmc_queue; the consumer, alone on its side, looks into the next
// slot and needs no atomic read-modify-write. A producer stopped in the midst of a push holds up
// what was pushed after it: pops report empty until it goes on, and nobody spins for it. Elements
// of one producer come out in its order.
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
class mpsc_queue {
public:
  /// As mpmc_queue: a push that loses the race for a ticket this many times in a row gives up.
  static constexpr int attempts = 64;

  /// Appends a copy of `value`; false, and no change, when the queue is full, or after `attempts`
  /// lost races. [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] bool try_push(const T& value) noexcept {
    return slots_.take(pushes_, slots::free, attempts, [&](T& slot) { slot = value; });
  }

  /// Takes the oldest element; false, and `out` untouched, when the queue is empty, or when a
  /// stopped producer has not finished the oldest. [consumer] [rt-safe] [wait-free] O(1)
  [[nodiscard]] bool try_pop(T& out) noexcept {
    return slots_.take_alone(pops_, slots::filled, [&](const T& slot) { out = slot; });
  }

  [[nodiscard]] static constexpr std::size_t capacity() noexcept { return Capacity; }

private:
  using slots = detail::ticket_slots<T, Capacity>;

  alignas(cache_line_size) std::atomic<std::uint64_t> pushes_{0}; // the next ticket of producers
  alignas(cache_line_size) std::uint64_t pops_ = 0;               // and of the consumer
  alignas(cache_line_size) slots slots_;
};

} // namespace jamnet::inline v0
