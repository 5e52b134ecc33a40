// SPDX-License-Identifier: MIT
//
// A link's account of the sender's events: which were sent to this peer, which it has, and when
// what it lacks goes again. Chooses the lines of the next MIDI frame from the sender's log, on a
// carrier that loses:
//
//   what the peer asked for, and what was not acknowledged in time, ends of notes before all
//   others; then what is new; then copies that go unasked, as many as the loss calls for.
//
// Each event waits for itself: in a queue of those that were sent as often, in the order in which
// that happened, so that the first of each queue shows when its next is due. Nothing is searched.
// While nothing at all is acknowledged the patience with all doubles, and one datagram at a time
// tries whether the peer is there again.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/untouched_array.hpp>
#include <jamnet/time/timeline.hpp>
#include <jamnet/toast/detail/append_line.hpp>
#include <jamnet/toast/event_log.hpp>
#include <jamnet/toast/event_window.hpp>
#include <jamnet/toast/link_quality.hpp>
#include <jamnet/toast/pacer.hpp>
#include <jamnet/toast/redundancy.hpp>
#include <jamnet/toast/reports.hpp>
#include <jamnet/toast/round_trip.hpp>

namespace jamnet::inline v0::toast {

/// Within which limits it follows the path.
struct send_limits {
  redundancy_limits redundancy{};
  rate_limits rate{};
};

class send_state {
public:
  static constexpr nanoseconds first_resend{5'000'000}, last_resend{320'000'000};
  /// A receiver acknowledges within …, and where nothing is lost so long after the time before.
  static constexpr nanoseconds ack_delay{3'000'000}, ack_interval{20'000'000};
  /// What is due so soon goes with a datagram that leaves anyway; copies from half their time on.
  static constexpr nanoseconds ride_along{1'000'000};

  /// From event `first` on. A reliable carrier (TCP) is sent every event once.
  send_state(std::uint64_t first, bool reliable, const send_limits& limits = {})
      : base_{first},
        next_{first},
        reliable_{reliable},
        redundancy_{limits.redundancy},
        pacer_{limits.rate},
        sent_(reliable ? 0 : event_window::span) {}

  /// What the peer says it has and lacks. [one-thread] [rt-safe] O(n)
  void heard(const acknowledgement& a, host_time now) noexcept;
  /// The peer has these events. [one-thread] [rt-safe] O(n)
  void acknowledge(seq_range r, host_time now) noexcept;
  /// The newest event that the peer has is `seq`, for `waited` now: if no copy went, that shows how
  /// long the way is. To be told before it is acknowledged. [one-thread] [rt-safe] O(1)
  void measure(std::uint64_t seq, nanoseconds waited, host_time now) noexcept;
  /// The peer lacks these events and asks for them. [one-thread] [rt-safe] O(n)
  void request(seq_range r, host_time now) noexcept;
  /// The peer counted our frames, of which a datagram holds `per_datagram`.
  /// [one-thread] [rt-safe] O(1)
  void counted(const loss_report& r, double per_datagram, host_time now) noexcept {
    if (redundancy_.heard(r, per_datagram, now, !pacer_.is_crowded(now))) pacer_.congested(now);
  }
  /// Whether new events leave by another way, to all at once: then carried() says which. What left
  /// so before stays there for `patience` at most. [one-thread] [rt-safe] O(1)
  void leave_new(bool to_all, nanoseconds patience) noexcept {
    new_leave_elsewhere_ = to_all;
    patience_with_all_ = patience;
  }
  /// Events from `first` to before `end` left by that way; if not acknowledged in time they go this
  /// one too. False if older ones have yet to leave, or too many have. [one-thread] [rt-safe] O(n)
  bool carried(const event_log& log, std::uint64_t first, std::uint64_t end,
               host_time now) noexcept;
  /// Whether all goes by a stream: then that is what fill() writes for, each event that the peer is
  /// not known to have once and in order. Where a stream breaks and another is there, it is to be
  /// told so again. [one-thread] [rt-safe] O(1)
  void go_by_stream(bool all, host_time now) noexcept {
    by_stream_ = all;
    stream_next_ = base_;
    progress_at_ = now;
    setbacks_ = 0;
    tries_at_ = host_time::min();
  }
  /// Since when nothing is acknowledged of what waits for that; host_time::max() if nothing does.
  /// [one-thread] [rt-safe] O(1)
  [[nodiscard]] host_time waits_since() const noexcept {
    if (under_way_ == 0) return host_time::max();
    return progress_at_ + (new_leave_elsewhere_ ? patience_with_all_ : nanoseconds{0});
  }
  /// Sends what is left without regard for others: the link ends. [one-thread] [rt-safe] O(1)
  void hurry() noexcept { hurried_ = true; }

  /// What the peer is not known to have goes again now: the way it took is gone.
  /// [one-thread] [rt-safe] O(n)
  void send_again(host_time now) noexcept {
    if (next_ > base_) ask_for({base_, next_ - 1}, now);
    setbacks_ = 0;
    tries_at_ = host_time::min();
  }

  /// The peer goes on over a new stream and expects `next`: it has what lies below, and what it was
  /// sent from there on was lost. Expects a reliable carrier. [one-thread] [rt-safe] O(1)
  void resume(std::uint64_t next, host_time now) noexcept {
    if (next > base_) acknowledge({base_, next - 1}, now);
    next_ = std::max(base_, std::min(next, next_));
    under_way_ = next_ - base_;
  }

  /// When fill() next has something to give; host_time::max() for never.
  /// [one-thread] [rt-safe] O(1)
  [[nodiscard]] host_time deadline(const event_log& log) const noexcept;
  /// Writes the lines that are due at `now` into `out` and returns their size; 0 when there are
  /// none. [one-thread] [rt-safe] O(lines written)
  [[nodiscard]] std::size_t fill(const event_log& log, host_time now,
                                 std::span<std::uint8_t> out) noexcept;

  /// Whether no event waits to be sent for the first time that the peer can take.
  /// [one-thread] [rt-safe] O(1)
  [[nodiscard]] bool all_sent(const event_log& log) const noexcept {
    return by_stream_ ? !may_stream(log) : next_ >= log.next() || !may_send_next(log);
  }
  /// The first event that was never sent. [one-thread] [rt-safe] O(1)
  [[nodiscard]] std::uint64_t next() const noexcept { return next_; }
  /// The lowest event that may still be sent: the peer has what lies below, or will never get it.
  /// [one-thread] [rt-safe] O(1)
  [[nodiscard]] std::uint64_t low(const event_log& log) const noexcept {
    return std::max(base_, log.low());
  }
  /// Whether events were forgotten that the peer lacks. [one-thread] [rt-safe] O(1)
  [[nodiscard]] bool forgets(const event_log& log) const noexcept { return base_ < log.low(); }
  /// Events of the log the peer may lack, sent or not. [one-thread] [rt-safe] O(1)
  [[nodiscard]] std::uint64_t backlog(const event_log& log) const noexcept {
    return log.next() - low(log);
  }
  /// Events the peer is not known to have, of those sent. [one-thread] [rt-safe] O(1)
  [[nodiscard]] std::uint64_t unacknowledged() const noexcept { return under_way_; }
  /// How many lines were sent again. [one-thread] [rt-safe] O(1)
  [[nodiscard]] std::uint64_t repeated() const noexcept { return repeated_; }
  /// How long an event waits for its acknowledgement before it goes again.
  /// [one-thread] [rt-safe] O(1)
  [[nodiscard]] nanoseconds patience() const noexcept {
    const auto least = std::max(first_resend, round_trip_.longest() + ack_delay);
    return std::min(least * (std::int64_t{1} << setbacks_), std::max(least, last_resend));
  }
  /// What it knows of the path, and does about it. [one-thread] [rt-safe] O(1)
  [[nodiscard]] link_quality quality() const noexcept {
    return {redundancy_.loss(),      redundancy_.burst(),   round_trip_.smoothed(),
            round_trip_.variation(), redundancy_.repeats(), patience(),
            pacer_.window(),         pacer_.rate(),         under_way_};
  }
  [[nodiscard]] const toast::round_trip& round_trip() const noexcept { return round_trip_; }
  [[nodiscard]] const toast::redundancy& redundancy() const noexcept { return redundancy_; }
  [[nodiscard]] const toast::pacer& pacer() const noexcept { return pacer_; }

private:
  static constexpr std::uint16_t nobody = 0xffff;

  struct event {
    host_time at{};                                 // when it was sent last
    std::uint32_t size = 0;                         // with its line's end
    std::uint16_t before = nobody, behind = nobody; // in its queue
    std::uint8_t queue = 0;
    std::uint8_t times = 0; // it was sent
    bool urgent = false, has = false;
  };
  struct queue {
    std::uint16_t first = nobody, last = nobody;
  };
  // Copies that go unasked, by number; those that wait to be acknowledged; that were asked for;
  // that left by another way, and not by this. The urgent have queues of their own, behind these.
  enum kind : std::uint8_t { copy_1, copy_2, copy_3, waiting, asked, elsewhere, kinds };
  static_assert(copy_3 + 1 == toast::redundancy::limit);

  [[nodiscard]] event& at(std::uint64_t seq) noexcept { return sent_[seq % event_window::span]; }
  [[nodiscard]] std::uint64_t number(std::uint16_t index) const noexcept {
    return base_ + (index - base_) % event_window::span;
  }
  void enqueue(std::uint64_t seq, kind k) noexcept;
  void dequeue(event& e) noexcept;
  bool ask_for(seq_range r, host_time sent_by) noexcept; // what went no later, if any of it did
  [[nodiscard]] host_time due(kind k, const event& e) const noexcept;
  [[nodiscard]] bool may_send_next(const event_log& log) const noexcept;
  [[nodiscard]] bool is_within_window(const event_log& log) const noexcept {
    return next_ - base_ < event_window::span &&
           bytes_kept_ + log[next_].size() + 1 <= event_window::byte_span;
  }
  // What was sent another way before goes by the stream in any case, new events as far as the peer
  // takes them.
  [[nodiscard]] bool may_stream(const event_log& log) const noexcept {
    const auto n = std::max(stream_next_, base_);
    return n < next_ || (n < log.next() && is_within_window(log));
  }
  [[nodiscard]] std::size_t fill_stream(const event_log& log, host_time now,
                                        std::span<std::uint8_t> out) noexcept;
  void send_next(const event_log& log, host_time now, kind k) noexcept;
  void repeat(kind k, bool urgent, const event_log& log, host_time now, host_time until,
              std::span<std::uint8_t> out, std::size_t& used) noexcept;
  void take_over(event& e) noexcept;
  void leaves_elsewhere(std::uint64_t seq, host_time now) noexcept;
  void set_back(host_time now) noexcept;
  void done(event& e) noexcept;
  void advance() noexcept;
  void forget_below(std::uint64_t low) noexcept;

  std::uint64_t base_;            // all below are acknowledged or forgotten
  std::uint64_t next_;            // the first that was never sent
  std::uint64_t stream_next_ = 0; // the first that was not written to the stream
  bool reliable_, hurried_ = false, new_leave_elsewhere_ = false, by_stream_ = false;
  nanoseconds patience_with_all_{};
  toast::redundancy redundancy_;
  toast::round_trip round_trip_;
  toast::pacer pacer_;
  untouched_array<event> sent_; // base_ … next_ - 1
  std::array<queue, 2 * kinds> queues_{};
  std::uint64_t under_way_ = 0;     // events not acknowledged …
  std::size_t bytes_under_way_ = 0; // … and what they weigh
  std::size_t bytes_kept_ = 0;      // of base_ … next_ - 1
  host_time progress_at_{}, heard_at_ = host_time::min(), tries_at_ = host_time::min();
  unsigned setbacks_ = 0; // how often in a row patience ended in vain
  std::uint64_t repeated_ = 0;
};

} // namespace jamnet::inline v0::toast

// How that is done.
#include <jamnet/toast/detail/send_state.hpp>
