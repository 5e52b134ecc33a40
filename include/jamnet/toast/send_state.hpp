// SPDX-License-Identifier: MIT
//
// A link's account of the sender's events: which were sent to this peer, which it has, and when
// what it lacks goes again. Chooses the lines of the next MIDI frame from the sender's log:
//
//   new events first; behind them, on a carrier that loses, as many unacknowledged ones as fit,
//   note-offs before all others, then oldest first. While nothing new is played the
//   unacknowledged go again after 5, 10, 20 … 320 ms; any progress starts that over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/bit_ring.hpp>
#include <jamnet/time/timeline.hpp>
#include <jamnet/toast/event_log.hpp>
#include <jamnet/toast/event_window.hpp>

namespace jamnet::inline v0::toast {

class send_state {
public:
  static constexpr nanoseconds first_resend{5'000'000}, last_resend{320'000'000};

  /// From event `first` on. A reliable carrier (TCP) is sent every event once.
  send_state(std::uint64_t first, bool reliable) noexcept
      : base_{first},
        next_{first},
        reliable_{reliable} {}

  /// The peer has these events. [one-thread] [rt-safe] O(n)
  void acknowledge(seq_range r, host_time now) noexcept {
    bool progress = false;
    for (auto seq = std::max(r.first, base_); seq <= r.last && seq < next_; ++seq) {
      progress = progress || !has_[seq];
      has_.set(seq);
    }
    advance();
    if (progress) restart(now);
  }
  /// The peer lacks these events and asks for them. [one-thread] [rt-safe] O(1)
  void request(seq_range r, host_time now) noexcept {
    if (!reliable_ && r.first < next_ && r.last >= base_) resend_at_ = now;
  }

  /// The peer goes on over a new stream and expects `next`: it has what lies below, and what it was
  /// sent from there on was lost. [one-thread] [rt-safe] O(n)
  void resume(std::uint64_t next, host_time now) noexcept {
    if (next > base_) acknowledge({base_, next - 1}, now);
    for (auto seq = std::max(base_, next); seq < next_; ++seq) has_.reset(seq);
    next_ = std::max(base_, std::min(next, next_));
  }

  /// When fill() next has something to give; host_time::max() for never.
  /// [one-thread] [rt-safe] O(1)
  [[nodiscard]] host_time deadline(const event_log& log) const noexcept {
    if (next_ < log.next()) return host_time::min();
    return !reliable_ && base_ < next_ ? resend_at_ : host_time::max();
  }
  /// Writes the lines that are due at `now` into `out` and returns their size; 0 when there are
  /// none. [one-thread] [rt-safe] O(log's capacity)
  [[nodiscard]] std::size_t fill(const event_log& log, host_time now,
                                 std::span<std::uint8_t> out) noexcept {
    forget_below(log.low());
    const bool due = !reliable_ && base_ < next_ && now >= resend_at_;
    std::size_t used = 0;
    const std::uint64_t sent_before = next_;
    while (next_ < log.next() && append(log[next_], out, used)) ++next_;
    const bool fresh = next_ != sent_before;
    if (!fresh && !due) return 0;

    if (!reliable_)
      for (const bool urgent : {true, false})
        for (auto seq = base_; seq < sent_before; ++seq)
          if (!has_[seq] && log.is_urgent(seq) == urgent)
            repeated_ += append(log[seq], out, used) ? 1u : 0u;
    if (fresh)
      restart(now);
    else {
      resend_at_ = now + interval_;
      interval_ = std::min(2 * interval_, last_resend);
    }
    return used;
  }

  /// Whether every event of the log was sent at least once. [one-thread] [rt-safe] O(1)
  [[nodiscard]] bool all_sent(const event_log& log) const noexcept { return next_ >= log.next(); }
  /// The lowest event that may still be sent: the peer has what lies below, or will never get it.
  /// [one-thread] [rt-safe] O(1)
  [[nodiscard]] std::uint64_t low(const event_log& log) const noexcept {
    return std::max(base_, log.low());
  }
  /// Events the peer is not known to have, of those sent. [one-thread] [rt-safe] O(n)
  [[nodiscard]] std::uint64_t unacknowledged() const noexcept {
    std::uint64_t count = 0;
    for (auto seq = base_; seq < next_; ++seq) count += has_[seq] ? 0u : 1u;
    return count;
  }
  /// How many lines were sent again. [one-thread] [rt-safe] O(1)
  [[nodiscard]] std::uint64_t repeated() const noexcept { return repeated_; }

private:
  static bool append(bytes_view line, std::span<std::uint8_t> out, std::size_t& used) noexcept {
    if (out.size() - used < line.size() + 1) return false;
    if (!line.empty()) std::memcpy(out.data() + used, line.data(), line.size());
    out[used + line.size()] = '\n';
    used += line.size() + 1;
    return true;
  }
  void restart(host_time now) noexcept {
    interval_ = first_resend;
    resend_at_ = now + interval_;
    interval_ *= 2;
  }
  void advance() noexcept {
    for (; base_ < next_ && has_[base_]; ++base_) has_.reset(base_);
  }
  void forget_below(std::uint64_t low) noexcept {
    next_ = std::max(next_, low);
    for (; base_ < low; ++base_) has_.reset(base_);
    advance();
  }

  std::uint64_t base_;                // all below are acknowledged or forgotten
  std::uint64_t next_;                // the first that was never sent
  bit_ring<event_log::capacity> has_; // of base_ … next_ - 1: acknowledged
  host_time resend_at_ = host_time::max();
  nanoseconds interval_ = first_resend;
  std::uint64_t repeated_ = 0;
  bool reliable_;
};

} // namespace jamnet::inline v0::toast
