// SPDX-License-Identifier: MIT
//
// The newest value of one writer, for any number of readers: a clock_map, a transport state.
//
// Two slots take turns. The writer fills the one nobody is sent to and then moves the version on,
// so a writer that is stopped half-way keeps no reader waiting. A reader starts again only if a
// whole new value was published while it copied. The words are atomics because a reader may look
// at a slot that is being refilled; the version then tells it to drop what it saw.
// For one reader that must not copy twice, or values with a copying of their own: triple_buffer.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include <jamnet/core/config.hpp>

namespace jamnet::inline v0 {

template <class T>
  requires(std::is_trivially_copyable_v<T> && std::is_default_constructible_v<T>)
class latest {
public:
  explicit latest(const T& value = T{}) noexcept { store(value); }
  latest(const latest&) = delete;
  latest& operator=(const latest&) = delete;

  /// Replaces the value. One thread at a time. [producer] [rt-safe] [wait-free] O(sizeof(T))
  void store(const T& value) noexcept {
    words from{};
    std::memcpy(from.data(), &value, sizeof(T));
    const auto version = version_.load(std::memory_order_relaxed) + 1;
    auto& slot = slots_[version % 2];
    for (std::size_t i = 0; i < from.size(); ++i)
      slot[i].store(from[i], std::memory_order_release); // not before the version of last time
    version_.store(version, std::memory_order_release);  // publishes the slot
  }

  /// Copies the newest value to `out`; false, and `out` untouched, when `attempts` copies were
  /// each overtaken by a new value. [any-thread] [rt-safe] [wait-free] O(sizeof(T))
  [[nodiscard]] bool try_read(T& out, int attempts = 4) const noexcept {
    words copy;
    while (attempts-- > 0)
      if (try_copy(copy)) {
        std::memcpy(static_cast<void*>(&out), copy.data(), sizeof(T));
        return true;
      }
    return false;
  }

  /// The newest value, however often it takes: each repetition means that one more was published.
  /// A thread with a deadline calls try_read and keeps what it had. [any-thread] [blocks]
  [[nodiscard]] T read() const noexcept {
    T out{};
    bool whole = false;
    while (!whole) whole = try_read(out);
    return out;
  }

private:
  static constexpr std::size_t word_count = (sizeof(T) + 7) / 8;
  using words = std::array<std::uint64_t, word_count>;
  using atomic_words = std::array<std::atomic<std::uint64_t>, word_count>;

  bool try_copy(words& to) const noexcept {
    const auto version = version_.load(std::memory_order_acquire);
    const auto& slot = slots_[version % 2];
    // A word of a later value brings with it the version that preceded it, which is not ours.
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = slot[i].load(std::memory_order_acquire);
    return version_.load(std::memory_order_relaxed) == version;
  }

  alignas(cache_line_size) std::atomic<std::uint64_t> version_{0}; // slots_[version_ % 2] is newest
  std::array<atomic_words, 2> slots_{};
};

} // namespace jamnet::inline v0
