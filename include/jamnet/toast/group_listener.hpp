// SPDX-License-Identifier: MIT
//
// Whether one peer is served by the group. It has to hear it, and well: whoever asks for more than
// an eighth of what it is sent burdens all the others, and gets its events alone for a while. And
// how many copies of each event it needs, by what it says is lost to it.
#pragma once

#include <cstdint>

#include <jamnet/time/timeline.hpp>
#include <jamnet/toast/redundancy.hpp>

namespace jamnet::inline v0::toast {

class group_listener {
public:
  static constexpr nanoseconds first_rest{10'000'000'000}, last_rest{160'000'000'000};
  static constexpr std::uint64_t enough = 64; ///< events, to judge by
  static constexpr double frames = 2;         ///< of a datagram to the group, on average
  /// Frames by which loss is judged: of many listeners one always seems worse than it is.
  static constexpr double memory = 4000;

  explicit group_listener(redundancy_limits limits = {}) noexcept : redundancy_{limits, memory} {}

  /// So many events went to it by the group, or were asked for by it. [one-thread] [rt-safe] O(1)
  void carried(std::uint64_t events) noexcept { carried_ += events; }
  void asked(std::uint64_t events) noexcept { asked_ += events; }

  /// Judges by what happened since it was judged last. [one-thread] [rt-safe] O(1)
  void judge(host_time now) noexcept {
    if (carried_ < enough) return;
    if (asked_ * 8 > carried_) {
      rests_until_ = now + rest_;
      rest_ = rest_ < last_rest ? 2 * rest_ : last_rest;
    }
    carried_ = asked_ = 0;
  }
  /// It counted the frames to the group that it missed. [one-thread] [rt-safe] O(1)
  void heard(const loss_report& r, host_time now) noexcept { redundancy_.heard(r, frames, now); }
  /// How often each event should go again unasked. [one-thread] [rt-safe] O(1)
  [[nodiscard]] unsigned copies() const noexcept { return redundancy_.repeats(); }
  [[nodiscard]] bool rests(host_time now) const noexcept { return now < rests_until_; }

  bool served = false; ///< by the group, just now

private:
  redundancy redundancy_;
  std::uint64_t carried_ = 0, asked_ = 0;
  host_time rests_until_ = host_time::min();
  nanoseconds rest_ = first_rest;
};

} // namespace jamnet::inline v0::toast
