// SPDX-License-Identifier: MIT
//
// A fixed-capacity FIFO from one producer thread to one consumer thread.
//
// Two indices count elements since construction; their difference is the size, so no slot is
// wasted to tell full from empty. Each side keeps a stale copy of the other's index and refreshes
// it only when the ring looks full (or empty). The consumer hands slots back in batches: what
// costs time is the cache line that crosses between cores, not the slot. So each of the two indices
// has a line of its own, apart from what its owner touches at every call, and the producer asks for
// the lines of slots that it knows to be free before it writes there.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/config.hpp>
#include <jamnet/ring/ring_element.hpp>

namespace jamnet::inline v0 {

template <ring_element T, std::size_t Capacity>
  requires(std::has_single_bit(Capacity))
class spsc_ring {
public:
  /// The consumer hands slots back after this many single pops, after a bulk pop, or once it has
  /// looked for more than it had seen. Until then the producer may find the ring full by that many
  /// slots too early.
  static constexpr std::size_t batch = std::clamp<std::size_t>(Capacity / 8, 1, 64);

  /// Appends a copy of `value`; false, and no change, when the ring is full.
  /// [producer] [rt-safe] [wait-free] O(1)
  [[nodiscard]] bool try_push(const T& value) noexcept {
    if (room_for(1) == 0) return false;
    const auto put = put_;
    slots_[put % Capacity] = value;
    if (put + ahead - popped_seen_ < Capacity) soon_written(slots_[(put + ahead) % Capacity]);
    put_ = put + 1;
    pushed_.store(put + 1, std::memory_order_release); // publishes the slot
    return true;
  }

  /// Appends as many of `values` as there is room for, from the front; returns how many.
  /// [producer] [rt-safe] [wait-free] O(n)
  [[nodiscard]] std::size_t push(std::span<const T> values) noexcept {
    const std::size_t count = room_for(values.size());
    const std::size_t at = put_ % Capacity;
    const std::size_t before_wrap = std::min(count, Capacity - at);
    std::copy_n(values.data(), before_wrap, slots_.data() + at);
    std::copy_n(values.data() + before_wrap, count - before_wrap, slots_.data());
    put_ += count;
    pushed_.store(put_, std::memory_order_release);
    return count;
  }

  /// Copies the oldest element to `out`; false, and `out` untouched, when the ring is empty.
  /// [consumer] [rt-safe] [wait-free] O(1)
  [[nodiscard]] bool try_pop(T& out) noexcept {
    if (waiting_for(1) == 0) return false;
    const auto taken = taken_;
    out = slots_[taken % Capacity];
    taken_ = taken + 1;
    if (taken_ % batch == 0) hand_back();
    return true;
  }

  /// Copies the oldest elements to the front of `out`, as many as there are; returns how many.
  /// [consumer] [rt-safe] [wait-free] O(n)
  [[nodiscard]] std::size_t pop(std::span<T> out) noexcept {
    const std::size_t count = waiting_for(out.size());
    const std::size_t at = taken_ % Capacity;
    const std::size_t before_wrap = std::min(count, Capacity - at);
    std::copy_n(slots_.data() + at, before_wrap, out.data());
    std::copy_n(slots_.data(), count - before_wrap, out.data() + before_wrap);
    taken_ += count;
    hand_back();
    return count;
  }

  /// How many elements were inside at some recent moment, slots not yet handed back included.
  /// [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] std::size_t size_approx() const noexcept {
    const auto popped = popped_.load(std::memory_order_acquire); // first: it never overtakes
    const auto pushed = pushed_.load(std::memory_order_relaxed);
    return std::min<std::size_t>(pushed - popped, Capacity);
  }

  [[nodiscard]] static constexpr std::size_t capacity() noexcept { return Capacity; }

private:
  static constexpr std::size_t ahead = 1 + 255 / sizeof(T); // four lines

  static void soon_written([[maybe_unused]] const T& slot) noexcept {
#if defined(__GNUC__) && defined(__x86_64__)
    // Not the built-in: without -mprfchw it asks for the line to be read, which costs twice.
    asm volatile("prefetchw %0" : : "m"(slot));
#elif defined(__GNUC__)
    __builtin_prefetch(&slot, 1);
#endif
  }
  std::size_t room_for(std::size_t wanted) noexcept {
    if (Capacity - (put_ - popped_seen_) < wanted)
      popped_seen_ = popped_.load(std::memory_order_acquire); // its reads are done: reuse slots
    return std::min<std::size_t>(wanted, Capacity - (put_ - popped_seen_));
  }
  std::size_t waiting_for(std::size_t wanted) noexcept {
    if (pushed_seen_ - taken_ < wanted) {
      hand_back();
      pushed_seen_ = pushed_.load(std::memory_order_acquire); // sees the published slots
    }
    return std::min<std::size_t>(wanted, pushed_seen_ - taken_);
  }
  void hand_back() noexcept {
    if (popped_.load(std::memory_order_relaxed) != taken_) // an idle consumer writes nothing
      popped_.store(taken_, std::memory_order_release);    // its reads are done
  }

  alignas(cache_line_size) std::atomic<std::uint64_t> pushed_{0}; // written by the producer
  alignas(cache_line_size) std::uint64_t put_ = 0;                // producer only: pushed_
  std::uint64_t popped_seen_ = 0;                                 // producer only
  alignas(cache_line_size) std::atomic<std::uint64_t> popped_{0}; // written by the consumer
  alignas(cache_line_size) std::uint64_t taken_ = 0; // consumer only: popped_ and not yet back
  std::uint64_t pushed_seen_ = 0;                    // consumer only
  alignas(cache_line_size) std::array<T, Capacity> slots_{};
};

} // namespace jamnet::inline v0
