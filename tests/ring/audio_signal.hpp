// Audio for tests: a signal whose every sample says where it belongs.
#pragma once

#include <cstddef>

#include <jamnet/ring/frame_store.hpp>

// Exact for the first million frames, and never zero.
inline float signal_at(std::size_t channel, std::size_t frame) {
  return static_cast<float>(frame * 8 + channel + 1);
}

inline void fill(auto block, std::size_t frame) {
  for (std::size_t c = 0; c < block.channels(); ++c)
    for (std::size_t f = 0; f < block.frames(); ++f) block.sample(c, f) = signal_at(c, frame + f);
}

// How many samples are not the signal `latency` later, counting silence as right where `or_silent`.
inline std::size_t wrong(auto block, std::size_t frame, std::size_t latency = 0,
                         bool or_silent = false) {
  std::size_t count = 0;
  for (std::size_t c = 0; c < block.channels(); ++c)
    for (std::size_t f = 0; f < block.frames(); ++f) {
      const auto at = frame + f;
      const float expected = at < latency ? 0 : signal_at(c, at - latency);
      const float found = block.sample(c, f);
      if (found != expected && !(or_silent && found == 0)) ++count;
    }
  return count;
}

// Audio with memory of its own.
template <class Layout>
struct block_of {
  jamnet::frame_store<float, Layout> store;

  block_of(std::size_t channels, std::size_t frames)
      : store{*jamnet::audio_shape::of(channels, frames)} {}
  auto first(std::size_t frames) { return store.at(0, frames).first; }
};
