// SPDX-License-Identifier: MIT
//
// The clock of an audio interface, from when its callbacks came and how many frames had passed.
//
// A callback may come late, and by a whole block now and then, but never early. So no average says
// when a frame was due, but the line below all that came, as near to them as it can be
// (detail/late_line.hpp). What even the quickest is late by, nobody can see from here: it belongs
// to the latency of the interface, which is measured otherwise.
//
// Where frames are lost, or the device begins again, all callbacks are later or earlier from then
// on. Then the line breaks, and its slope is kept: it is another moment, but the same clock. The
// callback itself only leaves a stamp in a ring.
#pragma once

#include <cstdint>

#include <jamnet/core/config.hpp>
#include <jamnet/core/math.hpp>
#include <jamnet/ring/spsc_ring.hpp>
#include <jamnet/sync/detail/late_line.hpp>
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

  /// The newest of what the stamps say, once or again; device_lost until there are sixteen, or as
  /// many as come in a tenth of a second. For another device, with another clock, make another
  /// timebase.
  /// [consumer] [rt-safe] O(stamps that came since)
  [[nodiscard]] result<timebase_reading> read() noexcept;

private:
  static constexpr int window = 16;                         // callbacks, of which one counts …
  static constexpr nanoseconds longest_window{100'000'000}; // … or fewer, if they take so long
  static constexpr int enough_late = 4;                     // in a row: it is so for good …
  static constexpr int enough_slow = 3;                     // … or windows, by less
  static constexpr double least_spread = 1e3, most_spread = 250e3; // ns
  static constexpr double least_lost = 500e3;                      // ns: less is no loss of frames

  void add(const audio_stamp& stamp) noexcept;
  void begin_anew(const audio_stamp& stamp) noexcept;
  void finish() noexcept;

  // Since the first stamp, ns …
  double time_of(const audio_stamp& stamp) const noexcept {
    return static_cast<double>((stamp.at - origin_.at).count());
  }
  // … how late by a clock that runs as claimed, and was right then …
  double lateness(const audio_stamp& stamp) const noexcept {
    const auto frames = static_cast<std::int64_t>(stamp.frame - origin_.frame);
    return time_of(stamp) - static_cast<double>(frames) * frame_ns();
  }
  // … and by the line.
  double late(const audio_stamp& stamp) const noexcept {
    return lateness(stamp) - line_.at(time_of(stamp));
  }
  double frame_ns() const noexcept { return period_ns_ * static_cast<double>(ticks_per_frame); }

  audio_stamps* stamps_;
  double period_ns_;
  audio_stamp origin_{}, last_{}, first_{}, best_{}; // of all; of this window, and its least late
  int count_ = 0;                                    // stamps in this window
  int slow_ = 0;                                     // windows in a row that are unusually late
  int late_ = 0;                                     // in a row, by what lost frames cost …
  double latest_ = 0;                                // the last of those, ns
  audio_stamp least_late_{};                         // … the best of those
  double block_ns_ = 0;
  detail::late_line line_;
  std::uint64_t windows_ = 0;
  double worst_ = 0;       // by how much the least late of a window was late, ns
  double spread_ = 100e3;  // ns; nine windows of ten are less late than that
  double since_break_ = 0; // windows
  bool anew_ = false;      // the line broke
  bool any_ = false;       // a window is finished
  timebase_reading newest_{};
};

inline result<timebase_reading> audio_device_timebase::read() noexcept {
  for (audio_stamp stamp; stamps_->try_pop(stamp);) add(stamp);
  if (!any_) return errc::device_lost;
  const auto reading = newest_;
  newest_.anew = false;
  return reading;
}

inline void audio_device_timebase::add(const audio_stamp& stamp) noexcept {
  if (!any_ && count_ == 0) origin_ = last_ = stamp;
  const auto frames = static_cast<std::int64_t>(stamp.frame - last_.frame);
  last_ = stamp;
  if (frames > 0 && frames < 1 << 16) block_ns_ = static_cast<double>(frames) * frame_ns();

  const double by = late(stamp), lost = std::max({block_ns_ / 4, least_lost, 4 * spread_});
  if (any_ && by > lost) { // it was held up, or is late for good
    // After it was held up each is less late by a block than the one before.
    if (late_ == 0 || by < latest_ - block_ns_ / 2) late_ = 0, least_late_ = stamp;
    if (by < late(least_late_)) least_late_ = stamp;
    latest_ = by;
    if (++late_ < enough_late) return;
    return begin_anew(least_late_);
  }
  late_ = 0;
  if (any_ && by < -lost) return begin_anew(stamp);
  if (count_ == 0) first_ = best_ = stamp;
  if (late(stamp) < late(best_)) best_ = stamp;
  if (++count_ == window || stamp.at - first_.at >= longest_window) finish();
}

inline void audio_device_timebase::begin_anew(const audio_stamp& stamp) noexcept {
  line_.break_off();
  anew_ = true;
  best_ = stamp;
  finish();
}

inline void audio_device_timebase::finish() noexcept {
  const double now = time_of(best_), usual = line_.at(now) + spread_;
  slow_ = any_ && late(best_) > 3 * spread_ ? slow_ + 1 : 0;
  if (slow_ == enough_slow) {
    line_.break_off();
    anew_ = true;
  }
  // What is later than usual is so for reasons of its own.
  line_.add(now, anew_ || !any_ ? lateness(best_) : std::min(lateness(best_), usual));
  const double by = late(best_);
  worst_ = std::max(worst_, by);
  if (++windows_ == window) spread_ = worst_; // it was a guess so far
  spread_ = std::clamp(spread_ * (by > spread_ ? 1.045 : 0.995), least_spread, most_spread);
  // The first callbacks of a new line are late themselves; how late, later ones will show.
  since_break_ = anew_ ? 1 : since_break_ + 1;
  const double unsure = spread_ * std::max(1.0, 8.0 / since_break_);
  newest_ = {best_.frame * ticks_per_frame, best_.at - nanoseconds{nearest(by)},
             nanoseconds{nearest(unsure)}, false, newest_.anew || anew_};
  if (anew_) slow_ = 0;
  any_ = true;
  anew_ = false;
  count_ = late_ = 0;
}

} // namespace jamnet::inline v0
