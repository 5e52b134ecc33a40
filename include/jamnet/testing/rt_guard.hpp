// SPDX-License-Identifier: MIT
//
// Proves the [rt-safe] tag: while an rt_guard lives, an allocation on its thread aborts.
//
// The test program links jamnet::testing_new, which replaces the global operator new and delete.
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

[[nodiscard]] inline bool in_rt_section() noexcept { return detail::rt_depth != 0; }

} // namespace jamnet::inline v0::testing
