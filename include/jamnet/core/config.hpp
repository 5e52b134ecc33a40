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

namespace jamnet::inline v0 {

// The distance that keeps two threads' data apart: two 64-byte lines, because x86 prefetches them
// in pairs. std::hardware_destructive_interference_size is absent from clang 14 and, where
// present, varies with compiler flags: two translation units could disagree about a layout.
inline constexpr std::size_t cache_line_size = 128;

} // namespace jamnet::inline v0
