// SPDX-License-Identifier: MIT
//
// A wake_signal for Linux that an event loop can watch: an eventfd, readable while it is notified.
// A loop, unlike a thread in wait_pop(), serves sockets and timers as well:
//
//     void on_readable() {                 // of ring.signal().descriptor()
//       ring.signal().clear();
//       ring.expect_wake();                // before the queue is emptied, not after
//       while (ring.try_pop(event)) play(event);
//     }
#pragma once

#if defined(__linux__)

#include <cerrno>
#include <cstdint>

#include <jamnet/core/result.hpp>
#include <jamnet/ring/signalled_ring.hpp>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace jamnet::inline v0 {

class eventfd_signal {
public:
  static constexpr bool sleeps = true;

  /// Asks the system for a descriptor; without one (see open()) a wait ends at its deadline only.
  /// [one-thread] [blocks]
  eventfd_signal() noexcept : descriptor_{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)} {
    if (descriptor_ < 0) error_ = errno;
  }
  ~eventfd_signal() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  eventfd_signal(const eventfd_signal&) = delete;
  eventfd_signal& operator=(const eventfd_signal&) = delete;

  /// What an event loop is to watch for reading, or why there is none (too many open files). It
  /// stays ours: the loop must not close it. [any-thread] [rt-safe] O(1)
  [[nodiscard]] result<int> descriptor() const noexcept {
    if (descriptor_ < 0) return failure{errc::system, static_cast<std::uint32_t>(error_)};
    return descriptor_;
  }

  /// Makes the descriptor readable, by a system call that does not wait. [any-thread] [blocks]
  void notify() noexcept {
    const std::uint64_t one = 1;
    // Fails only when the counter is full, and then it is notified already.
    [[maybe_unused]] const auto written = ::write(descriptor_, &one, sizeof one);
  }

  /// Makes it unreadable again; whether it was readable. [consumer] [blocks]
  bool clear() noexcept {
    std::uint64_t count = 0;
    return ::read(descriptor_, &count, sizeof count) == sizeof count;
  }

  /// True as soon as there was a notify(), false at the deadline. [consumer] [blocks]
  [[nodiscard]] bool wait_until(wake_time deadline) noexcept {
    using std::chrono::nanoseconds;
    const auto now = std::chrono::steady_clock::now();
    const nanoseconds left = deadline > now ? deadline - now : nanoseconds{0};
    const ::timespec timeout{.tv_sec = left.count() / 1'000'000'000,
                             .tv_nsec = left.count() % 1'000'000'000};
    ::pollfd watched{.fd = descriptor_, .events = POLLIN, .revents = 0};
    const int ready = ::ppoll(&watched, 1, &timeout, nullptr);
    clear();
    return ready != 0; // a signal to the process is no deadline
  }

private:
  int descriptor_;
  int error_ = 0;
};
static_assert(wake_signal<eventfd_signal>);

} // namespace jamnet::inline v0

#endif
