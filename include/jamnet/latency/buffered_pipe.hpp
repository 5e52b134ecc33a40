// SPDX-License-Identifier: MIT
//
// A processor between two rings: the audio thread puts in and takes out, a worker processes
// whenever it likes, and what went in at frame n comes out at frame n + latency.
//
//     audio ──ring──▶ worker: processor ──write-ahead buffer──▶ audio, a latency later
//
// No threads in here: buffered_processor has one; a test has a clock that it moves by hand.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <jamnet/latency/processor.hpp>
#include <jamnet/latency/write_ahead_buffer.hpp>
#include <jamnet/ring/audio_ring.hpp>
#include <jamnet/ring/spsc_ring.hpp>
#include <jamnet/time/clock_source.hpp>

namespace jamnet::inline v0 {

/// What a worker that was far behind could not be given. After either the processor is reset.
struct pipe_losses {
  std::uint64_t input_frames = 0; ///< are silence in the output, in their place
  std::uint64_t events = 0;
};

template <processor Processor, clock_source Clock, class Policies = write_ahead_policies<>>
class buffered_pipe {
  static_assert(!Policies::checks_age, "age counts from the input, not from the worker's write");

public:
  static constexpr std::size_t most_events = 1024; ///< on their way to the worker at once

  /// Prepares the processor. A latency shorter than the plan's block cannot be kept: what a block
  /// brings is not processed within it. [one-thread] [allocates]
  buffered_pipe(const latency_plan& plan, Processor processor, Clock clock, Policies policies = {});

  /// Puts in what `audio` holds and `events`, in order, and replaces it by what is due. Takes any
  /// number of frames; more than the plan's block at once may be too much to be ready in time, and
  /// events without frames belong to the next.
  /// [audio-thread] [rt-safe] [wait-free] O(n)
  void process(planar_block<float> audio, std::span<const block_event> events) noexcept;

  /// One turn of the worker: all input there is, or none where the buffer is full enough (80 % of
  /// the latency, and the next two blocks) for waiting to make the next turn worth more. Returns
  /// how many frames it processed. [one-thread] [blocks] while the processor works
  std::size_t work() { return ahead_.fill() < full_enough() ? work_off() : 0; }
  /// The same however full the buffer is. [one-thread] [blocks] while the processor works
  std::size_t work_off();
  /// How long the worker may rest: until the reader will have taken what is more than enough.
  /// [one-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] nanoseconds rest() const noexcept;

  /// [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] pipe_losses losses() const noexcept {
    return {lost_frames_.value(), lost_events_.value()};
  }
  /// What its any-thread functions say and change. [any-thread] [rt-safe] O(1)
  [[nodiscard]] auto& buffer() noexcept { return ahead_; }
  [[nodiscard]] const auto& buffer() const noexcept { return ahead_; }
  [[nodiscard]] std::size_t chunk() const noexcept { return chunk_; } ///< frames

private:
  struct placed_event {
    std::uint64_t frame = 0; // of the input since the start
    ump packet{};
  };
  struct gap { // input that was lost
    std::uint64_t begin = 0, frames = 0;
  };

  void put_in(planar_block<float> audio, std::size_t first,
              std::span<const block_event> events) noexcept;
  std::int64_t full_enough() const noexcept {
    const auto latency = ahead_.latency_samples();
    const auto two_blocks = 2 * static_cast<std::int64_t>(ahead_.plan().block());
    return std::max(std::max<std::int64_t>(latency * 8 / 10, 1), std::min(latency, two_blocks));
  }
  std::size_t process_chunk();
  std::span<const block_event> events_of_chunk(std::size_t frames) noexcept;

  Processor processor_;
  Clock clock_;
  std::size_t chunk_;
  audio_ring<float, planar<>> input_;
  spsc_ring<placed_event, most_events> events_;
  spsc_ring<gap, 16> gaps_;
  write_ahead_buffer<float, planar<>, Policies> ahead_;

  // The audio thread's.
  alignas(cache_line_size) std::uint64_t frames_in_ = 0;
  gap losing_{};
  health_counter lost_frames_, lost_events_;

  // The worker's.
  alignas(cache_line_size) std::uint64_t frames_done_ = 0;
  gap next_gap_{};
  placed_event next_event_{};
  bool has_event_ = false;
  std::uint64_t lost_events_seen_ = 0;
  frame_store<float, planar<>> memory_;
  std::vector<block_event> chunk_events_;
};

template <processor Processor, clock_source Clock, class Policies>
buffered_pipe<Processor, Clock, Policies>::buffered_pipe(const latency_plan& plan,
                                                         Processor processor, Clock clock,
                                                         Policies policies)
    : processor_{std::move(processor)},
      clock_{std::move(clock)},
      // An eighth: small enough to be done in time, large enough not to be all overhead.
      chunk_{static_cast<std::size_t>(std::clamp<std::int64_t>(plan.latency() / 8, 16, 512))},
      // Half a second at least: a worker that comes back within it has missed nothing.
      input_{plan.channels(),
             std::max(plan.shape().capacity(), static_cast<std::size_t>(plan.rate() / 2))},
      ahead_{plan, late_frames::dropped, std::move(policies)},
      memory_{*audio_shape::of(plan.channels(), chunk_)},
      chunk_events_(most_events + 1) {
  processor_.prepare({plan.rate(), plan.channels(), chunk_});
}

template <processor Processor, clock_source Clock, class Policies>
void buffered_pipe<Processor, Clock, Policies>::process(
    planar_block<float> audio, std::span<const block_event> events) noexcept {
  const std::size_t most = ahead_.plan().block();
  std::size_t first = 0;
  do {
    const auto part = audio.part(first, std::min(most, audio.frames() - first));
    const std::size_t end = first + part.frames();
    std::size_t count = end == audio.frames() ? events.size() : 0;
    while (count < events.size() && events[count].frame < end) ++count;
    put_in(part, first, events.first(count));
    events = events.subspan(count);
    ahead_.read(part);
    first = end;
  } while (first < audio.frames());
}

// Events before frames, so that who sees the frames finds the events. A block that does not fit is
// left out whole; the gap is told before the first block that fits again.
template <processor Processor, clock_source Clock, class Policies>
void buffered_pipe<Processor, Clock, Policies>::put_in(
    planar_block<float> audio, std::size_t first, std::span<const block_event> events) noexcept {
  for (const auto& event : events) {
    const auto last = std::max<std::size_t>(audio.frames(), 1) - 1;
    const auto place = std::min(std::max<std::size_t>(event.frame, first) - first, last);
    if (!events_.try_push({frames_in_ + place, event.packet})) lost_events_.add(1);
  }
  const bool fits = input_.write_available() >= audio.frames() &&
                    (losing_.frames == 0 || gaps_.try_push(losing_));
  if (fits) {
    losing_ = {};
    (void)input_.write(audio);
  } else {
    if (losing_.frames == 0) losing_.begin = frames_in_;
    losing_.frames += audio.frames();
    lost_frames_.add(audio.frames());
  }
  frames_in_ += audio.frames();
}

template <processor Processor, clock_source Clock, class Policies>
std::size_t buffered_pipe<Processor, Clock, Policies>::work_off() {
  std::size_t done = 0;
  while (const auto count = process_chunk()) done += count;
  return done;
}

template <processor Processor, clock_source Clock, class Policies>
std::size_t buffered_pipe<Processor, Clock, Policies>::process_chunk() {
  const std::size_t waiting = input_.read_available(); // before the gaps: those in it are told
  if (next_gap_.frames == 0) (void)gaps_.try_pop(next_gap_);
  const bool in_gap = next_gap_.frames != 0 && next_gap_.begin == frames_done_;
  const auto until_gap = next_gap_.frames != 0 ? next_gap_.begin - frames_done_ : waiting;
  const auto there = in_gap ? next_gap_.frames : std::min<std::uint64_t>(waiting, until_gap);
  const std::size_t count = std::min<std::uint64_t>(chunk_, there);
  if (count == 0) return 0;

  const auto audio = memory_.at(0, count).first;
  if (in_gap) {
    silence(audio);
    next_gap_.begin += count;
    next_gap_.frames -= count;
    if (next_gap_.frames == 0) processor_.reset();
  } else {
    (void)input_.read(audio);
    const auto began = clock_.now();
    processor_.process(audio, events_of_chunk(count));
    ahead_.record_processing(clock_.now() - began);
  }
  frames_done_ += count;
  (void)ahead_.write(audio); // there is room: no more than one block goes in before one comes out
  return count;
}

// Those of a gap come with what follows it.
template <processor Processor, clock_source Clock, class Policies>
std::span<const block_event>
buffered_pipe<Processor, Clock, Policies>::events_of_chunk(std::size_t frames) noexcept {
  if (const auto lost = lost_events_.value(); lost != lost_events_seen_) {
    lost_events_seen_ = lost;
    processor_.reset(); // a note that was to end may be among them
  }
  std::size_t count = 0;
  while (count < chunk_events_.size()) {
    if (!has_event_) has_event_ = events_.try_pop(next_event_);
    if (!has_event_ || next_event_.frame >= frames_done_ + frames) break;
    const auto place = std::max(next_event_.frame, frames_done_) - frames_done_;
    chunk_events_[count++] = {static_cast<std::uint32_t>(place), next_event_.packet};
    has_event_ = false;
  }
  return std::span{chunk_events_}.first(count);
}

// In whole blocks, as the reader takes them: in between nothing changes.
template <processor Processor, clock_source Clock, class Policies>
nanoseconds buffered_pipe<Processor, Clock, Policies>::rest() const noexcept {
  const auto& plan = ahead_.plan();
  const auto block = static_cast<std::int64_t>(plan.block());
  const auto above = std::max<std::int64_t>(ahead_.fill() - full_enough(), 0);
  const auto slack = ahead_.latency_samples() - block; // may pass unnoticed
  const auto longest = std::max(slack / 4, std::min(block, slack / 2));
  const auto frames = std::min(std::max((above / block + 1) * block, slack / 16), longest);
  return std::max<nanoseconds>(plan.duration(frames), std::chrono::microseconds{50});
}

} // namespace jamnet::inline v0
