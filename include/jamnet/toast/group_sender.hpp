// SPDX-License-Identifier: MIT
//
// What a peer sends to all of a group at once: each new event in one datagram, again in later ones
// in case the first was lost, and again when somebody asks for it.
//
// Nobody acknowledges to a group: who misses something asks. So that the last events are missed
// too, quiet is broken by reports of how far the numbers go, soon at first and then twice a second.
// They also show who hears the group. When nothing was played for 10 s all is silent.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/bit_ring.hpp>
#include <jamnet/time/timeline.hpp>
#include <jamnet/toast/detail/append_line.hpp>
#include <jamnet/toast/event_log.hpp>
#include <jamnet/toast/event_window.hpp>
#include <jamnet/toast/redundancy.hpp>

namespace jamnet::inline v0::toast {

enum class group_use : std::uint8_t {
  off,      ///< events go to each peer by itself
  automatic ///< events go to all at once while enough of them hear that
};

struct group_options {
  group_use use = group_use::automatic;
  std::size_t listeners = 2; ///< so many at least have to hear the group
  /// How often each event goes again unasked: as who misses most needs, within these limits.
  redundancy_limits copies{1, 3};
  nanoseconds pace{1'000'000}; ///< from datagram to datagram, once a burst has left
};

class group_sender {
public:
  static constexpr nanoseconds copy_after{5'000'000}, first_probe{20'000'000},
      last_probe{500'000'000}, streams_for{10'000'000'000}, repeat_after{5'000'000};
  static constexpr std::int64_t burst = 32;                ///< datagrams, unpaced
  static constexpr std::uint64_t reach = 4096;             ///< events that can be repeated
  static constexpr std::uint64_t events_per_request = 256; ///< no more are taken at once
  static constexpr std::size_t largest_event = 900;        ///< a larger one goes alone

  explicit group_sender(const group_options& options = {}) noexcept
      : pace_{options.pace},
        copies_{redundancy{options.copies}.repeats()} {}

  /// Something is played. [one-thread] [rt-safe] O(1)
  void played(host_time now) noexcept {
    if (now >= streams_until_) {
      probe_at_ = now;
      wait_ = first_probe;
    }
    streams_until_ = now + streams_for;
  }
  /// Whether the others should be told at all. [one-thread] [rt-safe] O(1)
  void set_audience(bool there) noexcept { audience_ = there; }
  /// Events from `next` on leave here; until stop(). [one-thread] [allocates] the first time
  void start(std::uint64_t next) {
    active_ = true;
    sent_.resize(reach);
    next_ = next;
    copied_.fill(next);
    wanted_ = {next, next};
  }
  /// How often each event goes again unasked, of those to come. Returns whether that is news.
  /// [one-thread] [rt-safe] O(1)
  bool set_copies(std::size_t copies) noexcept {
    const auto before = std::exchange(copies_, std::min<std::size_t>(copies, redundancy::limit));
    for (auto copy = before; copy < copies_; ++copy)
      copied_[copy] = copy == 0 ? next_ : copied_[copy - 1];
    return copies_ != before;
  }
  void stop() noexcept { active_ = report_due_ = false; }
  [[nodiscard]] bool is_active() const noexcept { return active_; }
  /// The first event that was not sent. [one-thread] [rt-safe] O(1)
  [[nodiscard]] std::uint64_t next() const noexcept { return next_; }
  [[nodiscard]] std::uint64_t repeated() const noexcept { return repeated_; }

  /// Somebody lacks these events: they go again, but none sooner than `repeat_after`, or the round
  /// trip if that is longer, after it went last. Returns how many. [one-thread] [rt-safe] O(1)
  std::uint64_t request(seq_range r, const event_log& log, host_time now,
                        nanoseconds round_trip = {}) noexcept;
  /// The next datagram reports. [one-thread] [rt-safe] O(1)
  void report_now() noexcept { report_due_ = audience_ && active_; }
  [[nodiscard]] bool reports(host_time now) const noexcept {
    return report_due_ || (audience_ && now >= probe_at_ && now < streams_until_);
  }
  void reported(host_time now) noexcept {
    report_due_ = false;
    probe_at_ = now + wait_;
    wait_ = std::min(4 * wait_, last_probe);
  }

  /// When there is something to send; host_time::max() for never. [one-thread] [rt-safe] O(1)
  [[nodiscard]] host_time deadline(const event_log& log) const noexcept;
  /// Writes the events that are due at `now` into `out` and returns their size; 0 when there are
  /// none. New among them are those from first_new() to before next().
  /// [one-thread] [rt-safe] O(events written)
  [[nodiscard]] std::size_t fill(const event_log& log, host_time now,
                                 std::span<std::uint8_t> out) noexcept;
  [[nodiscard]] std::uint64_t first_new() const noexcept { return first_new_; }
  /// A datagram was sent: the next one keeps the pace. [one-thread] [rt-safe] O(1)
  void sent(host_time now) noexcept { paced_ = std::max(paced_, now) + pace_; }

private:
  [[nodiscard]] host_time& sent_at(std::uint64_t seq) noexcept { return sent_[seq % reach]; }
  [[nodiscard]] host_time copy_at(std::size_t copy) const noexcept {
    const std::uint64_t end = copy == 0 ? next_ : copied_[copy - 1];
    return copied_[copy] < end ? sent_[copied_[copy] % reach] + copy_after : host_time::max();
  }
  [[nodiscard]] std::uint64_t oldest(const event_log& log) const noexcept {
    return std::max(log.low(), next_ - std::min(next_, reach));
  }
  void repeat(const event_log& log, host_time now, std::span<std::uint8_t> out,
              std::size_t& used) noexcept;

  nanoseconds pace_;
  std::size_t copies_;
  bool active_ = false, audience_ = false, report_due_ = false;
  std::uint64_t next_ = 0, first_new_ = 0;                // the first that was never sent here
  std::array<std::uint64_t, redundancy::limit> copied_{}; // the first without its n-th copy
  std::vector<host_time> sent_;                           // each of the last `reach`: when, last
  seq_range wanted_;                                      // half open; those asked for lie within …
  bit_ring<reach> is_wanted_;                             // … and are these
  host_time paced_ = host_time::min(); // when all that was sent had left at the pace
  host_time probe_at_ = host_time::max(), streams_until_ = host_time::min();
  nanoseconds wait_ = first_probe;
  std::uint64_t repeated_ = 0;
};

// ------------------------------------------------------------------------------------------------

inline std::uint64_t group_sender::request(seq_range r, const event_log& log, host_time now,
                                           nanoseconds round_trip) noexcept {
  if (!active_) return 0;
  const std::uint64_t first = std::max(r.first, oldest(log));
  if (first >= next_ || r.last < first) return 0;
  const std::uint64_t end = std::min({r.last, next_ - 1, first + events_per_request - 1}) + 1;
  const auto rest = std::max(round_trip, repeat_after);
  std::uint64_t taken = 0;
  for (std::uint64_t seq = first; seq < end; ++seq) {
    if (is_wanted_[seq] || sent_at(seq) > now - rest) continue;
    is_wanted_.set(seq);
    ++taken;
  }
  if (taken == 0) return 0;
  if (wanted_.first == wanted_.last) wanted_ = {first, end};
  wanted_ = {std::min(wanted_.first, first), std::max(wanted_.last, end)};
  return taken;
}

inline host_time group_sender::deadline(const event_log& log) const noexcept {
  host_time at = report_due_ ? host_time::min() : host_time::max();
  if (audience_ && probe_at_ < streams_until_) at = std::min(at, probe_at_);
  if (!active_) return at;
  const bool now = next_ < log.next() || wanted_.first < wanted_.last;
  host_time events = now ? host_time::min() : host_time::max();
  for (std::size_t copy = 0; copy < copies_; ++copy) events = std::min(events, copy_at(copy));
  const host_time allowed =
      paced_ == host_time::min() ? host_time::min() : paced_ - (burst - 1) * pace_;
  return std::min(at, std::max(events, allowed));
}

inline std::size_t group_sender::fill(const event_log& log, host_time now,
                                      std::span<std::uint8_t> out) noexcept {
  if (!active_) return 0;
  std::size_t used = 0;
  next_ = std::max(next_, log.low());
  while (next_ < log.next() && log[next_].size() > largest_event) sent_at(next_++) = now;
  for (first_new_ = next_; next_ < log.next(); ++next_) {
    if (log[next_].size() > largest_event || !detail::append_line(log[next_], out, used)) break;
    sent_at(next_) = now;
    is_wanted_.reset(next_);
    probe_at_ = now + first_probe;
    wait_ = 4 * first_probe;
  }
  repeat(log, now, out, used);
  return used;
}

// What was asked for goes before what might be.
inline void group_sender::repeat(const event_log& log, host_time now, std::span<std::uint8_t> out,
                                 std::size_t& used) noexcept {
  const std::uint64_t low = oldest(log);
  const auto again = [&](std::uint64_t seq) {
    if (log[seq].size() > largest_event) return true;
    if (!detail::append_line(log[seq], out, used)) return false;
    sent_at(seq) = now;
    ++repeated_;
    return true;
  };
  for (wanted_.first = std::max(wanted_.first, low); wanted_.first < wanted_.last;
       ++wanted_.first) {
    if (!is_wanted_[wanted_.first]) continue;
    if (!again(wanted_.first)) break;
    is_wanted_.reset(wanted_.first);
  }
  wanted_.last = std::max(wanted_.last, wanted_.first);
  for (std::size_t copy = copies_; copy-- > 0;) {
    auto& seq = copied_[copy];
    for (seq = std::max(seq, low); copy_at(copy) <= now; ++seq)
      if (!again(seq)) return;
  }
}

} // namespace jamnet::inline v0::toast
