// SPDX-License-Identifier: MIT
//
// Memory for a stream of audio frames of which it holds the last so many: frame n lies at n modulo
// the capacity. What may be where, and who may touch it, is the business of its owner: audio_ring,
// latency/write_ahead_buffer.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include <jamnet/core/result.hpp>
#include <jamnet/ring/audio_block.hpp>

namespace jamnet::inline v0 {

/// How much memory for audio, proven sound: construct it with of(), or not at all.
class audio_shape {
public:
  /// Room for `frames`, rounded up to a power of two. Fails with audio_channels unless there are 1
  /// to 1024 channels, and with audio_block unless frames are 1 to 2^30.
  /// [any-thread] [rt-safe] O(1)
  [[nodiscard]] static constexpr result<audio_shape> of(std::size_t channels,
                                                        std::size_t frames) noexcept {
    const auto number = [](std::size_t n) { // as much as a failure can say
      return static_cast<std::uint32_t>(std::min<std::size_t>(n, UINT32_MAX));
    };
    if (channels == 0 || channels > 1024) return failure{errc::audio_channels, number(channels)};
    if (frames == 0 || frames > (1U << 30)) return failure{errc::audio_block, number(frames)};
    return audio_shape{channels, std::bit_ceil(frames)};
  }
  [[nodiscard]] constexpr std::size_t channels() const noexcept { return channels_; }
  [[nodiscard]] constexpr std::size_t capacity() const noexcept { return capacity_; } ///< frames

private:
  constexpr audio_shape(std::size_t channels, std::size_t capacity) noexcept
      : channels_{channels},
        capacity_{capacity} {}

  std::size_t channels_, capacity_;
};

/// Part of a store in the order of time: first, then second, which is empty unless it wraps.
template <class Block>
struct stretch {
  Block first, second;

  [[nodiscard]] constexpr std::size_t frames() const noexcept {
    return first.frames() + second.frames();
  }
};

template <class Sample, class Layout>
  requires std::is_arithmetic_v<Sample>
class frame_store {
public:
  template <class T>
  using block = typename Layout::template block<T>;

  /// All silent. Expects the channels of the layout, if it has them in its type.
  /// [one-thread] [allocates] O(memory)
  explicit frame_store(audio_shape shape)
      : channels_{shape.channels()},
        capacity_{shape.capacity()} {
    JAMNET_EXPECTS(Layout::channels == any_channels || Layout::channels == channels_);
    const std::size_t row_lines = (capacity_ + line::size - 1) / line::size;
    if constexpr (is_planar) {
      // One more each: rows a power of two apart would fall into the same sets of the cache.
      lines_.resize(channels_ * (row_lines + 1));
      for (std::size_t c = 0; c < channels_; ++c)
        rows_.push_back(reinterpret_cast<Sample*>(lines_.data() + c * (row_lines + 1)));
    } else {
      lines_.resize(channels_ * row_lines);
    }
  }
  frame_store(const frame_store&) = delete;
  frame_store& operator=(const frame_store&) = delete;

  [[nodiscard]] std::size_t channels() const noexcept {
    return Layout::channels == any_channels ? channels_ : Layout::channels;
  }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; } ///< in frames

  /// Where the `count` frames from number `frame` on lie; `count` is at most the capacity.
  /// [one-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] stretch<block<Sample>> at(std::uint64_t frame, std::size_t count) noexcept {
    const std::size_t start = frame & (capacity_ - 1);
    const std::size_t before_wrap = std::min(count, capacity_ - start);
    return {row(start, before_wrap), row(0, count - before_wrap)};
  }

  /// Copies all of `from` in. Expects as many channels. [one-thread] [rt-safe] [wait-free] O(n)
  void put(std::uint64_t frame, block<const Sample> from) noexcept {
    const auto to = at(frame, from.frames());
    if (to.second.frames() == 0) return copy(from, to.first);
    copy(from.part(0, to.first.frames()), to.first);
    copy(from.part(to.first.frames(), to.second.frames()), to.second);
  }
  /// Fills all of `to`. Expects as many channels. [one-thread] [rt-safe] [wait-free] O(n)
  void get(std::uint64_t frame, block<Sample> to) noexcept {
    const auto from = at(frame, to.frames());
    if (from.second.frames() == 0) return copy(from.first, to);
    copy(from.first, to.part(0, from.first.frames()));
    copy(from.second, to.part(from.first.frames(), from.second.frames()));
  }

private:
  static constexpr bool is_planar = std::is_same_v<block<Sample>, planar_block<Sample>>;

  block<Sample> row(std::size_t start, std::size_t count) noexcept {
    if constexpr (is_planar)
      return {rows_.data(), channels(), count, start};
    else
      return {reinterpret_cast<Sample*>(lines_.data()) + start * channels(), channels(), count};
  }

  struct alignas(64) line { // vectors that cross no line are copied faster
    static constexpr std::size_t size = 64 / sizeof(Sample);
    Sample samples[size]{};
  };

  std::size_t channels_, capacity_;
  std::vector<line> lines_;
  std::vector<Sample*> rows_; // of the planar layout
};

} // namespace jamnet::inline v0
