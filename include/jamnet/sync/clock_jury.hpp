// SPDX-License-Identifier: MIT
//
// Whether the peer that we take our time from is to be believed: two witnesses, and a vote.
//
// No packet arrives before it was sent. So every answer proves limits for its sender's session
// time, on any path, and two whose limits do not meet cannot both be right. A source that
// contradicts what we knew is not followed at once: the witnesses, who are asked every few seconds
// anyway, are asked now, and the majority decides. The source has a vote for itself, and we have
// one, for what we knew. In a tie the source is right: our own clock may be the one that stepped.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/strong_id.hpp>
#include <jamnet/sync/clock_exchange.hpp>
#include <jamnet/time/clock_map.hpp>

namespace jamnet::inline v0 {

/// How far somebody's session time can be ahead of ours.
struct clock_testimony {
  nanoseconds low{}, high{};

  /// What an answer proves, compared with our own map; the answerer errs by at most `bound`.
  /// [any-thread] [rt-safe] O(1)
  [[nodiscard]] static constexpr clock_testimony
  of(const clock_exchange& answer, nanoseconds bound,
     const clock_map<host_timeline, session_timeline>& ours) noexcept {
    return {detail::wrapping_sum(detail::wrapping_difference(answer.t3, ours(answer.t4)), -bound),
            detail::wrapping_sum(detail::wrapping_difference(answer.t2, ours(answer.t1)), bound)};
  }
  /// Whether both can be right. [any-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr bool meets(const clock_testimony& other) const noexcept {
    return low <= other.high && other.low <= high;
  }
};

struct jury_options {
  nanoseconds interval{5'000'000'000};      ///< from question to question, to each witness …
  nanoseconds trial_interval{200'000'000};  ///< … and while a verdict is awaited …
  nanoseconds longest_trial{1'000'000'000}; ///< … which comes then, whoever has not answered
  nanoseconds tolerance{200'000};           ///< contradictions below are none
};

class clock_jury {
public:
  static constexpr std::size_t seats = 2;

  enum class verdict : std::uint8_t {
    believed,  ///< there is no contradiction
    adjourned, ///< there is: do not follow the source for the time being
    acquitted, ///< the source is right, and what we knew is wrong
    outvoted   ///< the source is wrong
  };

  explicit constexpr clock_jury(const jury_options& options = {}) noexcept : options_{options} {}

  /// Seats up to two witnesses; what those say who sit already is kept. [one-thread] [rt-safe] O(1)
  constexpr void seat(std::span<const peer_id> witnesses, host_time now) noexcept;
  /// How many there are. [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }

  /// Whether `peer` should be asked the time now; true until asked(). [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr bool asks(peer_id peer) const noexcept {
    return std::any_of(begin(), end(), [&](const witness& w) { return w.due && w.peer == peer; });
  }
  /// It was, with the stamp `t1`. [one-thread] [rt-safe] O(1)
  constexpr void asked(peer_id peer, host_time t1) noexcept;
  /// When poll() has something to do. [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr host_time deadline() const noexcept;
  /// Finds out who is to be asked. [one-thread] [rt-safe] O(1)
  constexpr void poll(host_time now) noexcept;

  /// A witness answered. `own` is what we know: how far we may be off. False when it was not asked.
  /// [one-thread] [rt-safe] O(1)
  constexpr bool answered(peer_id from, const clock_exchange& answer, nanoseconds bound,
                          const clock_map<host_timeline, session_timeline>& ours,
                          const clock_testimony& own) noexcept;
  /// The source spoke: is it to be followed? [one-thread] [rt-safe] O(1)
  constexpr verdict hear(const clock_testimony& source, const clock_testimony& own,
                         host_time now) noexcept;
  /// The verdict that was adjourned, once it can be given. [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr verdict conclude(host_time now) noexcept;

  /// A witness that contradicts us and the other one, twice in a row; each once.
  /// [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr peer_id take_suspect() noexcept;
  /// Both witnesses contradict us, twice in a row, and agree with each other: one of them, to be
  /// followed instead; 0 otherwise. [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr peer_id better_source() const noexcept;

private:
  struct witness {
    peer_id peer;
    host_time ask_at{};
    host_time asked{host_time::min()}; // the stamp of the question that awaits its answer
    bool due = false, reported = false;
    int contradictions = 0; // in a row
    int vote = 0;           // in the trial: 1 for the source, −1 against it
    bool heard = false;     // … was there an answer
    clock_testimony said{};
  };
  static constexpr int enough = 2;

  constexpr witness* begin() noexcept { return witnesses_.data(); }
  constexpr witness* end() noexcept { return witnesses_.data() + size_; }
  constexpr const witness* begin() const noexcept { return witnesses_.data(); }
  constexpr const witness* end() const noexcept { return witnesses_.data() + size_; }

  jury_options options_;
  std::array<witness, seats> witnesses_{};
  std::size_t size_ = 0;
  bool trial_ = false;
  host_time trial_since_{};
  clock_testimony accused_{};
};

constexpr void clock_jury::seat(std::span<const peer_id> witnesses, host_time now) noexcept {
  const auto before = witnesses_;
  const std::size_t size_before = size_;
  size_ = std::min(witnesses.size(), seats);
  for (std::size_t i = 0; i < size_; ++i) {
    witnesses_[i] = {.peer = witnesses[i],
                     .ask_at = now + options_.interval * static_cast<int>(i + 1) / seats};
    for (std::size_t k = 0; k < size_before; ++k)
      if (before[k].peer == witnesses[i]) witnesses_[i] = before[k];
  }
}

constexpr void clock_jury::asked(peer_id peer, host_time t1) noexcept {
  for (witness& w : *this) {
    if (w.peer != peer) continue;
    w.due = false;
    w.asked = t1;
    w.ask_at = t1 + (trial_ ? options_.trial_interval : options_.interval);
  }
}

constexpr host_time clock_jury::deadline() const noexcept {
  host_time at = trial_ ? trial_since_ + options_.longest_trial : host_time::max();
  for (const witness& w : *this)
    if (!w.due) at = std::min(at, w.ask_at);
  return at;
}

constexpr void clock_jury::poll(host_time now) noexcept {
  for (witness& w : *this) w.due = w.due || now >= w.ask_at;
}

constexpr bool clock_jury::answered(peer_id from, const clock_exchange& answer, nanoseconds bound,
                                    const clock_map<host_timeline, session_timeline>& ours,
                                    const clock_testimony& own) noexcept {
  for (witness& w : *this) {
    if (w.peer != from || w.asked != answer.t1 || !answer.possible()) continue;
    w.asked = host_time::min();
    w.said = clock_testimony::of(answer, 2 * bound + options_.tolerance, ours);
    const bool agrees = w.said.meets(own);
    w.contradictions = agrees ? 0 : w.contradictions + 1;
    w.reported = w.reported && !agrees;
    w.heard = trial_;
    if (trial_) w.vote = (w.said.meets(accused_) ? 1 : 0) - (agrees ? 1 : 0);
    return true;
  }
  return false;
}

constexpr clock_jury::verdict clock_jury::hear(const clock_testimony& source,
                                               const clock_testimony& own, host_time now) noexcept {
  if (source.meets(own)) {
    trial_ = false;
    return verdict::believed;
  }
  if (size_ == 0) return verdict::acquitted;
  accused_ = source;
  if (!trial_) {
    trial_ = true;
    trial_since_ = now;
    for (witness& w : *this) {
      w.ask_at = now;
      w.vote = 0;
      w.heard = false;
    }
    poll(now);
  }
  return conclude(now);
}

constexpr clock_jury::verdict clock_jury::conclude(host_time now) noexcept {
  if (!trial_) return verdict::believed;
  const bool all_heard = std::all_of(begin(), end(), [](const witness& w) { return w.heard; });
  if (!all_heard && now - trial_since_ < options_.longest_trial) return verdict::adjourned;
  int balance = 0; // the source speaks for itself, and what we knew against it
  for (const witness& w : *this) balance += w.vote;
  trial_ = false;
  return balance < 0 ? verdict::outvoted : verdict::acquitted;
}

constexpr peer_id clock_jury::take_suspect() noexcept {
  for (witness& w : *this) {
    const bool alone = std::none_of(
        begin(), end(), [&](const witness& o) { return &o != &w && o.contradictions > 0; });
    if (w.contradictions < enough || w.reported || !alone) continue;
    w.reported = true;
    return w.peer;
  }
  return {};
}

constexpr peer_id clock_jury::better_source() const noexcept {
  const auto contradicts = [](const witness& w) { return w.contradictions >= enough; };
  const bool both = size_ == seats && std::all_of(begin(), end(), contradicts);
  return both && begin()[0].said.meets(begin()[1].said) ? begin()[0].peer : peer_id{};
}

} // namespace jamnet::inline v0
