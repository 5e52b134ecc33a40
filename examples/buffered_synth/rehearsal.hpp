// Both threads in one, in virtual time: audio is asked for whenever a block is over, also while
// the processor pauses; the same on every machine.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include <jamnet/latency/buffered_pipe.hpp>
#include <jamnet/testing/manual_clock.hpp>

#include "performance.hpp"
#include "synth.hpp"

class rehearsal {
public:
  using clock = jamnet::testing::manual_clock;
  using pipe = jamnet::buffered_pipe<pausing<synth>, clock>;

  rehearsal(const jamnet::latency_plan& plan, pauses when, const tune& notes)
      : plan_{plan},
        pipe_{plan, pausing<synth>{passing_time(std::move(when))}, clock_},
        performance_{pipe_, notes, plan.rate(), clock_},
        audio_{*jamnet::audio_shape::of(plan.channels(), plan.block())} {}

  void run(jamnet::nanoseconds duration) {
    const auto end = clock_.elapsed() + duration;
    while (clock_.elapsed() < end) {
      pipe_.work();
      pass(pipe_.rest());
    }
  }
  [[nodiscard]] auto& stage() noexcept { return performance_; }
  [[nodiscard]] jamnet::buffer_health health() const noexcept { return pipe_.buffer().health(); }
  [[nodiscard]] jamnet::pipe_losses losses() const noexcept { return pipe_.losses(); }

private:
  pauses passing_time(pauses when) {
    when.stand_still = [this, before = std::move(when.stand_still)](jamnet::nanoseconds length) {
      before(length);
      pass(length);
    };
    return when;
  }
  void pass(jamnet::nanoseconds duration) {
    const auto end = clock_.elapsed() + duration;
    for (auto due = plan_.duration(frames_); due <= end; due = plan_.duration(frames_)) {
      clock_.advance(std::max(due - clock_.elapsed(), jamnet::nanoseconds{}));
      performance_(audio_.at(0, plan_.block()).first);
      frames_ += static_cast<std::int64_t>(plan_.block());
    }
    clock_.advance(end - clock_.elapsed());
  }

  jamnet::latency_plan plan_;
  clock clock_;
  pipe pipe_;
  performance<pipe, clock> performance_;
  jamnet::frame_store<float, jamnet::planar<>> audio_;
  std::int64_t frames_ = 0;
};
