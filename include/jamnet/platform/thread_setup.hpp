// SPDX-License-Identifier: MIT
//
// What a worker or an audio thread asks of the operating system for itself: to run before others,
// on one core, under a name.
//
//     const auto refused = thread_setup{.priority = 70, .core = 2, .name = "jam-worker"}.apply();
//     if (refused.priority != 0) warn("no real-time priority", std::strerror(refused.priority));
//
// A refusal is no reason to stop: each wish is granted or not by itself, and the thread runs on.
// Linux knows all of them; macOS, where this is untested, is asked for the name only.
#pragma once

#include <cerrno>

#if defined(__linux__) || defined(__APPLE__)
#include <pthread.h>
#include <sched.h>
#endif

namespace jamnet::inline v0 {

/// Of each wish the errno with which it was refused; 0 if it was granted, or not made. EPERM: not
/// allowed (a real-time priority takes CAP_SYS_NICE, or a limit: `ulimit -r`). EINVAL: no such
/// priority, or no core that we may use. ERANGE: too long a name. ENOTSUP: not on this system.
struct thread_refusals {
  int priority = 0, core = 0, name = 0;

  [[nodiscard]] constexpr bool none() const noexcept { return *this == thread_refusals{}; }
  friend constexpr bool operator==(const thread_refusals&, const thread_refusals&) = default;
};

#if defined(__linux__)
/// Asks for another thread, which is not at its end, for a real-time priority (SCHED_FIFO) from 1
/// to 99; 0, or the errno with which it was refused. [any-thread] [blocks]
[[nodiscard]] inline int prioritise(::pthread_t thread, int priority) noexcept {
  ::sched_param wish{};
  wish.sched_priority = priority;
  return ::pthread_setschedparam(thread, SCHED_FIFO, &wish);
}
#endif

struct thread_setup {
  int priority = 0;           ///< real-time (SCHED_FIFO), 1 to 99, the most urgent; 0: as it is
  int core = -1;              ///< to run on no other; below 0: as it is
  const char* name = nullptr; ///< for debuggers, on Linux of 15 bytes at most; null: as it is

  /// Asks for the calling thread. Threads that it starts from then on inherit priority and core.
  /// [any-thread] [blocks]
  [[nodiscard]] thread_refusals apply() const noexcept {
    thread_refusals refused; // the priority last: with it nothing here could be preempted
    if (name != nullptr) refused.name = set_name(name);
    if (core >= 0) refused.core = set_core(core);
    if (priority != 0) refused.priority = set_priority(priority);
    return refused;
  }

private:
  static int set_name(const char* name) noexcept;
  static int set_core(int core) noexcept;
  static int set_priority(int priority) noexcept;
};

inline int thread_setup::set_name([[maybe_unused]] const char* name) noexcept {
#if defined(__linux__)
  return ::pthread_setname_np(::pthread_self(), name);
#elif defined(__APPLE__)
  return ::pthread_setname_np(name) == 0 ? 0 : errno;
#else
  return ENOTSUP;
#endif
}

inline int thread_setup::set_core([[maybe_unused]] int core) noexcept {
#if defined(__linux__)
  if (core >= CPU_SETSIZE) return EINVAL;
  ::cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(static_cast<unsigned>(core), &only);
  return ::sched_setaffinity(0, sizeof only, &only) == 0 ? 0 : errno; // 0: this thread
#else
  return ENOTSUP;
#endif
}

inline int thread_setup::set_priority([[maybe_unused]] int priority) noexcept {
#if defined(__linux__)
  return prioritise(::pthread_self(), priority);
#else
  return ENOTSUP; // macOS has periods and deadlines instead, which an audio host knows
#endif
}

} // namespace jamnet::inline v0
