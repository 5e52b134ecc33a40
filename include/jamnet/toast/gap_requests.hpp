// SPDX-License-Identifier: MIT
//
// When to ask a group for what is missing of one sender's events.
//
// What many missed at once, one should ask for. So each waits a while by chance, few of them
// briefly, and who hears another ask for the same waits on as if it had asked itself. An answer
// that does not come is asked for again, less and less often; after two requests to the group,
// heard or made, the sender is asked alone, since the group may be what does not pass.
#pragma once

#include <cstdint>
#include <span>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/random.hpp>
#include <jamnet/time/timeline.hpp>
#include <jamnet/toast/event_window.hpp>

namespace jamnet::inline v0::toast {

class gap_requests {
public:
  static constexpr nanoseconds least{2'000'000}, spread{8'000'000}, first_again{20'000'000},
      last_again{320'000'000};
  static constexpr unsigned to_group = 2; ///< requests, before the sender is asked alone

  /// What is missing now; `next` is the first number of it. [one-thread] [rt-safe] O(1)
  void watch(bool missing, std::uint64_t next, host_time now, random_source& random) noexcept {
    if (!missing) {
      *this = {};
    } else if (at_ == host_time::max() || next != next_) { // it is another gap
      const auto soon = now + least + chance(random);
      at_ = attempts_ == 0 ? std::min(at_, soon) : soon;
      attempts_ = 0;
      next_ = next;
    }
  }
  /// Somebody asked for all that is missing. [one-thread] [rt-safe] O(1)
  void overheard(host_time now, random_source& random) noexcept {
    if (at_ != host_time::max() && !asks_alone()) asked(now, random);
  }
  /// It was asked for. [one-thread] [rt-safe] O(1)
  void asked(host_time now, random_source& random) noexcept {
    at_ = now + std::min(first_again * (1 << std::min(attempts_, 4u)), last_again) + chance(random);
    ++attempts_;
  }

  /// When to ask; host_time::max() for never. [one-thread] [rt-safe] O(1)
  [[nodiscard]] host_time deadline() const noexcept { return at_; }
  /// Whether to ask the sender, and not the group. [one-thread] [rt-safe] O(1)
  [[nodiscard]] bool asks_alone() const noexcept { return attempts_ >= to_group; }

private:
  // The later of two draws: few are early.
  static nanoseconds chance(random_source& random) noexcept {
    const double later = std::max(random.uniform(), random.uniform());
    return nanoseconds{static_cast<std::int64_t>(later * static_cast<double>(spread.count()))};
  }

  host_time at_ = host_time::max();
  std::uint64_t next_ = 0;
  unsigned attempts_ = 0;
};

/// Whether `asked` holds all of `missing`; both in order. [any-thread] [rt-safe] O(n·m)
[[nodiscard]] inline bool covers(std::span<const seq_range> asked,
                                 std::span<const seq_range> missing) noexcept {
  return std::all_of(missing.begin(), missing.end(), [&](const seq_range& m) {
    return std::any_of(asked.begin(), asked.end(),
                       [&](const seq_range& a) { return a.first <= m.first && m.last <= a.last; });
  });
}

} // namespace jamnet::inline v0::toast
