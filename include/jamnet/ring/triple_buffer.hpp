// SPDX-License-Identifier: MIT
//
// The newest value from one writer thread to one reader thread: neither ever waits or starts again.
//
// Of three values one is the writer's, one the reader's, and one lies between them. To publish is
// to exchange the writer's with the one in between, to update is to exchange the reader's. Both
// sides so work in place, with values of any type. Against latest<T>: that one has any number of
// readers and the smaller memory, but copies bytes, and a reader may have to copy again.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <type_traits>

#include <jamnet/core/config.hpp>

namespace jamnet::inline v0 {

template <class T>
class triple_buffer {
public:
  /// Three values made from nothing, or three copies of `value`, which the reader sees until the
  /// first publish(). [one-thread] [rt-safe] if making a T is
  triple_buffer()
    requires std::is_default_constructible_v<T>
  = default;
  explicit triple_buffer(const T& value) : values_{{{value}, {value}, {value}}} {}
  triple_buffer(const triple_buffer&) = delete;
  triple_buffer& operator=(const triple_buffer&) = delete;

  /// The value to be filled in for the next publish(). What it holds is some older value, to be
  /// overwritten as a whole. [producer] [rt-safe] [wait-free] O(1)
  [[nodiscard]] T& back() noexcept { return values_[back_].value; }

  /// Makes back() the newest value, and lends another to back().
  /// [producer] [rt-safe] [wait-free] O(1)
  void publish() noexcept {
    // Release: the value is written. Acquire: the reader has left the one that comes back.
    back_ = between_.exchange(back_ | fresh, std::memory_order_acq_rel) & ~fresh;
  }

  /// Publishes a copy of `value`. [producer] [rt-safe] [wait-free] if T's assignment is
  void store(const T& value) noexcept
    requires std::is_nothrow_copy_assignable_v<T>
  {
    back() = value;
    publish();
  }

  /// Makes the newest value front(); false, and front() as before, when it was that already.
  /// [consumer] [rt-safe] [wait-free] O(1)
  [[nodiscard]] bool update() noexcept {
    // Only the writer sets the bit and only this takes it away, so it cannot vanish in between.
    if ((between_.load(std::memory_order_relaxed) & fresh) == 0) return false;
    // Acquire: the value is written. Release: what was front() has been read.
    front_ = between_.exchange(front_, std::memory_order_acq_rel) & ~fresh;
    return true;
  }

  /// The value of the last update(); stays until the next. [consumer] [rt-safe] [wait-free] O(1)
  [[nodiscard]] const T& front() const noexcept { return values_[front_].value; }

private:
  static constexpr std::uint32_t fresh = 4; // beside the index: published and not yet seen

  struct alignas(cache_line_size) padded {
    T value{};
  };

  std::array<padded, 3> values_{};
  std::uint32_t front_ = 0;                                        // reader only
  alignas(cache_line_size) std::atomic<std::uint32_t> between_{1}; // an index and `fresh`
  alignas(cache_line_size) std::uint32_t back_ = 2;                // writer only
};

} // namespace jamnet::inline v0
