// SPDX-License-Identifier: MIT
//
// Version, assertion hook and cache-line distance. The only header that may define JAMNET_ macros.
#pragma once

#include <cstddef>
#include <cstdlib>

#define JAMNET_VERSION_MAJOR 0
#define JAMNET_VERSION_MINOR 1
#define JAMNET_VERSION_PATCH 0

// A caller's mistake stops the program; what can go wrong in operation is returned
// (core/result.hpp). The macro means the same in every build: users who need another reaction
// define JAMNET_ASSERT_FAILED(expr) before the first include, in every translation unit.
#if !defined(JAMNET_ASSERT_FAILED)
#define JAMNET_ASSERT_FAILED(expr) ::std::abort()
#endif
#define JAMNET_EXPECTS(expr) ((expr) ? void(0) : JAMNET_ASSERT_FAILED(#expr))

// Whether there are vectors of the compiler's own for x86-64 (with SSE2 everywhere and more to be
// found out at run time, see core/cpu.hpp), or NEON.
#if defined(__GNUC__) && defined(__x86_64__)
#define JAMNET_X86_VECTORS 1
#elif defined(__aarch64__) && defined(__ARM_NEON)
#define JAMNET_NEON_VECTORS 1
#endif

namespace jamnet::inline v0 {

// The distance that keeps two threads' data apart: two 64-byte lines, because x86 prefetches them
// in pairs. std::hardware_destructive_interference_size is absent from clang 14 and, where
// present, varies with compiler flags: two translation units could disagree about a layout.
inline constexpr std::size_t cache_line_size = 128;

} // namespace jamnet::inline v0
