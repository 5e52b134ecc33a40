// SPDX-License-Identifier: MIT
//
// A fixed-capacity FIFO from one producer thread to one consumer thread, with the least latency.
//
// Each slot carries the number of the element inside, so a message is one cache line that crosses
// between the cores: the consumer watches the very line that brings the value. spsc_ring moves two,
// index and value, but shares the first among many elements: take it for streams, and this for
// single events that somebody waits for. Slots are handed back in batches, as there.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/config.hpp>
#include <jamnet/ring/ring_element.hpp>

namespace jamnet::inline v0 {

template <ring_element T, std::size_t Capacity>
  requires(std::has_single_bit(Capacity))
class event_ring {
public:
  /// The consumer hands slots back after this many, or once a pop has found nothing. Until then the
  /// producer may find the ring full by that many slots too early.
  static constexpr std::size_t batch = std::clamp<std::size_t>(Capacity / 8, 1, 64);

  /// Appends a copy of `value`; false, and no change, when the ring is full.
  /// [producer] [rt-safe] [wait-free] O(1)
  [[nodiscard]] bool try_push(const T& value) noexcept {
    const auto pushed = pushed_.load(std::memory_order_relaxed);
    if (pushed - popped_seen_ == Capacity) {
      popped_seen_ = popped_.load(std::memory_order_acquire); // its reads are done: reuse slots
      if (pushed - popped_seen_ == Capacity) return false;
    }
    slot& next = slots_[pushed % Capacity];
    next.value = value;
    next.number.store(pushed + 1, std::memory_order_release); // publishes the value
    pushed_.store(pushed + 1, std::memory_order_relaxed);     // for size_approx alone
    return true;
  }

  /// Copies the oldest element to `out`; false, and `out` untouched, when the ring is empty.
  /// [consumer] [rt-safe] [wait-free] O(1)
  [[nodiscard]] bool try_pop(T& out) noexcept {
    const slot& next = slots_[taken_ % Capacity];
    const bool there = next.number.load(std::memory_order_acquire) == taken_ + 1; // sees the value
    if (there) {
      out = next.value;
      ++taken_;
    }
    const auto to_hand_back = taken_ - popped_.load(std::memory_order_relaxed);
    if (there ? to_hand_back == batch : to_hand_back != 0)
      popped_.store(taken_, std::memory_order_release); // the values have been read
    return there;
  }

  /// How many elements were inside at some recent moment, slots not yet handed back included.
  /// [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] std::size_t size_approx() const noexcept {
    const auto popped = popped_.load(std::memory_order_relaxed);
    const auto pushed = pushed_.load(std::memory_order_relaxed);
    // The two may be from different moments, even in the wrong order.
    return pushed < popped ? 0 : std::min<std::size_t>(pushed - popped, Capacity);
  }

  [[nodiscard]] static constexpr std::size_t capacity() noexcept { return Capacity; }

private:
  // A slot never lies across two lines. Small ones share a line: packed.
  static constexpr std::size_t slot_alignment = sizeof(T) <= 8 ? 16 : 64;
  struct alignas(slot_alignment) slot {
    std::atomic<std::uint64_t> number{0}; // of the element inside, counted from 1
    T value{};
  };

  alignas(cache_line_size) std::atomic<std::uint64_t> pushed_{0}; // written by the producer
  std::uint64_t popped_seen_ = 0;                                 // producer only
  alignas(cache_line_size) std::atomic<std::uint64_t> popped_{0}; // written by the consumer
  std::uint64_t taken_ = 0; // consumer only: popped_ and those not yet handed back
  alignas(cache_line_size) std::array<slot, Capacity> slots_{};
};

} // namespace jamnet::inline v0
