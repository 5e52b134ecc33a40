// SPDX-License-Identifier: MIT
//
// A FIFO from one process to another: spsc_ring's two indices, laid out in memory both can see.
//
//     auto ring = shm_ring<note>::open(memory.bytes());          // platform/posix_shm.hpp
//     auto in = ring->attach_producer(process_id(), now());      // elsewhere: attach_consumer
//     if (!in->try_push(note)) ++dropped;                        // and every 100 ms:
//     if (!in->beat(now())) return;                              // false: somebody replaced us
//
// Ends come and go, and may be killed at any instruction: an element is seen once it is whole, what
// waits stays, and what a killed consumer was copying comes again (what it had copied died with
// it). So every pop is handed back at once, unlike in spsc_ring; it measures the same.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/chrono.hpp>
#include <jamnet/core/config.hpp>
#include <jamnet/core/result.hpp>
#include <jamnet/ring/ring_element.hpp>
#include <jamnet/ring/shm_claim.hpp>

namespace jamnet::inline v0 {

/// What a shared ring begins with: version 1 of the layout, in the machine's byte order.
struct shm_ring_header {
  /// One end: who has it, and how many elements went through it. Each has its own cache lines.
  struct alignas(128) end {
    shm_claim claim;
    std::atomic<std::uint64_t> count{0};
  };
  static constexpr std::uint64_t magic_value = 0x676e6952'4e6d614a; // "JamNRing" of little ends
  static constexpr std::uint32_t version_value = 1;

  std::atomic<std::uint64_t> magic{0}; // written last: a ring that has it is whole
  std::uint32_t version = 0;
  std::uint32_t element_size = 0;
  std::atomic<std::uint64_t> capacity{0}; // atomic so that what was checked is what is used
  end producer, consumer;
};
static_assert(std::is_standard_layout_v<shm_ring_header>);
static_assert(offsetof(shm_ring_header, version) == 8 &&
              offsetof(shm_ring_header, element_size) == 12 &&
              offsetof(shm_ring_header, capacity) == 16 &&
              offsetof(shm_ring_header, producer) == 128 &&
              offsetof(shm_ring_header, consumer) == 256 && sizeof(shm_ring_header) == 384 &&
              offsetof(shm_ring_header::end, count) == 8);

/// A view of the ring, as cheap to copy as a pointer; the memory outlives it and its ends. Whoever
/// can write the memory can send any bytes, so let every pattern of T's bits be a value. What it
/// writes elsewhere makes the ring appear full or empty, never makes us leave the memory.
template <ring_element T>
class shm_ring {
  static_assert(alignof(T) <= alignof(shm_ring_header));

public:
  class producer;
  class consumer;

  /// What a ring of `capacity` takes, or the largest number if that is too many.
  /// [any-thread] [rt-safe] O(1)
  [[nodiscard]] static constexpr std::size_t bytes_for(std::size_t capacity) noexcept {
    constexpr auto most = std::numeric_limits<std::size_t>::max();
    return capacity > (most - slots_at) / sizeof(T) ? most : slots_at + capacity * sizeof(T);
  }

  /// Makes an empty ring of `memory`, whatever was there; expects memory on a multiple of 128, and
  /// that nobody uses it. shm_truncated if it holds no element; shm_capacity if that is no power of
  /// two or more than it holds. [one-thread] [rt-safe] O(1)
  [[nodiscard]] static result<shm_ring> create(std::span<std::byte> memory,
                                               std::size_t capacity) noexcept;

  /// The ring that is in `memory`, on a multiple of 128. Refuses what is not wholly there, by the
  /// first of these that is wrong: shm_truncated, shm_magic (also while it is being made),
  /// shm_version, shm_element, shm_capacity. [any-thread] [rt-safe] O(1)
  [[nodiscard]] static result<shm_ring> open(std::span<std::byte> memory) noexcept;

  /// Becomes the producer, for process `pid` and from `now` on (see shm_claim). Where another is,
  /// shm_taken with its pid, unless `is_dead(shm_owner)`; shm_corrupt if more elements wait than
  /// the ring can hold.
  ///
  /// One taken for dead that lives is shut out: it pushes no more and its beat is false. But if it
  /// was stopped in the middle of a push it ends that one first, and may so spoil elements of ours.
  /// To rule that out, replace only what is gone: [](auto o) { return !process_is_alive(o.pid); }.
  /// [one-thread] [rt-safe] if is_dead is. O(1)
  template <class IsDead = silent_for>
  [[nodiscard]] result<producer> attach_producer(std::uint32_t pid, std::chrono::nanoseconds now,
                                                 IsDead is_dead = {}) const noexcept;
  /// Becomes the consumer, likewise. [one-thread] [rt-safe] if is_dead is. O(1)
  template <class IsDead = silent_for>
  [[nodiscard]] result<consumer> attach_consumer(std::uint32_t pid, std::chrono::nanoseconds now,
                                                 IsDead is_dead = {}) const noexcept;

  /// Who has that end. [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] shm_owner producer_owner(std::chrono::nanoseconds now) const noexcept {
    return header_->producer.claim.owner(now);
  }
  [[nodiscard]] shm_owner consumer_owner(std::chrono::nanoseconds now) const noexcept {
    return header_->consumer.claim.owner(now);
  }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

private:
  static constexpr std::size_t slots_at = sizeof(shm_ring_header);

  shm_ring(shm_ring_header& header, std::size_t capacity) noexcept
      : header_{&header},
        slots_{reinterpret_cast<T*>(reinterpret_cast<std::byte*>(&header) + slots_at)},
        capacity_{capacity} {}

  static shm_ring_header* header_of(std::span<std::byte> memory) noexcept {
    JAMNET_EXPECTS(reinterpret_cast<std::uintptr_t>(memory.data()) % alignof(shm_ring_header) == 0);
    return reinterpret_cast<shm_ring_header*>(memory.data());
  }
  static bool fits(std::uint64_t capacity, std::span<std::byte> memory) noexcept {
    return std::has_single_bit(capacity) && capacity <= (memory.size() - slots_at) / sizeof(T);
  }
  static failure failed(errc code, std::uint64_t detail) noexcept {
    constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
    return {code, static_cast<std::uint32_t>(std::min(detail, most))};
  }
  template <class End, class IsDead>
  result<End> attach(shm_ring_header::end& end, std::uint32_t pid, std::chrono::nanoseconds now,
                     IsDead& is_dead) const noexcept;

  shm_ring_header* header_;
  T* slots_;
  std::size_t capacity_; // ours: the one in the memory may change
};

/// The end that pushes. Moves, and detaches when destroyed.
template <ring_element T>
class shm_ring<T>::producer {
public:
  /// Appends a copy of `value`; false, and no change, when the ring is full or we were replaced.
  /// [producer] [rt-safe] [wait-free] O(1)
  [[nodiscard]] bool try_push(const T& value) noexcept {
    if (room_for(1) == 0) return false;
    ring_.slots_[pushed_ & (ring_.capacity_ - 1)] = value;
    pushed(1);
    return true;
  }

  /// Appends as many of `values` as there is room for, from the front; returns how many. They are
  /// seen all at once. [producer] [rt-safe] [wait-free] O(n)
  [[nodiscard]] std::size_t push(std::span<const T> values) noexcept {
    const std::size_t count = room_for(values.size());
    const std::size_t at = pushed_ & (ring_.capacity_ - 1);
    const std::size_t before_wrap = std::min(count, ring_.capacity_ - at);
    std::copy_n(values.data(), before_wrap, ring_.slots_ + at);
    std::copy_n(values.data() + before_wrap, count - before_wrap, ring_.slots_);
    if (count > 0) pushed(count);
    return count;
  }

  /// Says that we live; see shm_hold::beat. [producer] [rt-safe] [wait-free] O(1)
  [[nodiscard]] bool beat(std::chrono::nanoseconds now) noexcept { return hold_.beat(now); }
  /// False when we were replaced, or detached. [producer] [rt-safe] [wait-free] O(1)
  [[nodiscard]] bool attached() const noexcept { return hold_.holds(); }
  /// Lets another be the producer. [producer] [rt-safe] [wait-free] O(1)
  void detach() noexcept { hold_.leave(); }
  /// Who consumes. [producer] [rt-safe] [wait-free] O(1)
  [[nodiscard]] shm_owner other(std::chrono::nanoseconds now) const noexcept {
    return ring_.consumer_owner(now);
  }

private:
  friend shm_ring;

  producer(const shm_ring& ring, shm_hold hold, std::uint64_t pushed) noexcept
      : ring_{ring},
        hold_{std::move(hold)},
        pushed_{pushed},
        popped_seen_{pushed - ring.capacity_} {}

  std::size_t room_for(std::size_t wanted) noexcept {
    if (!hold_.holds()) return 0;
    if (ring_.capacity_ - (pushed_ - popped_seen_) < wanted) {
      const auto popped = // its reads are done: reuse the slots
          ring_.header_->consumer.count.load(std::memory_order_acquire);
      if (pushed_ - popped <= ring_.capacity_) popped_seen_ = popped; // else no consumer wrote it
    }
    return std::min<std::size_t>(wanted, ring_.capacity_ - (pushed_ - popped_seen_));
  }
  void pushed(std::size_t count) noexcept {
    pushed_ += count;
    ring_.header_->producer.count.store(pushed_, std::memory_order_release); // publishes the slots
  }

  shm_ring ring_;
  shm_hold hold_;
  std::uint64_t pushed_;      // ours: the one in the memory is only told
  std::uint64_t popped_seen_; // at first as if the ring were full: we have seen no reads
};

/// The end that pops. Moves, and detaches when destroyed.
template <ring_element T>
class shm_ring<T>::consumer {
public:
  /// Copies the oldest element to `out`; false, and `out` untouched, when the ring is empty or we
  /// were replaced. [consumer] [rt-safe] [wait-free] O(1)
  [[nodiscard]] bool try_pop(T& out) noexcept {
    if (waiting_for(1) == 0) return false;
    out = ring_.slots_[popped_ & (ring_.capacity_ - 1)];
    popped(1);
    return true;
  }

  /// Copies the oldest elements to the front of `out`, as many as there are; returns how many. Of
  /// one who is killed meanwhile, the next consumer gets all of them or none.
  /// [consumer] [rt-safe] [wait-free] O(n)
  [[nodiscard]] std::size_t pop(std::span<T> out) noexcept {
    const std::size_t count = waiting_for(out.size());
    const std::size_t at = popped_ & (ring_.capacity_ - 1);
    const std::size_t before_wrap = std::min(count, ring_.capacity_ - at);
    std::copy_n(ring_.slots_ + at, before_wrap, out.data());
    std::copy_n(ring_.slots_, count - before_wrap, out.data() + before_wrap);
    if (count > 0) popped(count);
    return count;
  }

  /// Says that we live; see shm_hold::beat. [consumer] [rt-safe] [wait-free] O(1)
  [[nodiscard]] bool beat(std::chrono::nanoseconds now) noexcept { return hold_.beat(now); }
  /// False when we were replaced, or detached. [consumer] [rt-safe] [wait-free] O(1)
  [[nodiscard]] bool attached() const noexcept { return hold_.holds(); }
  /// Lets another be the consumer. [consumer] [rt-safe] [wait-free] O(1)
  void detach() noexcept { hold_.leave(); }
  /// Who produces. [consumer] [rt-safe] [wait-free] O(1)
  [[nodiscard]] shm_owner other(std::chrono::nanoseconds now) const noexcept {
    return ring_.producer_owner(now);
  }

private:
  friend shm_ring;

  consumer(const shm_ring& ring, shm_hold hold, std::uint64_t popped) noexcept
      : ring_{ring},
        hold_{std::move(hold)},
        popped_{popped},
        pushed_seen_{popped} {}

  std::size_t waiting_for(std::size_t wanted) noexcept {
    if (!hold_.holds()) return 0;
    if (pushed_seen_ - popped_ < wanted) {
      const auto pushed = // sees the published slots
          ring_.header_->producer.count.load(std::memory_order_acquire);
      if (pushed - popped_ <= ring_.capacity_) pushed_seen_ = pushed; // else no producer wrote it
    }
    return std::min<std::size_t>(wanted, pushed_seen_ - popped_);
  }
  void popped(std::size_t count) noexcept {
    popped_ += count;
    ring_.header_->consumer.count.store(popped_, std::memory_order_release); // hands slots back
  }

  shm_ring ring_;
  shm_hold hold_;
  std::uint64_t popped_;      // ours: the one in the memory is only told
  std::uint64_t pushed_seen_; // at first as if the ring were empty: we have seen no slot
};

template <ring_element T>
result<shm_ring<T>> shm_ring<T>::create(std::span<std::byte> memory,
                                        std::size_t capacity) noexcept {
  if (memory.size() < bytes_for(1)) return failed(errc::shm_truncated, memory.size());
  if (!fits(capacity, memory)) return failed(errc::shm_capacity, capacity);
  auto& header = *header_of(memory);
  header.magic.store(0, std::memory_order_relaxed);
  header.version = shm_ring_header::version_value;
  header.element_size = sizeof(T);
  header.capacity.store(capacity, std::memory_order_relaxed);
  new (&header.producer) shm_ring_header::end{};
  new (&header.consumer) shm_ring_header::end{};
  header.magic.store(shm_ring_header::magic_value, std::memory_order_release); // all is there
  return shm_ring{header, capacity};
}

template <ring_element T>
result<shm_ring<T>> shm_ring<T>::open(std::span<std::byte> memory) noexcept {
  if (memory.size() < bytes_for(1)) return failed(errc::shm_truncated, memory.size());
  auto& header = *header_of(memory);
  const auto magic = header.magic.load(std::memory_order_acquire); // all is there
  if (magic != shm_ring_header::magic_value) return failed(errc::shm_magic, magic);
  if (header.version != shm_ring_header::version_value)
    return failed(errc::shm_version, header.version);
  if (header.element_size != sizeof(T)) return failed(errc::shm_element, header.element_size);
  const auto capacity = header.capacity.load(std::memory_order_relaxed);
  if (!fits(capacity, memory)) return failed(errc::shm_capacity, capacity);
  return shm_ring{header, static_cast<std::size_t>(capacity)};
}

template <ring_element T>
template <class End, class IsDead>
result<End> shm_ring<T>::attach(shm_ring_header::end& end, std::uint32_t pid,
                                std::chrono::nanoseconds now, IsDead& is_dead) const noexcept {
  auto hold = end.claim.take(pid, now, is_dead);
  if (!hold) return hold.error();
  // Our own end stands still now, and the other cannot move the two further apart or past ours.
  const auto pushed = header_->producer.count.load(std::memory_order_relaxed);
  const auto popped = header_->consumer.count.load(std::memory_order_relaxed);
  if (pushed - popped > capacity_) return failed(errc::shm_corrupt, pushed - popped);
  return End{*this, *std::move(hold), end.count.load(std::memory_order_relaxed)};
}

template <ring_element T>
template <class IsDead>
auto shm_ring<T>::attach_producer(std::uint32_t pid, std::chrono::nanoseconds now,
                                  IsDead is_dead) const noexcept -> result<producer> {
  return attach<producer>(header_->producer, pid, now, is_dead);
}
template <ring_element T>
template <class IsDead>
auto shm_ring<T>::attach_consumer(std::uint32_t pid, std::chrono::nanoseconds now,
                                  IsDead is_dead) const noexcept -> result<consumer> {
  return attach<consumer>(header_->consumer, pid, now, is_dead);
}

} // namespace jamnet::inline v0
