// One channel of audio with memory of its own, for tests.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include <jamnet/ring/audio_block.hpp>

struct mono_audio {
  std::vector<float> samples;
  float* row = nullptr;

  explicit mono_audio(std::size_t frames) : samples(frames) {}
  void fill(float value) { std::fill(samples.begin(), samples.end(), value); }
  jamnet::planar_block<float> first(std::size_t frames) {
    row = samples.data();
    return {&row, 1, frames};
  }
  operator jamnet::planar_block<float>() { return first(samples.size()); }
};
