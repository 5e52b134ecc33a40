// SPDX-License-Identifier: MIT
//
// memcpy for some hundred bytes: a block of audio.
//
// A library's memcpy is made for every size and aligns itself first, which takes as long as the
// copy of a block does. Where the processor has AVX this takes half the time, from one vector up to
// a KiB; all else goes to memcpy.
#pragma once

#include <cstddef>
#include <cstring>

#include <jamnet/core/config.hpp>
#include <jamnet/core/cpu.hpp>

namespace jamnet::inline v0 {

namespace detail {

#if defined(JAMNET_X86_VECTORS)
// Expects at least 32 bytes. What is left of a vector at the end is copied as a whole one.
[[gnu::target("avx")]] inline void copy_by_vectors(char* to, const char* from,
                                                   std::size_t size) noexcept {
  using vector [[gnu::vector_size(32)]] = char;
  vector a, b, c, d;
  std::size_t at = 0;
  for (; at + 128 <= size; at += 128) {
    std::memcpy(&a, from + at, 32);
    std::memcpy(&b, from + at + 32, 32);
    std::memcpy(&c, from + at + 64, 32);
    std::memcpy(&d, from + at + 96, 32);
    std::memcpy(to + at, &a, 32);
    std::memcpy(to + at + 32, &b, 32);
    std::memcpy(to + at + 64, &c, 32);
    std::memcpy(to + at + 96, &d, 32);
  }
  if (at == size) return;
  for (; at + 32 < size; at += 32) {
    std::memcpy(&a, from + at, 32);
    std::memcpy(to + at, &a, 32);
  }
  std::memcpy(&a, from + size - 32, 32);
  std::memcpy(to + size - 32, &a, 32);
}
#endif

} // namespace detail

/// Copies `size` bytes between memories that do not overlap; null is fine for none.
/// [any-thread] [rt-safe] O(size)
inline void copy_bytes(void* to, const void* from, std::size_t size) noexcept {
#if defined(JAMNET_X86_VECTORS)
  if (size >= 32 && size <= 1024 && this_cpu.avx2)
    return detail::copy_by_vectors(static_cast<char*>(to), static_cast<const char*>(from), size);
#endif
#if defined(__GNUC__)
  asm("" : "+r"(size)); // of a size it knows g++ 12 makes a string instruction, twice as slow
#endif
  if (size != 0) std::memcpy(to, from, size);
}

} // namespace jamnet::inline v0
