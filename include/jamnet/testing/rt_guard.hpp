// SPDX-License-Identifier: MIT
//
// Proves the [rt-safe] tag: while an rt_guard lives, its thread may not allocate, free or lock.
//
// Only a program that can see those calls can forbid them: tests link tests/testing_new.cpp, which
// replaces operator new and delete everywhere and, on Linux with glibc, the calls behind
// std::mutex and std::shared_mutex. A breach is named on stderr and aborts. Other system calls and
// C's malloc pass unseen, and under ThreadSanitizer so do locks.
#pragma once

namespace jamnet::inline v0::testing {

namespace detail {
inline thread_local int rt_depth = 0; // test programs only: the library itself has no globals
}

class rt_guard {
public:
  rt_guard() noexcept { ++detail::rt_depth; }
  ~rt_guard() { --detail::rt_depth; }
  rt_guard(const rt_guard&) = delete;
  rt_guard& operator=(const rt_guard&) = delete;
};

/// Whether an rt_guard lives on this thread. [any-thread] [rt-safe] O(1)
[[nodiscard]] inline bool in_rt_section() noexcept { return detail::rt_depth != 0; }

} // namespace jamnet::inline v0::testing
