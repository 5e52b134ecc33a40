// SPDX-License-Identifier: MIT
//
// The depth of a jitter buffer: how long after an event was played it can sound everywhere.
//
// Fed with the time each event took, it asks for the delay that all but 1 in 1000 kept within. It
// grows at once, because an event that comes too late is heard, and a little beyond, because late
// events come in company; so fewer are late in the end. It shrinks by 1/16 octave at a time, each
// after 5 s of not being needed, because nobody hears 5 % less.
#pragma once

#include <cstddef>
#include <cstdint>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/sync/clock_exchange.hpp>
#include <jamnet/sync/delay_histogram.hpp>

namespace jamnet::inline v0 {

struct adaptive_delay_options {
  nanoseconds smallest{1'000'000};     ///< never ask for less …
  nanoseconds largest{250'000'000};    ///< … nor for more
  nanoseconds initial{15'000'000};     ///< at least this until `few` events are known,
  std::uint32_t few = 64;              ///< which say little about rare delays
  double late_share = 0.001;           ///< of those remembered, or one, may take longer
  std::uint32_t window = 6144;         ///< events that are remembered, or down to half of it
  std::size_t headroom = 4;            ///< steps beyond what a late event took …
  std::size_t growth = 16;             ///< … but no more than this many for one event
  nanoseconds patience{5'000'000'000}; ///< from one step downwards to the next
};

class adaptive_delay {
public:
  /// [one-thread] [rt-safe] O(1)
  explicit constexpr adaptive_delay(const adaptive_delay_options& options = {}) noexcept
      : options_{options},
        histogram_{options.window},
        step_{delay_histogram::step(std::max(options.initial, options.smallest))} {}

  /// An event that was played at `sent_at` arrived, for the first time; the times may be anything.
  /// [one-thread] [rt-safe] O(1)
  constexpr void arrived(session_time sent_at, session_time now) noexcept;

  /// The delay to ask for. Of it `clock_bound` is for the clocks: by so much they may move apart
  /// after the events that were measured. [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr nanoseconds delay(nanoseconds clock_bound = {}) const noexcept {
    const auto most = std::max(options_.smallest, options_.largest);
    const auto margin = std::clamp(clock_bound, nanoseconds{0}, most);
    const auto wish = std::min(delay_histogram::upper_edge(step_), most) + margin;
    return std::clamp(wish, options_.smallest, most);
  }

private:
  static constexpr nanoseconds difference(session_time sent_at, session_time now) noexcept;
  constexpr std::size_t needed() const noexcept;
  constexpr void shrink(std::size_t needed, session_time now) noexcept;

  adaptive_delay_options options_;
  delay_histogram histogram_;
  std::size_t step_;         // of the histogram: the delay now
  std::uint32_t known_ = 0;  // events, up to `few`
  session_time needed_at_{}; // when the delay was needed or shrank, last
};

constexpr void adaptive_delay::arrived(session_time sent_at, session_time now) noexcept {
  const auto took = std::min(difference(sent_at, now), options_.largest);
  histogram_.add(took);
  const auto step = delay_histogram::step(took);
  if (step > step_) {
    const auto last = delay_histogram::steps - 1;
    step_ = std::min({step + options_.headroom, step_ + options_.growth, last});
    needed_at_ = now;
  }
  if (known_ < options_.few) {
    if (++known_ < options_.few) return;
    step_ = std::min(step_, needed() + options_.headroom);
    needed_at_ = now;
  }
  shrink(needed(), now);
}

constexpr std::size_t adaptive_delay::needed() const noexcept {
  const auto may_be_late = static_cast<std::uint32_t>(options_.late_share * histogram_.size());
  const auto step = histogram_.all_but(std::max(may_be_late, 1u));
  return std::max(step, delay_histogram::step(options_.smallest));
}

constexpr void adaptive_delay::shrink(std::size_t needed, session_time now) noexcept {
  const auto unneeded = detail::wrapping_difference(now, needed_at_);
  if (step_ <= needed || unneeded < nanoseconds{0}) {
    step_ = std::max(step_, needed);
    needed_at_ = now;
  } else if (unneeded >= options_.patience) {
    --step_;
    needed_at_ = now;
  }
}

// What arrives before it was played says that the clocks differ, not that the way was short.
constexpr nanoseconds adaptive_delay::difference(session_time sent_at, session_time now) noexcept {
  if (now <= sent_at) return nanoseconds{0};
  const auto wrapped = detail::wrapping_difference(now, sent_at);
  return wrapped < nanoseconds{0} ? nanoseconds::max() : wrapped;
}

} // namespace jamnet::inline v0
