// SPDX-License-Identifier: MIT
//
// Views of audio that somebody else owns, and the two layouts audio comes in.
//
// Interleaved, a frame (one sample of every channel) lies together: what devices and files speak.
// Planar, a channel lies together: what plugins speak. Both views have the same interface, so
// that what only moves frames is written once and takes the layout as a parameter.
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/config.hpp>
#include <jamnet/core/copy_bytes.hpp>

namespace jamnet::inline v0 {

/// A view, passed by value; as constant as its Sample. Every function is [any-thread] [rt-safe]
/// [wait-free] O(1).
template <class Sample>
class interleaved_block {
public:
  constexpr interleaved_block() noexcept = default;
  constexpr interleaved_block(Sample* samples, std::size_t channels, std::size_t frames) noexcept
      : samples_{samples},
        channels_{channels},
        frames_{frames} {}
  /// Plain samples. Expects a channel at least, and whole frames.
  constexpr interleaved_block(std::span<Sample> samples, std::size_t channels) noexcept
      : interleaved_block{samples.data(), channels, samples.size() / channels} {
    JAMNET_EXPECTS(frames_ * channels_ == samples.size());
  }
  constexpr operator interleaved_block<const Sample>() const noexcept {
    return {samples_, channels_, frames_};
  }

  [[nodiscard]] constexpr std::size_t channels() const noexcept { return channels_; }
  [[nodiscard]] constexpr std::size_t frames() const noexcept { return frames_; }
  /// Expects a channel and a frame that are there, as all below do.
  [[nodiscard]] constexpr Sample& sample(std::size_t channel, std::size_t frame) const noexcept {
    return samples_[frame * channels_ + channel];
  }
  [[nodiscard]] constexpr std::span<Sample> samples() const noexcept {
    return {samples_, channels_ * frames_};
  }
  [[nodiscard]] constexpr interleaved_block part(std::size_t first,
                                                 std::size_t count) const noexcept {
    return {samples_ + first * channels_, channels_, count};
  }

private:
  Sample* samples_ = nullptr;
  std::size_t channels_ = 0, frames_ = 0;
};

/// A view, passed by value; as constant as its Sample. Every function is [any-thread] [rt-safe]
/// [wait-free] O(1).
template <class Sample>
class planar_block {
public:
  constexpr planar_block() noexcept = default;
  /// `frames` frames from `first` on of each of `channels` rows of samples.
  constexpr planar_block(Sample* const* rows, std::size_t channels, std::size_t frames,
                         std::size_t first = 0) noexcept
      : rows_{rows},
        channels_{channels},
        frames_{frames},
        first_{first} {}
  constexpr operator planar_block<const Sample>() const noexcept {
    return {rows_, channels_, frames_, first_};
  }

  [[nodiscard]] constexpr std::size_t channels() const noexcept { return channels_; }
  [[nodiscard]] constexpr std::size_t frames() const noexcept { return frames_; }
  /// Expects a channel and a frame that are there, as all below do.
  [[nodiscard]] constexpr Sample& sample(std::size_t channel, std::size_t frame) const noexcept {
    return rows_[channel][first_ + frame];
  }
  [[nodiscard]] constexpr std::span<Sample> channel(std::size_t channel) const noexcept {
    return {rows_[channel] + first_, frames_};
  }
  [[nodiscard]] constexpr planar_block part(std::size_t first, std::size_t count) const noexcept {
    return {rows_, channels_, count, first_ + first};
  }

private:
  Sample* const* rows_ = nullptr;
  std::size_t channels_ = 0, frames_ = 0, first_ = 0;
};

/// The number of channels is not known before run time.
inline constexpr std::size_t any_channels = 0;

/// Layouts. With the channels in the type, what is called for each block has no division.
template <std::size_t Channels = any_channels>
struct interleaved {
  static constexpr std::size_t channels = Channels;
  template <class Sample>
  using block = interleaved_block<Sample>;
};
template <std::size_t Channels = any_channels>
struct planar {
  static constexpr std::size_t channels = Channels;
  template <class Sample>
  using block = planar_block<Sample>;
};

/// Copies all frames of `from` to the front of `to`. Expects as many channels in both, no fewer
/// frames in `to`, and memory that does not overlap. [any-thread] [rt-safe] [wait-free] O(n)
template <class From, class Sample>
  requires std::is_same_v<std::remove_const_t<From>, Sample>
void copy(interleaved_block<From> from, interleaved_block<Sample> to) noexcept {
  JAMNET_EXPECTS(from.channels() == to.channels() && from.frames() <= to.frames());
  copy_bytes(to.samples().data(), from.samples().data(), from.samples().size_bytes());
}
template <class From, class Sample>
  requires std::is_same_v<std::remove_const_t<From>, Sample>
void copy(planar_block<From> from, planar_block<Sample> to) noexcept {
  JAMNET_EXPECTS(from.channels() == to.channels() && from.frames() <= to.frames());
  for (std::size_t c = 0; c < to.channels(); ++c)
    copy_bytes(to.channel(c).data(), from.channel(c).data(), from.channel(c).size_bytes());
}

/// Sets every sample to zero. [any-thread] [rt-safe] [wait-free] O(n)
template <class Sample>
void silence(interleaved_block<Sample> block) noexcept {
  std::fill_n(block.samples().data(), block.samples().size(), Sample{});
}
template <class Sample>
void silence(planar_block<Sample> block) noexcept {
  for (std::size_t c = 0; c < block.channels(); ++c)
    std::fill_n(block.channel(c).data(), block.frames(), Sample{});
}

} // namespace jamnet::inline v0
