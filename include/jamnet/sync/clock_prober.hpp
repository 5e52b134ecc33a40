// SPDX-License-Identifier: MIT
//
// When to ask another peer for the time: a schedule of question trains, without the questions.
//
// It sends nothing. poll() says that a question should leave now, the caller sends it and reports
// the stamp, later the answer, and take() yields one exchange per train for the clock_estimator.
// Trains leave twenty a second for two seconds, then five a second, or as slowly as a crowded room
// must, with dither so that peers do not fall into step. After a train that nobody answered the
// next one waits longer, so that a far peer is measured too, only less often.
#pragma once

#include <cstdint>
#include <optional>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/random.hpp>
#include <jamnet/sync/clock_exchange.hpp>

namespace jamnet::inline v0 {

/// Both intervals are from 10 ms to 1 s, 100 to 1 trains a second; what is beyond counts as the
/// nearest of these. A train takes three round trips, and the next one leaves when it has ended.
struct probe_options {
  static constexpr nanoseconds least_interval{10'000'000}, greatest_interval{1'000'000'000};

  nanoseconds burst{2'000'000'000};        ///< how long the quick start lasts
  nanoseconds burst_interval{50'000'000};  ///< from train to train at the start
  nanoseconds interval{200'000'000};       ///< … and after it; 100 ms suits Wi-Fi
  nanoseconds noisy_interval{110'000'000}; ///< … where answers scatter: 5 KB/s, both ways
  double dither = 0.1;                     ///< intervals vary by this part of themselves
  int pings = 3;                           ///< questions in a train
  nanoseconds timeout{60'000'000};         ///< the least wait for an answer …
  nanoseconds longest_timeout{
      1'000'000'000}; ///< … and the most; doubles with each unanswered train
};

class clock_prober {
public:
  struct counts {
    std::uint64_t asked = 0;     ///< questions sent
    std::uint64_t timed_out = 0; ///< … of these not answered in time
    std::uint64_t unknown = 0;   ///< answers to no pending question: late, repeated or forged
    std::uint64_t refused = 0;   ///< answers whose stamps contradict each other
  };

  /// The first train leaves at `start`. [one-thread] [rt-safe] O(1)
  constexpr clock_prober(const probe_options& options, host_time start, std::uint64_t seed) noexcept
      : options_{options},
        random_{seed} {
    for (auto* interval : {&options_.burst_interval, &options_.interval})
      *interval = std::clamp(*interval, options.least_interval, options.greatest_interval);
    restart(start);
  }

  /// Begins with the quick start again, for another peer: whatever is pending is forgotten, and
  /// its answer will be unknown. [one-thread] [rt-safe] O(1)
  constexpr void restart(host_time now) noexcept;

  /// The quick start again, because something changed: a path, a step, a drift. What is pending
  /// stays so. Does not prolong a quick start that still lasts. [one-thread] [rt-safe] O(1)
  constexpr void quicken(host_time now) noexcept;

  /// Whether answers scatter so much that more of them are worth their bytes.
  /// [one-thread] [rt-safe] O(1)
  constexpr void noisy(bool path_is_noisy) noexcept { noisy_ = path_is_noisy; }

  /// The session grew: from now on trains leave no more often than this, which may be more than
  /// the options allow and holds for the quick start, too; 0: as the options say. Only the first
  /// train after a restart() leaves at once. [one-thread] [rt-safe] O(1)
  constexpr void least_interval(nanoseconds interval) noexcept;

  /// When poll() next has something to do. [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr host_time deadline() const noexcept {
    return pending_ ? *pending_ + patience_ : send_at_;
  }

  /// Gives up a question whose time is over; true when a question should leave now. It remains
  /// true until sent() says that one did. [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr bool poll(host_time now) noexcept;

  /// A question left with the stamp `t1`, by which its answer will be known.
  /// [one-thread] [rt-safe] O(1)
  constexpr void sent(host_time t1) noexcept;

  /// An answer arrived; false, and counted, when it answers no pending question or is not
  /// possible(). [one-thread] [rt-safe] O(1)
  constexpr bool answered(const clock_exchange& answer) noexcept;

  /// The merged exchange of a train that ended, by its last answer or by poll(); once per train,
  /// none when nobody answered. [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr std::optional<clock_exchange> take() noexcept {
    const auto merged = finished_;
    finished_.reset();
    return merged;
  }

  /// What happened since construction. [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr const counts& count() const noexcept { return counts_; }

private:
  constexpr void ping_ended(host_time now) noexcept;
  constexpr void await_next_train(host_time now) noexcept;

  probe_options options_;
  random_source random_;
  nanoseconds least_interval_{};
  bool noisy_ = false;
  host_time burst_ends_{};
  host_time train_began_{}, train_ended_{};
  host_time send_at_{};              // when no question is pending: when the next leaves
  std::optional<host_time> pending_; // the stamp of the question that awaits its answer
  nanoseconds patience_{};           // how long it may
  int pings_ended_ = 0;              // of the current train
  bool rests_ = false;               // between one train and the next
  exchange_train train_;
  std::optional<clock_exchange> finished_;
  counts counts_;
};

constexpr void clock_prober::restart(host_time now) noexcept {
  burst_ends_ = now + options_.burst;
  send_at_ = now;
  pending_.reset();
  patience_ = options_.timeout;
  pings_ended_ = 0;
  rests_ = false;
  train_.clear();
  finished_.reset();
}

constexpr void clock_prober::quicken(host_time now) noexcept {
  if (now < burst_ends_) return;
  burst_ends_ = now + options_.burst;
  if (rests_) await_next_train(now);
}

constexpr void clock_prober::least_interval(nanoseconds interval) noexcept {
  if (interval == least_interval_) return;
  least_interval_ = interval;
  if (rests_) await_next_train(train_ended_);
}

constexpr bool clock_prober::poll(host_time now) noexcept {
  if (pending_) {
    if (now < deadline()) return false;
    ++counts_.timed_out;
    ping_ended(now);
  }
  return now >= send_at_;
}

constexpr void clock_prober::sent(host_time t1) noexcept {
  ++counts_.asked;
  rests_ = false;
  if (pings_ended_ == 0) train_began_ = t1;
  pending_ = t1;
}

constexpr bool clock_prober::answered(const clock_exchange& answer) noexcept {
  if (!pending_ || answer.t1 != *pending_) return ++counts_.unknown, false;
  if (!answer.possible()) return ++counts_.refused, false; // the true answer may still come
  train_.add(answer);
  patience_ = std::clamp(2 * (answer.t4 - answer.t1), options_.timeout, options_.longest_timeout);
  ping_ended(answer.t4);
  return true;
}

constexpr void clock_prober::ping_ended(host_time now) noexcept {
  pending_.reset();
  send_at_ = now;
  if (++pings_ended_ < options_.pings) return;
  pings_ended_ = 0;
  if (train_.merged())
    finished_ = train_.merged();
  else // lost, or farther away than we wait
    patience_ = std::min(2 * patience_, options_.longest_timeout);
  train_.clear();
  rests_ = true;
  train_ended_ = now;
  await_next_train(now);
}

// Dither never falls below the room's interval, or the bound on its traffic would not hold.
constexpr void clock_prober::await_next_train(host_time now) noexcept {
  const double vary = options_.dither * random_.uniform();
  const auto times = [](nanoseconds interval, double factor) {
    return nanoseconds{static_cast<std::int64_t>(static_cast<double>(interval.count()) * factor)};
  };
  const auto quiet =
      noisy_ ? std::min(options_.noisy_interval, options_.interval) : options_.interval;
  const auto wanted = now < burst_ends_ ? options_.burst_interval : quiet;
  const auto interval =
      std::max(times(wanted, 1 - options_.dither + 2 * vary), times(least_interval_, 1 + vary));
  // On a long path a train outlasts its interval; then the next one follows at once.
  constexpr nanoseconds least_pause{1'000'000};
  send_at_ = std::max(train_began_ + interval, now + least_pause);
}

} // namespace jamnet::inline v0
