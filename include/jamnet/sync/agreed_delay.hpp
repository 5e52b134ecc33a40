// SPDX-License-Identifier: MIT
//
// The one delay of a session, out of the delays its members ask for.
//
// Who asks for the most needs it now, so a longer delay is agreed at once. A shorter one is heard
// as a hurry and may be regretted, so it is agreed only when for a while nobody asked for more,
// and is the longest that anybody asked for in that while. Whoever sees the same wishes at the same
// session times agrees on the same delay; in what order the members are listed does not matter.
#pragma once

#include <span>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/sync/clock_exchange.hpp>

namespace jamnet::inline v0 {

struct agreed_delay_options {
  nanoseconds smallest{1'000'000};      ///< whatever the members ask for, never less …
  nanoseconds largest{250'000'000};     ///< … nor more
  nanoseconds patience{10'000'000'000}; ///< for which all must have asked for less
};

class agreed_delay {
public:
  /// Begins with `initial`, as a newcomer does with what the session has agreed on.
  /// [one-thread] [rt-safe] O(1)
  explicit constexpr agreed_delay(nanoseconds initial,
                                  const agreed_delay_options& options = {}) noexcept
      : options_{options},
        delay_{within_limits(initial)} {}

  /// The delay from `now` on, at which the members ask for `wishes`. With no wishes, nothing
  /// changes. [one-thread] [rt-safe] O(n)
  constexpr nanoseconds agree(std::span<const nanoseconds> wishes, session_time now) noexcept;

  /// [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr nanoseconds delay() const noexcept { return delay_; }

private:
  constexpr nanoseconds within_limits(nanoseconds wish) const noexcept {
    return std::clamp(wish, options_.smallest, std::max(options_.smallest, options_.largest));
  }

  agreed_delay_options options_;
  nanoseconds delay_;
  bool waiting_ = false;  // all ask for less …
  session_time since_{};  // … since then …
  nanoseconds longest_{}; // … and never for more than this
};

constexpr nanoseconds agreed_delay::agree(std::span<const nanoseconds> wishes,
                                          session_time now) noexcept {
  if (wishes.empty()) return delay_;
  const auto wish = within_limits(*std::max_element(wishes.begin(), wishes.end()));
  if (wish >= delay_) {
    delay_ = wish;
    waiting_ = false;
    return delay_;
  }
  const auto waited = detail::wrapping_difference(now, since_);
  if (!waiting_ || waited < nanoseconds{0}) {
    waiting_ = true;
    since_ = now;
    longest_ = wish;
    return delay_;
  }
  longest_ = std::max(longest_, wish);
  if (waited >= options_.patience) {
    delay_ = longest_;
    since_ = now;
    longest_ = wish;
  }
  return delay_;
}

} // namespace jamnet::inline v0
