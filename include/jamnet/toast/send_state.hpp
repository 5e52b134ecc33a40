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
  /// Sends what is left without regard for others: the link ends. [one-thread] [rt-safe] O(1)
  void hurry() noexcept { hurried_ = true; }

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
    return next_ >= log.next() || !may_send_next(log);
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
  [[nodiscard]] host_time due(kind k, const event& e) const noexcept;
  [[nodiscard]] bool may_send_next(const event_log& log) const noexcept;
  [[nodiscard]] bool is_within_window(const event_log& log) const noexcept {
    return next_ - base_ < event_window::span &&
           bytes_kept_ + log[next_].size() + 1 <= event_window::byte_span;
  }
  void send_next(const event_log& log, host_time now, kind k) noexcept;
  void repeat(kind k, bool urgent, const event_log& log, host_time now, host_time until,
              std::span<std::uint8_t> out, std::size_t& used) noexcept;
  void take_over(event& e) noexcept;
  void set_back(host_time now) noexcept;
  void done(event& e) noexcept;
  void advance() noexcept;
  void forget_below(std::uint64_t low) noexcept;

  std::uint64_t base_; // all below are acknowledged or forgotten
  std::uint64_t next_; // the first that was never sent
  bool reliable_, hurried_ = false, new_leave_elsewhere_ = false;
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

inline void send_state::enqueue(std::uint64_t seq, kind k) noexcept {
  event& e = at(seq);
  e.queue = static_cast<std::uint8_t>(k + (e.urgent ? kinds : 0));
  queue& q = queues_[e.queue];
  const auto index = static_cast<std::uint16_t>(seq % event_window::span);
  e.before = q.last;
  e.behind = nobody;
  (q.last != nobody ? sent_[q.last].behind : q.first) = index;
  q.last = index;
}

inline void send_state::dequeue(event& e) noexcept {
  queue& q = queues_[e.queue];
  (e.before != nobody ? sent_[e.before].behind : q.first) = e.behind;
  (e.behind != nobody ? sent_[e.behind].before : q.last) = e.before;
}

inline host_time send_state::due(kind k, const event& e) const noexcept {
  if (k == asked) return host_time::min();
  if (k == waiting) {
    const auto jitter = round_trip_.longest() - round_trip_.smoothed();
    return std::max({e.at + patience(), tries_at_, heard_at_ + ack_interval + jitter});
  }
  if (k == elsewhere) return e.at + patience_with_all_;
  return e.at + redundancy_.after(k + 1u);
}

inline void send_state::done(event& e) noexcept {
  e.has = true;
  --under_way_;
  if (e.queue % kinds != elsewhere) bytes_under_way_ -= e.size;
  dequeue(e);
}

// From its queue into one of those that go by this way.
inline void send_state::take_over(event& e) noexcept {
  if (e.queue % kinds == elsewhere) bytes_under_way_ += e.size;
  dequeue(e);
}

inline void send_state::advance() noexcept {
  for (; base_ < next_ && at(base_).has; ++base_) bytes_kept_ -= at(base_).size;
}

inline void send_state::forget_below(std::uint64_t low) noexcept {
  if (base_ >= low) return;
  if (!reliable_) {
    for (auto seq = base_; seq < std::min(low, next_); ++seq)
      if (!at(seq).has) done(at(seq));
    advance();
  }
  next_ = std::max(next_, low);
  base_ = std::max(base_, low);
}

// The newest that the peer has shows the way's length, if all that it has could be said.
inline void send_state::heard(const acknowledgement& a, host_time now) noexcept {
  constexpr std::uint64_t never = 10'000'000; // us
  const nanoseconds waited{static_cast<std::int64_t>(std::min(a.waited_us, never)) * 1000};
  if (a.have_count > 0 && a.have_count < a.have.size())
    measure(a.have[a.have_count - 1].last, waited, now);
  for (std::size_t i = 0; i < a.have_count; ++i) acknowledge(a.have[i], now);
  for (std::size_t i = 0; i < a.want_count; ++i) request(a.want[i], now);
}

inline void send_state::measure(std::uint64_t seq, nanoseconds waited, host_time now) noexcept {
  if (reliable_ || seq < base_ || seq >= next_ || at(seq).has || at(seq).times > 1) return;
  const auto sample = now - at(seq).at - waited;
  round_trip_.measured(sample, now);
  pacer_.measured(sample, round_trip_.smoothed(), round_trip_.least(), now);
}

inline void send_state::acknowledge(seq_range r, host_time now) noexcept {
  if (r.last < base_ || r.first >= next_) return;
  const auto end = std::min(r.last + 1, next_);
  if (reliable_) { // they come in order
    if (r.first <= base_) base_ = end;
    under_way_ = next_ - base_;
    return;
  }
  const std::size_t before = bytes_under_way_;
  const std::uint64_t events_before = under_way_;
  for (auto seq = std::max(r.first, base_); seq < end; ++seq)
    if (!at(seq).has) done(at(seq));
  if (under_way_ == events_before) return;
  advance();
  const std::size_t bytes = before - bytes_under_way_;
  if (bytes > 0) pacer_.acknowledged(bytes, before + datagram_limit > pacer_.window());
  progress_at_ = heard_at_ = now;
  tries_at_ = host_time::min();
  setbacks_ = 0;
}

// What left less than a round trip ago may have come after the peer asked.
inline void send_state::request(seq_range r, host_time now) noexcept {
  if (reliable_ || r.last < base_) return;
  const auto again = std::max(round_trip_.least(), toast::round_trip::precision);
  bool lacks = false;
  for (auto seq = std::max(r.first, base_); seq < std::min(r.last + 1, next_); ++seq) {
    event& e = at(seq);
    if (e.has || e.queue % kinds == asked || now - e.at < again) continue;
    take_over(e);
    enqueue(seq, asked);
    lacks = true;
  }
  if (lacks && !pacer_.is_crowded(now)) redundancy_.asked(now);
}

// Never more than the peer's window takes, nor than the path.
inline bool send_state::may_send_next(const event_log& log) const noexcept {
  if (next_ >= log.next() || new_leave_elsewhere_) return false;
  if (reliable_ || next_ < log.low()) return true;
  if (!is_within_window(log)) return false;
  const std::size_t size = log[next_].size() + 1;
  return hurried_ || under_way_ == 0 || bytes_under_way_ + size <= pacer_.window();
}

inline host_time send_state::deadline(const event_log& log) const noexcept {
  if (reliable_) return next_ < log.next() ? host_time::min() : host_time::max();
  host_time at = host_time::max();
  if (forgets(log) || may_send_next(log))
    at = host_time::min();
  else
    for (std::size_t q = 0; q < queues_.size(); ++q)
      if (queues_[q].first != nobody)
        at = std::min(at, due(static_cast<kind>(q % kinds), sent_[queues_[q].first]));
  return at == host_time::max() || hurried_ ? at : std::max(at, pacer_.next());
}

inline void send_state::send_next(const event_log& log, host_time now, kind k) noexcept {
  if (under_way_ == 0) progress_at_ = now;
  const auto size = static_cast<std::uint32_t>(log[next_].size() + 1);
  const std::uint8_t times = k == elsewhere ? 2 : 1; // that way shows nothing of this one's length
  at(next_) = {.at = now, .size = size, .times = times, .urgent = log.is_urgent(next_)};
  ++under_way_;
  bytes_under_way_ += k == elsewhere ? 0 : size;
  bytes_kept_ += size;
  enqueue(next_++, k);
}

inline bool send_state::carried(const event_log& log, std::uint64_t first, std::uint64_t end,
                                host_time now) noexcept {
  if (reliable_ || next_ < first) return false;
  while (next_ < end && is_within_window(log)) send_next(log, now, elsewhere);
  return next_ >= end;
}

inline void send_state::repeat(kind k, bool urgent, const event_log& log, host_time now,
                               host_time until, std::span<std::uint8_t> out,
                               std::size_t& used) noexcept {
  const queue& q = queues_[static_cast<std::size_t>(k + (urgent ? kinds : 0))];
  while (q.first != nobody && due(k, sent_[q.first]) <= until) {
    const std::uint64_t seq = number(q.first);
    if (!detail::append_line(log[seq], out, used)) return;
    event& e = at(seq);
    take_over(e);
    e.at = now;
    e.times = 2;
    const bool again = k < copy_3 && k + 1u < redundancy_.repeats();
    enqueue(seq, again ? static_cast<kind>(k + 1) : waiting);
    ++repeated_;
  }
}

inline std::size_t send_state::fill(const event_log& log, host_time now,
                                    std::span<std::uint8_t> out) noexcept {
  forget_below(log.low());
  std::size_t used = 0;
  if (reliable_) {
    while (next_ < log.next() && detail::append_line(log[next_], out, used)) ++next_;
    under_way_ = next_ - base_;
    return used;
  }
  if (now < pacer_.next() && !hurried_) return 0;
  const host_time until = may_send_next(log) ? now + ride_along : now;
  const bool in_vain = now - progress_at_ >= patience() && tries_at_ <= now;
  std::size_t tries = 0;
  for (const bool urgent : {true, false}) {
    repeat(asked, urgent, log, now, until, out, used);
    repeat(elsewhere, urgent, log, now, until, out, used);
    tries -= used;
    repeat(waiting, urgent, log, now, until, out, used);
    tries += used;
  }
  if (tries > 0 && in_vain) set_back(now);
  const bool stuck = next_ < log.next() && !new_leave_elsewhere_ && !may_send_next(log);
  if (stuck || log.next() - next_ > toast::pacer::crowd) pacer_.crowded(now);
  const bool copies = redundancy_.repeats() > 0 && !pacer_.is_crowded(now);
  while (may_send_next(log) && detail::append_line(log[next_], out, used))
    send_next(log, now, copies ? copy_1 : waiting);
  const host_time half = used > 0 ? now + toast::redundancy::interval / 2 : now;
  for (const bool urgent : {true, false})
    for (const kind k : {copy_3, copy_2, copy_1}) repeat(k, urgent, log, now, half, out, used);
  if (used > 0) pacer_.sent(used + frame_overhead, now);
  return used;
}

// Nothing is heard: this datagram asks, and the next only when it had time to be answered.
inline void send_state::set_back(host_time now) noexcept {
  setbacks_ = std::min(setbacks_ + 1, 10u);
  tries_at_ = now + patience();
  if (setbacks_ > 1) pacer_.stalled();
}

} // namespace jamnet::inline v0::toast
