// SPDX-License-Identifier: MIT
//
// The clock of an audio interface, from when its callbacks came and how many frames had passed.
//
// A callback may come late, and by a whole block now and then, but never early. So of sixteen in
// a row the least late counts, and how much those differ from each other is the uncertainty. What
// even the quickest callback is late by, nobody can see from here: it belongs to the latency of the
// interface, which is measured otherwise. The callback itself only leaves a stamp in a ring.
#pragma once

#include <cstdint>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/config.hpp>
#include <jamnet/core/math.hpp>
#include <jamnet/ring/spsc_ring.hpp>
#include <jamnet/time/timebase.hpp>

namespace jamnet::inline v0 {

/// What a callback leaves: `stamps.try_push({frames_before_this_block, clock.now()})`, first thing.
/// Where nobody reads the ring it is full, and that does no harm.
struct audio_stamp {
  std::uint64_t frame = 0; ///< how many frames came before this block
  host_time at{};          ///< when the callback began
};
using audio_stamps = spsc_ring<audio_stamp, 1024>;

class audio_device_timebase {
public:
  /// A frame is this many ticks, because it begins at a moment and is no span of time.
  static constexpr std::uint64_t ticks_per_frame = 256;

  /// Reads `stamps`, which outlives it, of a device said to run at `rate` frames a second.
  /// [one-thread] [rt-safe] O(1)
  explicit audio_device_timebase(audio_stamps& stamps, double rate) noexcept
      : stamps_{&stamps},
        period_ns_{1e9 / rate / ticks_per_frame} {
    JAMNET_EXPECTS(rate >= 1 && rate <= 10e6);
  }

  /// [one-thread] [rt-safe] O(1)
  [[nodiscard]] tick_format format() const noexcept { return {period_ns_, 64}; }

  /// The newest of what the stamps say, once or again; device_lost until there are
  /// sixteen.
  /// [consumer] [rt-safe] O(stamps that came since)
  [[nodiscard]] result<timebase_reading> read() noexcept;

private:
  static constexpr int window = 16;                         // callbacks, of which one counts …
  static constexpr nanoseconds longest_window{100'000'000}; // … or fewer, if they take so long
  static constexpr double least_spread = 1000;              // ns

  // How late by a clock that would run as claimed and were right at the first stamp.
  double lateness(const audio_stamp& stamp) const noexcept {
    const auto frames = static_cast<std::int64_t>(stamp.frame - origin_.frame);
    return static_cast<double>((stamp.at - origin_.at).count()) -
           static_cast<double>(frames) * period_ns_ * static_cast<double>(ticks_per_frame);
  }
  void add(const audio_stamp& stamp) noexcept;
  void finish() noexcept;

  audio_stamps* stamps_;
  double period_ns_;
  audio_stamp origin_{}, first_{}, best_{}; // of all, of this window, and the least late of it
  int count_ = 0;                           // stamps in this window
  bool any_ = false;                        // a window is finished
  double last_late_ = 0;                    // lateness of the window before
  double spread_ = 100'000;                 // by how much they differ, ns
  timebase_reading newest_{};
};

inline result<timebase_reading> audio_device_timebase::read() noexcept {
  for (audio_stamp stamp; stamps_->try_pop(stamp);) add(stamp);
  if (!any_) return errc::device_lost;
  return newest_;
}

inline void audio_device_timebase::add(const audio_stamp& stamp) noexcept {
  if (count_ == 0 && !any_) origin_ = stamp;
  if (count_ == 0) first_ = best_ = stamp;
  if (lateness(stamp) < lateness(best_)) best_ = stamp;
  if (++count_ == window || stamp.at - first_.at >= longest_window) finish();
}

inline void audio_device_timebase::finish() noexcept {
  const double late = lateness(best_), change = magnitude(late - last_late_);
  // What is three times the usual counts as that: it was no jitter.
  if (any_) spread_ += 0.05 * (std::min(change, 3 * spread_) - spread_);
  spread_ = std::max(spread_, least_spread);
  newest_ = {best_.frame * ticks_per_frame, best_.at, nanoseconds{nearest(spread_)}, false};
  last_late_ = late;
  any_ = true;
  count_ = 0;
}

} // namespace jamnet::inline v0
