// SPDX-License-Identifier: MIT
//
// The little arithmetic of real numbers that clocks need, without <cmath>: since C++17 that brings
// Bessel functions and elliptic integrals along, and costs as much to include as a folder here.
#pragma once

#include <cstdint>

#if !defined(__GNUC__)
#include <cmath>
#endif

namespace jamnet::inline v0 {

/// Not a number below zero. [any-thread] [rt-safe] O(1)
[[nodiscard]] inline double square_root(double x) noexcept {
#if defined(__GNUC__)
  return __builtin_sqrt(x);
#else
  return std::sqrt(x);
#endif
}

/// [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr double magnitude(double x) noexcept { return x < 0 ? -x : x; }

/// The nearest integer, away from zero in between. Expects |x| < 2^63.
/// [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr std::int64_t nearest(double x) noexcept {
  // Not by adding a half: beyond 2^52, and just below a half, that rounds too.
  const auto whole = static_cast<std::int64_t>(x);
  const double rest = x - static_cast<double>(whole);
  return whole + (rest >= 0.5 ? 1 : rest <= -0.5 ? -1 : 0);
}

} // namespace jamnet::inline v0
