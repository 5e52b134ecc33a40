// SPDX-License-Identifier: MIT
//
// What makes sound of sound and events, block by block: a synthesiser, an effect, a script.
//
//     struct my_synth {
//       void prepare(const processor_format& format);
//       void process(planar_block<float> audio, std::span<const block_event> events);
//       void reset();
//     };
#pragma once

#include <cstdint>
#include <span>

#include <jamnet/midi/ump.hpp>
#include <jamnet/ring/audio_block.hpp>

namespace jamnet::inline v0 {

struct processor_format {
  double rate = 48'000; ///< Hz
  std::size_t channels = 2;
  std::size_t block = 0; ///< frames of the largest block that will come
};

/// An event within a block.
struct block_event {
  std::uint32_t frame = 0; ///< below the block's frames; 0 is its first
  ump packet{};
};

/// prepare() comes first and may take its time. process() replaces the audio, which holds the
/// input, by the output; its blocks are of any size up to the one announced, and its events are
/// in order. reset() ends all notes and tails; it comes after input was lost. One thread at a time
/// calls all three.
template <class P>
concept processor = requires(P& p, const processor_format& format, planar_block<float> audio,
                             std::span<const block_event> events) {
  p.prepare(format);
  p.process(audio, events);
  p.reset();
};

} // namespace jamnet::inline v0
