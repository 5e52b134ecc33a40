// A processor for tests: what it answers depends on every frame and event before, and on nothing
// else, so its output is the same however the input was cut into blocks.
#pragma once

#include <span>
#include <vector>

#include <jamnet/latency/processor.hpp>

struct echo {
  std::vector<float> tail;
  int resets = 0;

  void prepare(const jamnet::processor_format& format) { tail.assign(format.channels, 0); }
  void process(jamnet::planar_block<float> audio, std::span<const jamnet::block_event> events) {
    std::size_t next = 0;
    for (std::size_t f = 0; f < audio.frames(); ++f) {
      for (; next < events.size() && events[next].frame <= f; ++next)
        for (auto& t : tail) t += static_cast<float>(events[next].packet.words[0] & 0x7f);
      for (std::size_t c = 0; c < audio.channels(); ++c) {
        tail[c] = tail[c] * 0.99f + audio.sample(c, f);
        audio.sample(c, f) = tail[c];
      }
    }
  }
  void reset() {
    tail.assign(tail.size(), 0);
    ++resets;
  }
};
static_assert(jamnet::processor<echo>);
