// SPDX-License-Identifier: MIT
//
// Where "now" comes from. Every component that needs time takes it as an argument or from a
// clock_source passed by value, so that a test hands it one it moves by hand
// (testing/manual_clock.hpp).
#pragma once

#include <concepts>

#include <jamnet/time/timeline.hpp>

namespace jamnet::inline v0 {

/// A type whose now() is [any-thread] [rt-safe] and never goes backwards.
template <class C>
concept clock_source = std::copyable<C> && requires(const C& clock) {
  { clock.now() } noexcept -> std::same_as<host_time>;
};

} // namespace jamnet::inline v0
