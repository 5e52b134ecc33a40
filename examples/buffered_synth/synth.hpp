// A small polyphonic synthesiser, and what makes any processor pause now and then.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include <jamnet/core/random.hpp>
#include <jamnet/latency/processor.hpp>
#include <jamnet/time/timeline.hpp>

/// Plucked tones of five decaying partials with a stereo echo. It goes sample by sample, so what
/// comes out does not depend on how the frames were cut into blocks. Ignores its input.
class synth {
public:
  void prepare(const jamnet::processor_format& format);
  void process(jamnet::planar_block<float> audio, std::span<const jamnet::block_event> events);
  void reset();

private:
  struct partial { // a phasor that turns and shrinks with every sample
    double cosine = 0, sine = 0, turn_cosine = 0, turn_sine = 0;
  };
  struct voice {
    unsigned key = 0; // channel and note
    bool sounding = false, held = false;
    double attack = 0, release = 1, left = 0, right = 0; // gains
    std::uint64_t age = 0;                               // in samples
    std::array<partial, 5> partials{};
  };
  using frame = std::array<double, 2>;

  void play(const jamnet::ump& packet);
  void add(voice& v, frame& sum) const;

  double rate_ = 48'000;
  std::array<voice, 32> voices_{};
  std::vector<frame> echo_;
  std::size_t echo_at_ = 0;
};
static_assert(jamnet::processor<synth>);

struct pauses {
  double per_second = 4;
  jamnet::nanoseconds length = std::chrono::milliseconds{20};
  std::uint64_t seed = 1;
  /// Lets the time pass.
  std::function<void(jamnet::nanoseconds)> stand_still = [](jamnet::nanoseconds) {};
};

/// A processor on a thread that a garbage collector stops at random: before the frames that the
/// seed says, half to one and a half times the average apart.
template <jamnet::processor Inner>
class pausing {
public:
  pausing() = default;
  explicit pausing(pauses when) : when_{std::move(when)}, random_{when_.seed} {}

  void prepare(const jamnet::processor_format& format) {
    inner_.prepare(format);
    apart_ = format.rate / when_.per_second;
    next_ = random_.uniform(0, apart_);
  }
  void process(jamnet::planar_block<float> audio, std::span<const jamnet::block_event> events) {
    done_ += static_cast<double>(audio.frames());
    for (; next_ < done_; next_ += apart_ * random_.uniform(0.5, 1.5))
      when_.stand_still(when_.length);
    inner_.process(audio, events);
  }
  void reset() { inner_.reset(); }

private:
  Inner inner_;
  pauses when_;
  jamnet::random_source random_{1};
  double apart_ = 0, next_ = 0, done_ = 0; // in frames
};
