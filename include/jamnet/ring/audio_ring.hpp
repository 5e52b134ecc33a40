// SPDX-License-Identifier: MIT
//
// Interleaved audio from one producer thread to one consumer thread, counted in frames.
//
// A frame (one sample of every channel) is never split: what is written, read or lent is whole
// frames. Blocks are copied in at most two pieces, or not at all: prepare_write and prepare_read
// lend the memory itself, to be filled or played in place.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/config.hpp>

namespace jamnet::inline v0 {

template <class Sample>
  requires std::is_arithmetic_v<Sample>
class audio_ring {
public:
  /// A stretch of the ring in the order of time: first, then second (empty unless it wraps).
  template <class T>
  struct stretch {
    std::span<T> first, second;

    [[nodiscard]] std::size_t size() const noexcept { return first.size() + second.size(); }
  };

  /// Room for `frames`, rounded up to a power of two, of `channels` samples each; both at least 1.
  /// [one-thread] [allocates] O(frames)
  audio_ring(std::size_t channels, std::size_t frames)
      : channels_{channels},
        mask_{std::bit_ceil(frames) - 1},
        samples_(channels * std::bit_ceil(frames)) {
    JAMNET_EXPECTS(channels > 0 && frames > 0);
  }
  audio_ring(const audio_ring&) = delete;
  audio_ring& operator=(const audio_ring&) = delete;

  [[nodiscard]] std::size_t channels() const noexcept { return channels_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return mask_ + 1; } ///< in frames

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

  /// Copies in as many of `frames` as there is room for, from the front; returns how many frames.
  /// Expects whole frames. [producer] [rt-safe] [wait-free] O(n)
  [[nodiscard]] std::size_t write(std::span<const Sample> frames) noexcept {
    JAMNET_EXPECTS(frames.size() % channels_ == 0);
    const auto to = prepare_write(frames.size() / channels_);
    std::copy_n(frames.data(), to.first.size(), to.first.data());
    std::copy_n(frames.data() + to.first.size(), to.second.size(), to.second.data());
    const std::size_t count = to.size() / channels_;
    commit_write(count);
    return count;
  }
  /// Copies the oldest frames to the front of `frames`, as many as there are; returns how many
  /// frames, and leaves the rest of `frames` untouched. Expects room for whole frames.
  /// [consumer] [rt-safe] [wait-free] O(n)
  [[nodiscard]] std::size_t read(std::span<Sample> frames) noexcept {
    JAMNET_EXPECTS(frames.size() % channels_ == 0);
    const auto from = prepare_read(frames.size() / channels_);
    std::copy_n(from.first.data(), from.first.size(), frames.data());
    std::copy_n(from.second.data(), from.second.size(), frames.data() + from.first.size());
    const std::size_t count = from.size() / channels_;
    commit_read(count);
    return count;
  }

  /// Lends room for up to `frames` frames, fewer when the ring is fuller; nobody sees them before
  /// commit_write. [producer] [rt-safe] [wait-free] O(1)
  [[nodiscard]] stretch<Sample> prepare_write(std::size_t frames) noexcept {
    const auto written = written_.load(std::memory_order_relaxed);
    return samples_at<Sample>(written, room_for(frames, written));
  }
  /// Passes on the first `frames` of what prepare_write lent. [producer] [rt-safe] [wait-free] O(1)
  void commit_write(std::size_t frames) noexcept {
    const auto written = written_.load(std::memory_order_relaxed);
    JAMNET_EXPECTS(frames <= capacity() - (written - read_seen_));
    written_.store(written + frames, std::memory_order_release);
  }

  /// Lends the oldest frames, up to `frames`; they stay until commit_read.
  /// [consumer] [rt-safe] [wait-free] O(1)
  [[nodiscard]] stretch<const Sample> prepare_read(std::size_t frames) noexcept {
    const auto read = read_.load(std::memory_order_relaxed);
    return samples_at<const Sample>(read, waiting_for(frames, read));
  }
  /// Gives back the first `frames` of what prepare_read lent. [consumer] [rt-safe] [wait-free] O(1)
  void commit_read(std::size_t frames) noexcept {
    const auto read = read_.load(std::memory_order_relaxed);
    JAMNET_EXPECTS(frames <= written_seen_ - read);
    read_.store(read + frames, std::memory_order_release);
  }

private:
  std::size_t room_for(std::size_t wanted, std::uint64_t written) noexcept {
    if (capacity() - (written - read_seen_) < wanted)
      read_seen_ = read_.load(std::memory_order_acquire); // its reads are done: reuse the memory
    return std::min<std::size_t>(wanted, capacity() - (written - read_seen_));
  }
  std::size_t waiting_for(std::size_t wanted, std::uint64_t read) noexcept {
    if (written_seen_ - read < wanted)
      written_seen_ = written_.load(std::memory_order_acquire); // sees the frames committed
    return std::min<std::size_t>(wanted, written_seen_ - read);
  }
  template <class T>
  stretch<T> samples_at(std::uint64_t frame, std::size_t count) noexcept {
    const std::size_t at = frame & mask_;
    const std::size_t before_wrap = std::min(count, capacity() - at);
    return {{samples_.data() + at * channels_, before_wrap * channels_},
            {samples_.data(), (count - before_wrap) * channels_}};
  }

  std::size_t channels_, mask_;
  std::vector<Sample> samples_;
  alignas(cache_line_size) std::atomic<std::uint64_t> written_{0}; // written by the producer
  std::uint64_t read_seen_ = 0;                                    // producer only
  alignas(cache_line_size) std::atomic<std::uint64_t> read_{0};    // written by the consumer
  std::uint64_t written_seen_ = 0;                                 // consumer only
};

} // namespace jamnet::inline v0
