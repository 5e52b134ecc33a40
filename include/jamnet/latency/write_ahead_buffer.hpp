// SPDX-License-Identifier: MIT
//
// Audio that is read an exact latency after it was written, whatever the writer does in between.
//
//     write_ahead_buffer<float> ahead{*latency_plan::of({.rate = 48'000, .latency = 50ms})};
//     ahead.write(block);                 // one thread, which may pause for almost 50 ms
//     ahead.read(block);                  // another, which never waits
//
// Every frame has a place: frame n that is written is frame n + latency that is read. So the reader
// begins with a latency of silence, and a frame that is not there in time is silence in its place;
// nothing that follows moves. (late_frames::delayed is for sources that would rather go on where
// they stopped.) The latency can be changed while audio runs: the reader then crosses over.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <utility>

#include <jamnet/latency/buffer_health.hpp>
#include <jamnet/latency/latency_plan.hpp>
#include <jamnet/latency/write_ahead_policies.hpp>

namespace jamnet::inline v0 {

template <class Sample, class Layout = interleaved<>, class Policies = write_ahead_policies<>>
class write_ahead_buffer {
public:
  using block = typename Layout::template block<Sample>;
  using const_block = typename Layout::template block<const Sample>;

  /// [one-thread] [allocates] O(capacity)
  explicit write_ahead_buffer(const latency_plan& plan, late_frames late = late_frames::dropped,
                              Policies policies = {})
      : plan_{plan},
        late_{late},
        policies_{std::move(policies)},
        store_{plan.shape()} {}

  /// Appends as many of `frames` as there is room for, from the front; returns how many. Write the
  /// rest later: leaving it out would move what follows. [producer] [rt-safe] [wait-free] O(n)
  [[nodiscard]] std::size_t write(const const_block& frames) noexcept;

  /// Fills `out` with the frames that are due, and with silence for those that are not there;
  /// returns how many were. [consumer] [rt-safe] [wait-free] O(n)
  std::size_t read(const block& out) noexcept;

  /// The same with plain interleaved samples. Expects whole frames.
  /// [producer] [rt-safe] [wait-free] O(n)
  [[nodiscard]] std::size_t write(std::span<const Sample> samples) noexcept
    requires std::is_same_v<block, interleaved_block<Sample>>
  {
    return write(const_block{samples, store_.channels()});
  }
  /// [consumer] [rt-safe] [wait-free] O(n)
  std::size_t read(std::span<Sample> samples) noexcept
    requires std::is_same_v<block, interleaved_block<Sample>>
  {
    return read(block{samples, store_.channels()});
  }

  /// The latency, to the frame: what a host is told. [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] std::int64_t latency_samples() const noexcept {
    return latency_.load(std::memory_order_relaxed);
  }
  /// Asks for another latency; the reader crosses over within its next reads, over crossfade()
  /// frames. False, and nothing happens, unless it is 1 to the largest of the plan.
  /// [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] bool set_latency(std::int64_t frames) noexcept {
    if (frames < 1 || frames > plan_.largest()) return false;
    wanted_.store(frames, std::memory_order_relaxed);
    return true;
  }
  /// True once after each change of latency_samples(): tell the host.
  /// [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] bool latency_changed() noexcept {
    return changed_.exchange(false, std::memory_order_acquire); // sees the latency
  }
  /// Frames over which a change of latency is spread: 10 ms.
  [[nodiscard]] std::int64_t crossfade() const noexcept { return fade_length_; }

  /// How many frames are written and not yet read; below zero, how many the reader is beyond.
  /// [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] std::int64_t fill() const noexcept {
    return distance(read_.load(std::memory_order_relaxed),
                    written_.load(std::memory_order_relaxed));
  }

  /// Counts how long the writer needed for something it wrote, and lets the sizing policy choose.
  /// [producer] [rt-safe] [wait-free] O(1)
  void record_processing(nanoseconds time) noexcept;

  /// [any-thread] [rt-safe] [wait-free] O(1)
  [[nodiscard]] buffer_health health() const noexcept;

  [[nodiscard]] const latency_plan& plan() const noexcept { return plan_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return store_.capacity(); } ///< in frames

private:
  // Positions count frames and begin a capacity above zero, so that looking back stays positive.
  static constexpr std::int64_t distance(std::uint64_t from, std::uint64_t to) noexcept {
    return static_cast<std::int64_t>(to - from);
  }
  std::size_t room(std::uint64_t read, std::uint64_t written) const noexcept;
  std::uint64_t adjusted(std::uint64_t read, std::uint64_t written, std::size_t frames) noexcept;
  std::size_t fetch(std::uint64_t position, std::uint64_t written, const block& out) noexcept;
  std::size_t cross_over(std::uint64_t position, std::uint64_t written, block out) noexcept;
  void report(buffer_event::kind what, std::uint64_t position, std::size_t frames) noexcept {
    policies_.telemetry({what, position, static_cast<std::int64_t>(frames)});
  }

  latency_plan plan_;
  late_frames late_;
  [[no_unique_address]] Policies policies_;
  frame_store<Sample, Layout> store_;
  std::int64_t fade_length_ = std::max<std::int64_t>(1, nearest(plan_.rate() * 0.01));

  // Written by the producer.
  alignas(cache_line_size) std::atomic<std::uint64_t> written_{
      store_.capacity() + static_cast<std::uint64_t>(plan_.latency())};
  health_counter overruns_, refused_frames_, adjustments_, late_frames_;
  health_counter recordings_, processing_ns_, worst_processing_ns_;
  bool behind_ = false; // the last write was late

  // Written by the consumer; what is no atomic is its own.
  alignas(cache_line_size) std::atomic<std::uint64_t> read_{store_.capacity()};
  std::atomic<std::int64_t> latency_{plan_.latency()};
  health_counter underruns_, silent_frames_, young_frames_, latency_changes_;
  std::int64_t fade_left_ = 0, next_latency_ = plan_.latency();

  // Written by anyone.
  alignas(cache_line_size) std::atomic<std::int64_t> wanted_{plan_.latency()};
  std::atomic<bool> changed_{false};
};

template <class Sample, class Layout, class Policies>
std::size_t
write_ahead_buffer<Sample, Layout, Policies>::room(std::uint64_t read,
                                                   std::uint64_t written) const noexcept {
  // A change to the largest latency repeats as much of what was read: it must still be there.
  const auto capacity = static_cast<std::int64_t>(store_.capacity());
  const auto free = capacity - plan_.largest() - distance(read, written);
  return static_cast<std::size_t>(std::clamp<std::int64_t>(free, 0, capacity));
}

// What is called for each block is inline and takes views by reference: a view that is copied onto
// the stack for a call costs as much as the samples of a small block.
template <class Sample, class Layout, class Policies>
inline std::size_t
write_ahead_buffer<Sample, Layout, Policies>::write(const const_block& frames) noexcept {
  const auto read = read_.load(std::memory_order_acquire); // its reads are done: reuse the memory
  auto written = written_.load(std::memory_order_relaxed);
  if (distance(read, written) < 0)
    written = adjusted(read, written, frames.frames());
  else
    behind_ = false;

  const std::size_t count = std::min(frames.frames(), room(read, written));
  store_.put(written, frames.part(0, count));
  policies_.age.wrote(written, count);
  written_.store(written + count, std::memory_order_release); // publishes the frames
  if (count < frames.frames()) {
    overruns_.add(1);
    refused_frames_.add(frames.frames() - count);
    report(buffer_event::kind::overrun, written + count, frames.frames() - count);
  }
  return count;
}

// The reader has passed the place of what comes next. Dropped frames are written all the same, to
// where a longer latency would look for them.
template <class Sample, class Layout, class Policies>
std::uint64_t write_ahead_buffer<Sample, Layout, Policies>::adjusted(std::uint64_t read,
                                                                     std::uint64_t written,
                                                                     std::size_t frames) noexcept {
  const auto behind = static_cast<std::uint64_t>(distance(written, read));
  auto lost = std::min<std::uint64_t>(behind, frames);
  if (late_ == late_frames::delayed) {
    const auto restart = read + static_cast<std::uint64_t>(latency_samples());
    lost = restart - written;
    const std::size_t gap = std::min<std::uint64_t>(lost, store_.capacity());
    const auto quiet = store_.at(restart - gap, gap);
    silence(quiet.first);
    silence(quiet.second);
    written = restart;
  }
  if (!std::exchange(behind_, true)) adjustments_.add(1);
  late_frames_.add(lost);
  report(buffer_event::kind::adjusted, written, lost);
  return written;
}

template <class Sample, class Layout, class Policies>
inline std::size_t write_ahead_buffer<Sample, Layout, Policies>::read(const block& out) noexcept {
  auto position = read_.load(std::memory_order_relaxed);
  const auto written = written_.load(std::memory_order_acquire); // sees the frames published
  std::size_t found = 0, faded = 0;
  if (fade_left_ != 0 || wanted_.load(std::memory_order_relaxed) != next_latency_) [[unlikely]] {
    if (fade_left_ == 0) {
      next_latency_ = wanted_.load(std::memory_order_relaxed);
      fade_left_ = fade_length_;
    }
    faded = std::min(out.frames(), static_cast<std::size_t>(fade_left_));
    found = cross_over(position, written, out.part(0, faded));
    position += faded;
    fade_left_ -= static_cast<std::int64_t>(faded);
    if (fade_left_ == 0) {
      position -= static_cast<std::uint64_t>(next_latency_ - latency_samples());
      latency_.store(next_latency_, std::memory_order_relaxed);
      latency_changes_.add(1);
      changed_.store(true, std::memory_order_release); // after the latency
      policies_.telemetry({buffer_event::kind::latency_changed, position, next_latency_});
    }
  }
  const auto rest = out.part(faded, out.frames() - faded);
  found += fetch(position, written, rest);
  position += rest.frames();
  read_.store(position, std::memory_order_release); // hands the memory back
  if (found < out.frames()) {
    underruns_.add(1);
    silent_frames_.add(out.frames() - found);
    report(buffer_event::kind::underrun, position - (out.frames() - found), out.frames() - found);
  }
  return found;
}

// All of `out`: frames from `position` on as far as they are written, then silence.
template <class Sample, class Layout, class Policies>
inline std::size_t write_ahead_buffer<Sample, Layout, Policies>::fetch(std::uint64_t position,
                                                                       std::uint64_t written,
                                                                       const block& out) noexcept {
  const auto ahead = std::max<std::int64_t>(distance(position, written), 0);
  const std::size_t found = std::min(out.frames(), static_cast<std::size_t>(ahead));
  store_.get(position, out.part(0, found));
  silence(out.part(found, out.frames() - found));
  policies_.age.find_young(position, found, plan_.duration(latency_samples()), plan_.rate(),
                           [&](std::size_t first, std::size_t count) noexcept {
                             if constexpr (Policies::silences_young)
                               silence(out.part(first, count));
                             young_frames_.add(count);
                             report(buffer_event::kind::young, position + first, count);
                           });
  return found;
}

// Both latencies at once, from all of the old one to all of the new one. A linear crossfade: the
// two are the same signal, and mostly correlated.
template <class Sample, class Layout, class Policies>
std::size_t write_ahead_buffer<Sample, Layout, Policies>::cross_over(std::uint64_t position,
                                                                     std::uint64_t written,
                                                                     block out) noexcept {
  const std::size_t found = fetch(position, written, out);
  const auto next = position - static_cast<std::uint64_t>(next_latency_ - latency_samples());
  const auto begun = static_cast<double>(fade_length_ - fade_left_);
  const auto ahead = static_cast<std::uint64_t>(std::max<std::int64_t>(distance(next, written), 0));
  for (std::size_t f = 0; f < out.frames(); ++f) {
    const double gain = (begun + static_cast<double>(f)) / static_cast<double>(fade_length_);
    const auto to = store_.at(next + f, 1).first;
    for (std::size_t c = 0; c < out.channels(); ++c) {
      const double from = out.sample(c, f), target = f < ahead ? to.sample(c, 0) : 0;
      out.sample(c, f) = static_cast<Sample>(from + gain * (target - from));
    }
  }
  return std::min<std::size_t>(found, ahead);
}

template <class Sample, class Layout, class Policies>
void write_ahead_buffer<Sample, Layout, Policies>::record_processing(nanoseconds time) noexcept {
  const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0));
  recordings_.add(1);
  processing_ns_.add(ns);
  worst_processing_ns_.keep_largest(ns);
  const auto latency = latency_samples();
  const auto one_block = static_cast<std::int64_t>(plan_.block());
  const auto chosen = policies_.sizing.choose(plan_.frames(time) + one_block, latency);
  const auto least = std::min(one_block, plan_.largest());
  if (chosen != latency) (void)set_latency(std::clamp(chosen, least, plan_.largest()));
}

template <class Sample, class Layout, class Policies>
buffer_health write_ahead_buffer<Sample, Layout, Policies>::health() const noexcept {
  const auto count = std::max<std::uint64_t>(recordings_.value(), 1);
  const auto filled = fill();
  const auto latency = latency_samples();
  return {.latency = latency,
          .latency_time = plan_.duration(latency),
          .fill = filled,
          .utilisation = static_cast<double>(std::max<std::int64_t>(filled, 0)) /
                         static_cast<double>(store_.capacity()),
          .underruns = underruns_.value(),
          .silent_frames = silent_frames_.value(),
          .overruns = overruns_.value(),
          .refused_frames = refused_frames_.value(),
          .adjustments = adjustments_.value(),
          .late_frames = late_frames_.value(),
          .young_frames = young_frames_.value(),
          .latency_changes = latency_changes_.value(),
          .average_processing = nanoseconds{processing_ns_.value() / count},
          .worst_processing = nanoseconds{worst_processing_ns_.value()}};
}

} // namespace jamnet::inline v0
