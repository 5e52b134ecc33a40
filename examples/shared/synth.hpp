// A small polyphonic synthesiser: plucked tones of six decaying partials, noise for drums. Notes
// begin and end between samples, where their time says, so that the sound tells microseconds.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <jamnet/midi/ump.hpp>

#include "wav.hpp"

namespace shared {

/// [audio-thread] [rt-safe]
class synth {
public:
  explicit synth(double rate = sample_rate) noexcept : rate_{rate} {}

  /// Takes a packet that sounds at `position`, in samples since the start, before rendering what
  /// lies behind it. What is no note is ignored.
  void play(const jamnet::ump& packet, double position) noexcept;
  /// Adds the sound of samples `first` … first + out.size() - 1 to `out`.
  void render(std::span<float> out, std::uint64_t first) noexcept;

private:
  struct partial {
    double cosine = 0, sine = 0, level = 0, decay = 0; // a rotating phasor that shrinks
    double turn_cosine = 1, turn_sine = 0;
  };
  struct voice {
    bool sounding = false;
    unsigned key = 0; // channel and note
    double begin = 0; // samples
    double end = 1e18;
    bool started = false;
    bool drum = false;
    double frequency = 0, loudness = 0;
    std::uint32_t noise = 1;
    std::array<partial, 6> partials{};
  };
  void start(voice& v, double first) const noexcept;
  void render(voice& v, std::span<float> out, std::uint64_t first) const noexcept;

  double rate_;
  std::array<voice, 64> voices_{};
};

} // namespace shared
