// SPDX-License-Identifier: MIT
//
// CRC-32 with the instructions ARMv8 has for it, eight bytes each. In assembly, because compilers
// do not agree on how a function says that it may use them.
#pragma once

#if defined(__GNUC__) && defined(__aarch64__) && defined(__AARCH64EL__)

#include <cstddef>
#include <cstdint>

namespace jamnet::inline v0::detail {

template <class T>
std::uint32_t crc32_arm_step(const std::uint8_t* from, std::uint32_t crc) noexcept {
  T value;
  __builtin_memcpy(&value, from, sizeof value);
  if constexpr (sizeof(T) == 8)
    asm(".arch_extension crc\n\tcrc32x %w0, %w0, %x1" : "+r"(crc) : "r"(value));
  else if constexpr (sizeof(T) == 4)
    asm(".arch_extension crc\n\tcrc32w %w0, %w0, %w1" : "+r"(crc) : "r"(value));
  else if constexpr (sizeof(T) == 2)
    asm(".arch_extension crc\n\tcrc32h %w0, %w0, %w1" : "+r"(crc) : "r"(value));
  else
    asm(".arch_extension crc\n\tcrc32b %w0, %w0, %w1" : "+r"(crc) : "r"(value));
  return crc;
}

inline std::uint32_t crc32_arm(const std::uint8_t* p, std::size_t size,
                               std::uint32_t crc) noexcept {
  for (; size >= 8; p += 8, size -= 8) crc = crc32_arm_step<std::uint64_t>(p, crc);
  if ((size & 4) != 0) crc = crc32_arm_step<std::uint32_t>(p, crc), p += 4;
  if ((size & 2) != 0) crc = crc32_arm_step<std::uint16_t>(p, crc), p += 2;
  if ((size & 1) != 0) crc = crc32_arm_step<std::uint8_t>(p, crc);
  return crc;
}

} // namespace jamnet::inline v0::detail

#endif
