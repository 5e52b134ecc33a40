// The audio thread's side: hands the tune to a processor block by block, and what comes out to
// whoever writes it down.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <jamnet/latency/buffer_health.hpp>
#include <jamnet/latency/processor.hpp>
#include <jamnet/ring/audio_ring.hpp>
#include <jamnet/time/clock_source.hpp>

#include "tune.hpp"

/// `Synth` has a process() as a processor has, maybe behind a buffer.
template <class Synth, jamnet::clock_source Clock>
class performance {
public:
  performance(Synth& synth, const tune& notes, double rate, Clock clock)
      : synth_{synth},
        notes_{notes},
        rate_{rate},
        clock_{clock},
        events_(notes.size()),
        heard_{2, static_cast<std::size_t>(8 * rate)} {}

  /// Fills a stereo block. A processor that took longer than there was time for is not heard, as
  /// with a sound card. [audio-thread] [rt-safe] if process() is
  void operator()(jamnet::planar_block<float> audio) noexcept {
    const auto events = events_of(audio.frames());
    const auto began = clock_.now();
    silence(audio);
    synth_.process(audio, events);
    const std::chrono::duration<double> took = clock_.now() - began;
    behind_ = std::max(0.0, behind_ + took.count() - static_cast<double>(audio.frames()) / rate_);
    if (behind_ > 0) {
      missed_.add(audio.frames());
      silence(audio);
    }
    unwritten_.add(audio.frames() - heard_.write(audio));
  }

  /// What was heard and not yet taken. [the thread that writes it down] [rt-safe]
  std::size_t take(jamnet::planar_block<float> out) noexcept { return heard_.read(out); }
  /// Frames that a sound card would not have got in time. [any-thread] [rt-safe]
  [[nodiscard]] std::uint64_t missed() const noexcept { return missed_.value(); }
  /// Frames that nobody took in time. [any-thread] [rt-safe]
  [[nodiscard]] std::uint64_t unwritten() const noexcept { return unwritten_.value(); }

private:
  std::span<const jamnet::block_event> events_of(std::size_t frames) noexcept {
    std::size_t count = 0;
    for (; next_ < notes_.size() && notes_[next_].frame < frame_ + frames; ++next_)
      events_[count++] = {static_cast<std::uint32_t>(notes_[next_].frame - frame_),
                          notes_[next_].packet};
    frame_ += frames;
    return std::span{events_}.first(count);
  }

  Synth& synth_;
  const tune& notes_;
  double rate_;
  Clock clock_;
  std::vector<jamnet::block_event> events_;
  std::uint64_t frame_ = 0;
  std::size_t next_ = 0;
  double behind_ = 0; // seconds
  jamnet::health_counter missed_, unwritten_;
  jamnet::audio_ring<float, jamnet::planar<>> heard_;
};
