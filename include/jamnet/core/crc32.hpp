// SPDX-License-Identifier: MIT
//
// CRC-32 as in IEEE 802.3 and zlib: polynomial 0x04C11DB7, bits reflected, complemented at both
// ends. Tables in constant expressions and where nothing better is known; otherwise the processor's
// own carry-less multiplication (x86) or CRC instructions (ARMv8), if it has them.
#pragma once

#include <type_traits>

#include <jamnet/core/bytes.hpp>
#include <jamnet/core/cpu.hpp>
#include <jamnet/core/detail/crc32_arm.hpp>
#include <jamnet/core/detail/crc32_pclmul.hpp>
#include <jamnet/core/detail/crc32_portable.hpp>

namespace jamnet::inline v0 {

namespace detail {
inline std::uint32_t crc32_by_cpu(const std::uint8_t* p, std::size_t size,
                                  std::uint32_t crc) noexcept;
}

/// The checksum of `bytes`, or of all that came before followed by `bytes`, where `before` is the
/// checksum so far. [any-thread] [rt-safe] O(n)
[[nodiscard]] constexpr std::uint32_t crc32(bytes_view bytes, std::uint32_t before = 0) noexcept {
  if (std::is_constant_evaluated())
    return ~detail::crc32_portable(bytes.data(), bytes.size(), ~before);
  return ~detail::crc32_by_cpu(bytes.data(), bytes.size(), ~before);
}

namespace detail {

#if defined(__GNUC__) && defined(__x86_64__)

inline std::uint32_t crc32_by_cpu(const std::uint8_t* p, std::size_t size,
                                  std::uint32_t crc) noexcept {
  if (!this_cpu.pclmul || size < 16) return crc32_portable(p, size, crc);
  return this_cpu.vpclmul ? crc32_vpclmul(p, size, crc) : crc32_pclmul(p, size, crc);
}

#elif defined(__GNUC__) && defined(__aarch64__) && defined(__AARCH64EL__)

inline std::uint32_t crc32_by_cpu(const std::uint8_t* p, std::size_t size,
                                  std::uint32_t crc) noexcept {
  return this_cpu.arm_crc32 ? crc32_arm(p, size, crc) : crc32_portable(p, size, crc);
}

#else

inline std::uint32_t crc32_by_cpu(const std::uint8_t* p, std::size_t size,
                                  std::uint32_t crc) noexcept {
  return crc32_portable(p, size, crc);
}

#endif

} // namespace detail

} // namespace jamnet::inline v0
