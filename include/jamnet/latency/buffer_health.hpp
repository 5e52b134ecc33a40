// SPDX-License-Identifier: MIT
//
// How a write-ahead buffer is doing: numbers that any thread may read while two threads count.
//
// Each counter has one writer, so counting is a plain load and store. A reading is not one moment
// of all counters, but each of them is right. What each means: latency/README.md.
#pragma once

#include <atomic>
#include <cstdint>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/time/timeline.hpp>

namespace jamnet::inline v0 {

/// A reading. Frames of one buffer; times in nanoseconds of the clock that measured them.
struct buffer_health {
  std::int64_t latency = 0;         ///< in frames: after so many a frame written is read
  nanoseconds latency_time{};       ///< the same as a duration
  std::int64_t fill = 0;            ///< frames written and not yet read; below 0: missing
  double utilisation = 0;           ///< fill as a part of the capacity, 0 to 1
  std::uint64_t underruns = 0;      ///< reads that found too little …
  std::uint64_t silent_frames = 0;  ///< … and how many frames were silence instead
  std::uint64_t overruns = 0;       ///< writes that found too little room …
  std::uint64_t refused_frames = 0; ///< … and how many frames were not taken
  std::uint64_t adjustments = 0;    ///< times that the writer was behind …
  std::uint64_t late_frames = 0;    ///< … and how many frames that cost
  std::uint64_t young_frames = 0;   ///< read sooner than the latency by the clock, if it is checked
  std::uint64_t latency_changes = 0; ///< crossfades to another latency
  nanoseconds average_processing{};  ///< of what was recorded, since the start
  nanoseconds worst_processing{};    ///< of what was recorded, since the start
};

/// A count of one thread's doing that others may read.
class health_counter {
public:
  /// Expects one thread only. [one-thread] [rt-safe] [wait-free] O(1)
  void add(std::uint64_t n) noexcept {
    count_.store(count_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  /// [one-thread] [rt-safe] [wait-free] O(1)
  void keep_largest(std::uint64_t n) noexcept {
    count_.store(std::max(n, count_.load(std::memory_order_relaxed)), std::memory_order_relaxed);
  }
  /// [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] std::uint64_t value() const noexcept {
    return count_.load(std::memory_order_relaxed);
  }

private:
  std::atomic<std::uint64_t> count_{0};
};

} // namespace jamnet::inline v0
