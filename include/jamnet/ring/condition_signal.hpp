// SPDX-License-Identifier: MIT
//
// A wake_signal for threads anywhere: a condition variable and the flag it watches.
#pragma once

#include <condition_variable>
#include <mutex>

#include <jamnet/ring/signalled_ring.hpp>

namespace jamnet::inline v0 {

class condition_signal {
public:
  static constexpr bool sleeps = true;

  /// Wakes who waits, or who will. [any-thread] [blocks] as long as a mutex takes that nobody holds
  /// for long, and for a system call
  void notify() noexcept {
    {
      const std::lock_guard lock{mutex_};
      notified_ = true;
    }
    condition_.notify_one();
  }

  /// True as soon as there was a notify(), false at the deadline. [consumer] [blocks]
  [[nodiscard]] bool wait_until(wake_time deadline) noexcept {
    std::unique_lock lock{mutex_};
    const bool in_time = condition_.wait_until(lock, deadline, [this] { return notified_; });
    notified_ = false;
    return in_time;
  }

private:
  std::mutex mutex_;
  std::condition_variable condition_;
  bool notified_ = false;
};
static_assert(wake_signal<condition_signal>);

} // namespace jamnet::inline v0
