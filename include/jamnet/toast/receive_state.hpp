// SPDX-License-Identifier: MIT
//
// A link's account of the other side's events and frames: what came, what was lost on the way, and
// when to say so. An acknowledgement waits a little for more to acknowledge, or for a datagram that
// leaves anyway; where something is missing it does not wait. Where nothing is lost nobody waits
// for it: then it goes at once if it is the first for a while, and seldom while more comes, since
// each wakes the sender.
#pragma once

#include <cstdint>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/time/timeline.hpp>
#include <jamnet/toast/event_window.hpp>
#include <jamnet/toast/loss_meter.hpp>
#include <jamnet/toast/reports.hpp>
#include <jamnet/toast/send_state.hpp>

namespace jamnet::inline v0::toast {

class receive_state {
public:
  /// A reliable carrier (TCP) loses nothing: there acknowledgements only end the sender's memory.
  static constexpr nanoseconds ack_delay = send_state::ack_delay, reliable_ack_delay{250'000'000},
                               ack_interval = send_state::ack_interval, ask_again{1'000'000},
                               calm_after{10'000'000'000}, group_memory{2'000'000'000};
  static constexpr std::uint64_t frames_per_ack = 8, reliable_events_per_ack = 64;

  explicit receive_state(bool reliable, std::uint64_t first = 0)
      : reliable_{reliable},
        window_{first} {}

  /// The sender's events count from `first`. [one-thread] [rt-safe]
  void restart(std::uint64_t first) noexcept {
    window_.restart(first);
    ack_at_ = host_time::max();
  }
  /// The sender's frames count from 0 again. [one-thread] [rt-safe] O(1)
  void recount() noexcept { frames_came_.recount(); }
  /// A MIDI frame came, and its events were offered to window(). [one-thread] [rt-safe] O(1)
  void came(host_time now) noexcept {
    if (window_.end() != newest_) {
      newest_ = window_.end();
      newest_at_ = now;
    }
    ++frames_;
    if (lost().missed != missed_) {
      missed_ = lost().missed;
      calm_from_ = now + calm_after;
    }
    host_time at = now + (reliable_ ? reliable_ack_delay : ack_delay);
    if (!reliable_ && now >= calm_from_)
      at = now >= acked_at_ + ack_interval * 3 / 4 ? now : acked_at_ + ack_interval;
    if (window_.has_gap()) at = std::max(now, acked_at_ + ask_again);
    if (frames_ >= frames_per_ack && !reliable_) at = now;
    if (reliable_ && window_.next() - acked_ >= reliable_events_per_ack) at = now;
    ack_at_ = std::min(ack_at_, at);
  }
  /// The sender sent to a whole group, which is no sign of life of this link.
  /// [one-thread] [rt-safe] O(1)
  void heard_group(host_time now) noexcept { group_heard_until_ = now + group_memory; }
  [[nodiscard]] bool hears_group(host_time now) const noexcept { return now < group_heard_until_; }
  /// What is missing is asked for now. [one-thread] [rt-safe] O(1)
  void ask(host_time now) noexcept { ack_at_ = std::min(ack_at_, now); }
  /// When acknowledgement() should go at the latest. [one-thread] [rt-safe] O(1)
  [[nodiscard]] host_time due() const noexcept { return ack_at_; }
  /// What to say now of what came. [one-thread] [rt-safe] O(window's span / 64)
  [[nodiscard]] acknowledgement report(host_time now) const noexcept {
    acknowledgement a;
    a.lost = lost();
    a.have_count = window_.have(a.have);
    a.want_count = window_.want(a.want);
    const auto waited = std::max(now - newest_at_, nanoseconds{0});
    a.waited_us = static_cast<std::uint64_t>(waited.count() / 1000);
    return a;
  }
  /// It was said. [one-thread] [rt-safe] O(1)
  void reported(host_time now) noexcept {
    acked_at_ = now;
    acked_ = window_.next();
    ack_at_ = host_time::max();
    frames_ = 0;
  }

  /// A frame came, of whatever kind. [one-thread] [rt-safe] O(1) amortised
  void count(std::uint32_t sequence) noexcept { frames_came_.came(sequence); }
  [[nodiscard]] const loss_report& lost() const noexcept { return frames_came_.report(); }
  /// A frame to a group came, behind the one with which each datagram begins.
  /// [one-thread] [rt-safe] O(1) amortised
  void count_group(std::uint32_t sequence) noexcept {
    group_frames_came_.came(sequence - 1);
    group_frames_came_.came(sequence);
  }
  [[nodiscard]] const loss_report& group_lost() const noexcept {
    return group_frames_came_.report();
  }
  [[nodiscard]] std::uint64_t missing() const noexcept { return frames_came_.missing(); }
  [[nodiscard]] event_window& window() noexcept { return window_; }
  [[nodiscard]] const event_window& window() const noexcept { return window_; }

private:
  bool reliable_;
  event_window window_;
  loss_meter frames_came_, group_frames_came_;
  std::uint64_t newest_ = 0, acked_ = 0, frames_ = 0, missed_ = 0;
  host_time newest_at_{}, acked_at_ = host_time::min(), ack_at_ = host_time::max();
  host_time group_heard_until_ = host_time::min();
  host_time calm_from_ = host_time::min();
};

} // namespace jamnet::inline v0::toast
