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
// Expects at least 32 bytes.
[[gnu::target("avx")]] inline void copy_by_vectors(char* to, const char* from,
                                                   std::size_t size) noexcept {
  using vector [[gnu::vector_size(32)]] = char;
  vector a, b, c, d, last;
  std::memcpy(&last, from + size - 32, 32); // what is left of a vector is copied as a whole one
  char* const last_to = to + size - 32;
  for (; size >= 128; size -= 128, from += 128, to += 128) {
    std::memcpy(&a, from, 32);
    std::memcpy(&b, from + 32, 32);
    std::memcpy(&c, from + 64, 32);
    std::memcpy(&d, from + 96, 32);
    std::memcpy(to, &a, 32);
    std::memcpy(to + 32, &b, 32);
    std::memcpy(to + 64, &c, 32);
    std::memcpy(to + 96, &d, 32);
  }
  for (; size >= 32; size -= 32, from += 32, to += 32) {
    std::memcpy(&a, from, 32);
    std::memcpy(to, &a, 32);
  }
  std::memcpy(last_to, &last, 32);
}
#endif

} // namespace detail

/// Copies `size` bytes between memories that do not overlap; null is fine for none.
/// [any-thread] [rt-safe] O(size)
inline void copy_bytes(void* to, const void* from, std::size_t size) noexcept {
#if defined(JAMNET_X86_VECTORS)
  if (size >= 32 && size <= 1024 && cpu.avx2)
    return detail::copy_by_vectors(static_cast<char*>(to), static_cast<const char*>(from), size);
#endif
  if (size != 0) std::memcpy(to, from, size);
}

} // namespace jamnet::inline v0
