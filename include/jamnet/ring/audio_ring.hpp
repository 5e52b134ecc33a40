// SPDX-License-Identifier: MIT
//
// Audio from one producer thread to one consumer thread, counted in frames.
//
//     audio_ring<float> ring{2, 4096};                   // interleaved; or <float, planar<>>
//     const std::size_t written = ring.write(block);     // one thread
//     const std::size_t read = ring.read(block);         // another
//
// A frame (one sample of every channel) is never split. Blocks are copied in at most two pieces a
// channel, or not at all: prepare_write and prepare_read lend the memory itself, to be filled or
// played in place.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include <jamnet/ring/frame_store.hpp>

namespace jamnet::inline v0 {

template <class Sample, class Layout = interleaved<>>
class audio_ring {
public:
  using block = typename Layout::template block<Sample>;
  using const_block = typename Layout::template block<const Sample>;

  /// [one-thread] [allocates] O(frames)
  explicit audio_ring(audio_shape shape) : store_{shape} {}
  /// Expects a sound shape, see audio_shape::of. [one-thread] [allocates] O(frames)
  audio_ring(std::size_t channels, std::size_t frames)
      : store_{*audio_shape::of(channels, frames)} {}

  [[nodiscard]] std::size_t channels() const noexcept { return store_.channels(); }
  [[nodiscard]] std::size_t capacity() const noexcept { return store_.capacity(); } ///< in frames

  /// How many frames can be written now; only the consumer can change it, upwards.
  /// [producer] [rt-safe] [wait-free] O(1)
  [[nodiscard]] std::size_t write_available() noexcept {
    return room_for(capacity(), written_.load(std::memory_order_relaxed));
  }
  /// How many frames can be read now; only the producer can change it, upwards.
  /// [consumer] [rt-safe] [wait-free] O(1)
  [[nodiscard]] std::size_t read_available() noexcept {
    return waiting_for(capacity(), read_.load(std::memory_order_relaxed));
  }

  /// Copies in as many of `frames` as there is room for, from the front; returns how many.
  /// Expects as many channels. [producer] [rt-safe] [wait-free] O(n)
  [[nodiscard]] std::size_t write(const_block frames) noexcept {
    const auto written = written_.load(std::memory_order_relaxed);
    const std::size_t count = room_for(frames.frames(), written);
    if (count == 0) return 0;
    store_.put(written, frames.part(0, count));
    written_.store(written + count, std::memory_order_release); // publishes the frames
    return count;
  }
  /// Copies the oldest frames to the front of `frames`, as many as there are; returns how many,
  /// and leaves the rest of `frames` untouched. Expects as many channels.
  /// [consumer] [rt-safe] [wait-free] O(n)
  [[nodiscard]] std::size_t read(block frames) noexcept {
    const auto read = read_.load(std::memory_order_relaxed);
    const std::size_t count = waiting_for(frames.frames(), read);
    if (count == 0) return 0;
    store_.get(read, frames.part(0, count));
    read_.store(read + count, std::memory_order_release); // hands the memory back
    return count;
  }

  /// The same from and to plain interleaved samples. Expects whole frames.
  /// [producer] [rt-safe] [wait-free] O(n)
  [[nodiscard]] std::size_t write(std::span<const Sample> samples) noexcept
    requires std::is_same_v<block, interleaved_block<Sample>>
  {
    return write(const_block{samples, channels()});
  }
  /// [consumer] [rt-safe] [wait-free] O(n)
  [[nodiscard]] std::size_t read(std::span<Sample> samples) noexcept
    requires std::is_same_v<block, interleaved_block<Sample>>
  {
    return read(block{samples, channels()});
  }

  /// Lends room for up to `frames` frames, fewer when the ring is fuller; nobody sees them before
  /// commit_write. [producer] [rt-safe] [wait-free] O(1)
  [[nodiscard]] stretch<block> prepare_write(std::size_t frames) noexcept {
    const auto written = written_.load(std::memory_order_relaxed);
    return store_.at(written, room_for(frames, written));
  }
  /// Passes on the first `frames` of what prepare_write lent. [producer] [rt-safe] [wait-free] O(1)
  void commit_write(std::size_t frames) noexcept {
    const auto written = written_.load(std::memory_order_relaxed);
    JAMNET_EXPECTS(frames <= capacity() - (written - read_seen_));
    written_.store(written + frames, std::memory_order_release); // publishes the frames
  }

  /// Lends the oldest frames, up to `frames`; they stay until commit_read.
  /// [consumer] [rt-safe] [wait-free] O(1)
  [[nodiscard]] stretch<const_block> prepare_read(std::size_t frames) noexcept {
    const auto read = read_.load(std::memory_order_relaxed);
    const auto lent = store_.at(read, waiting_for(frames, read));
    return {lent.first, lent.second};
  }
  /// Gives back the first `frames` of what prepare_read lent. [consumer] [rt-safe] [wait-free] O(1)
  void commit_read(std::size_t frames) noexcept {
    const auto read = read_.load(std::memory_order_relaxed);
    JAMNET_EXPECTS(frames <= written_seen_ - read);
    read_.store(read + frames, std::memory_order_release); // hands the memory back
  }

private:
  std::size_t room_for(std::size_t wanted, std::uint64_t written) noexcept {
    if (capacity() - (written - read_seen_) < wanted)
      read_seen_ = read_.load(std::memory_order_acquire); // its reads are done: reuse the memory
    return std::min<std::size_t>(wanted, capacity() - (written - read_seen_));
  }
  std::size_t waiting_for(std::size_t wanted, std::uint64_t read) noexcept {
    if (written_seen_ - read < wanted)
      written_seen_ = written_.load(std::memory_order_acquire); // sees the frames published
    return std::min<std::size_t>(wanted, written_seen_ - read);
  }

  frame_store<Sample, Layout> store_;
  // Each side's own has lines of its own: the other side watches those of the atomics.
  alignas(cache_line_size) std::atomic<std::uint64_t> written_{0}; // written by the producer
  alignas(cache_line_size) std::uint64_t read_seen_ = 0;           // producer only
  alignas(cache_line_size) std::atomic<std::uint64_t> read_{0};    // written by the consumer
  alignas(cache_line_size) std::uint64_t written_seen_ = 0;        // consumer only
};

} // namespace jamnet::inline v0
