// SPDX-License-Identifier: MIT
//
// CRC-32 with table look-ups, eight bytes at once (Kounavis and Berry, "slicing-by-8", 2005): what
// works everywhere, in constant expressions too. States here are remainders as they are kept
// within, not yet complemented.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace jamnet::inline v0::detail {

inline constexpr std::uint32_t crc32_polynomial = 0xEDB88320; // without x^32; x^31 is bit 0

// table[k][b]: what byte b adds to the remainder once k further bytes have followed it.
inline constexpr auto crc32_table = [] {
  std::array<std::array<std::uint32_t, 256>, 8> table{};
  // A remainder is linear in its bits, so those of single bits make all others: a quarter of the
  // work, which every compilation pays for.
  std::uint32_t crc = 1;
  for (std::size_t i = 0; i < 64; ++i) { // i zero bits have followed the bit
    crc = (crc >> 1) ^ ((crc & 1) != 0 ? crc32_polynomial : 0);
    table[i / 8][0x80u >> i % 8] = crc;
  }
  for (auto& row : table)
    for (std::size_t bit = 2; bit < 256; bit *= 2)
      for (std::size_t b = 1; b < bit; ++b) row[bit + b] = row[bit] ^ row[b];
  return table;
}();

constexpr std::uint32_t crc32_portable(const std::uint8_t* p, std::size_t size,
                                       std::uint32_t crc) noexcept {
  const auto& table = crc32_table;
  const auto little_endian = [](const std::uint8_t* from) {
    return std::uint32_t{from[0]} | std::uint32_t{from[1]} << 8 | std::uint32_t{from[2]} << 16 |
           std::uint32_t{from[3]} << 24;
  };
  for (; size >= 8; p += 8, size -= 8) {
    const std::uint32_t low = little_endian(p) ^ crc;
    const std::uint32_t high = little_endian(p + 4);
    crc = table[7][low & 0xff] ^ table[6][(low >> 8) & 0xff] ^ table[5][(low >> 16) & 0xff] ^
          table[4][low >> 24] ^ table[3][high & 0xff] ^ table[2][(high >> 8) & 0xff] ^
          table[1][(high >> 16) & 0xff] ^ table[0][high >> 24];
  }
  for (; size > 0; ++p, --size) crc = (crc >> 8) ^ table[0][(crc ^ *p) & 0xff];
  return crc;
}

} // namespace jamnet::inline v0::detail
