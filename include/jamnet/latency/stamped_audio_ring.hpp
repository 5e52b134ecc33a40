// SPDX-License-Identifier: MIT
//
// Blocks of audio with their moments, from one thread to another: an audio_ring, and the headers of
// what is in it beside.
//
// A block goes through whole or not at all, and samples are copied once in and once out, however
// long a block is. Its header is pushed before its frames are seen, so that frames never come
// without one; a reader that finds only the header waits for the rest.
#pragma once

#include <cstddef>
#include <cstdint>

#include <jamnet/latency/stamped_audio_block.hpp>
#include <jamnet/ring/audio_ring.hpp>
#include <jamnet/ring/spsc_ring.hpp>

namespace jamnet::inline v0 {

template <class Sample, class Layout = interleaved<>, std::size_t MaxBlocks = 256>
class stamped_audio_ring {
public:
  using block = typename Layout::template block<Sample>;
  using const_block = typename Layout::template block<const Sample>;

  /// Room for so many frames in at most MaxBlocks blocks. [one-thread] [allocates] O(frames)
  explicit stamped_audio_ring(audio_shape shape) : audio_{shape} {}

  [[nodiscard]] std::size_t channels() const noexcept { return audio_.channels(); }
  [[nodiscard]] std::size_t capacity() const noexcept { return audio_.capacity(); } ///< in frames

  /// Appends a block; its header says how many frames these are. False, and no change, where there
  /// is no room for all of it. Expects as many channels. [producer] [rt-safe] [wait-free] O(n)
  [[nodiscard]] bool try_write(audio_header header, const_block frames) noexcept {
    const auto room = audio_.prepare_write(frames.frames());
    if (room.frames() < frames.frames()) return false;
    const std::size_t before_wrap = room.first.frames();
    copy(frames.part(0, before_wrap), room.first);
    copy(frames.part(before_wrap, frames.frames() - before_wrap), room.second);
    header.frames = static_cast<std::uint32_t>(frames.frames());
    if (!headers_.try_push(header)) return false; // nobody saw the frames
    audio_.commit_write(frames.frames());
    return true;
  }

  /// The header of the oldest block, which stays; false, and `out` untouched, where none is there,
  /// or not all of it. A block may have no frames. [consumer] [rt-safe] [wait-free] O(1)
  [[nodiscard]] bool try_next(audio_header& out) noexcept {
    if (!has_next_) has_next_ = headers_.try_pop(next_);
    if (!has_next_ || audio_.read_available() < next_.frames) return false;
    out = next_;
    return true;
  }
  /// Takes the oldest block, its frames to the front of `into`; false, and both untouched, where
  /// try_next() is, or it has more frames than `into`. Expects as many channels.
  /// [consumer] [rt-safe] [wait-free] O(n)
  [[nodiscard]] bool try_read(audio_header& out, block into) noexcept {
    audio_header header;
    if (!try_next(header) || header.frames > into.frames()) return false;
    (void)audio_.read(into.part(0, header.frames));
    out = header;
    has_next_ = false;
    return true;
  }

private:
  audio_ring<Sample, Layout> audio_;
  spsc_ring<audio_header, MaxBlocks> headers_;
  audio_header next_{}; // the consumer's
  bool has_next_ = false;
};

} // namespace jamnet::inline v0
