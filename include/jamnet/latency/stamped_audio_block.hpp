// SPDX-License-Identifier: MIT
//
// A block of audio and its moment on every timeline, as one value for a ring in shared memory:
//
//     using block = stamped_audio_block<2, 512>;
//     auto ring = shm_ring<block>::open(memory.bytes()); // ring/shm_ring.hpp
//
// Of fixed size, for such rings hold equal elements. Between threads of one process, where blocks
// may have any length, stamped_audio_ring.hpp copies less.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <jamnet/latency/time_stamp.hpp>
#include <jamnet/ring/audio_block.hpp>

namespace jamnet::inline v0 {

/// What a block is, without its samples.
struct audio_header {
  time_stamp at{};          ///< when its first frame sounds
  std::uint32_t rate = 0;   ///< frames a second
  std::uint32_t frames = 0; ///< how many there are

  /// How much later one of its frames sounds, by the rate it claims, to the nearest nanosecond; 0
  /// without a rate. [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] constexpr nanoseconds offset_of(std::uint32_t frame) const noexcept {
    if (rate == 0) return {};
    const std::uint64_t ns = (std::uint64_t{frame} * 1'000'000'000 + rate / 2) / rate;
    return nanoseconds{static_cast<std::int64_t>(ns)};
  }
  friend constexpr bool operator==(const audio_header&, const audio_header&) = default;
};
static_assert(sizeof(audio_header) == 64 && std::is_trivially_copyable_v<audio_header>);

/// Every function is [any-thread] [rt-safe] [wait-free] O(1) but for try_assign().
template <std::size_t Channels, std::size_t MaxFrames, class Sample = float>
  requires(Channels >= 1 && MaxFrames >= 1 && MaxFrames <= UINT32_MAX)
struct stamped_audio_block {
  audio_header head{};
  std::array<Sample, Channels * MaxFrames> samples{}; ///< interleaved; those that count come first

  /// Becomes what a header says with the frames it belongs to, as many as there are; false, and no
  /// change, for more than MaxFrames or another number of channels.
  /// [any-thread] [rt-safe] [wait-free] O(n)
  [[nodiscard]] bool try_assign(const audio_header& header,
                                interleaved_block<const Sample> frames) noexcept {
    if (frames.channels() != Channels || frames.frames() > MaxFrames) return false;
    head = header;
    head.frames = static_cast<std::uint32_t>(frames.frames());
    copy(frames, room());
    return true;
  }
  /// The frames that count: no more than MaxFrames, whatever somebody wrote into the header.
  [[nodiscard]] interleaved_block<const Sample> frames() const noexcept {
    return {samples.data(), Channels, std::min<std::size_t>(head.frames, MaxFrames)};
  }
  /// All there is room for, to be filled in place; `head.frames` says how many then count.
  [[nodiscard]] interleaved_block<Sample> room() noexcept {
    return {samples.data(), Channels, MaxFrames};
  }
};
static_assert(std::is_trivially_copyable_v<stamped_audio_block<2, 64>>);

} // namespace jamnet::inline v0
