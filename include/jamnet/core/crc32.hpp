// SPDX-License-Identifier: MIT
//
// CRC-32 as in IEEE 802.3 and zlib: polynomial 0x04C11DB7, bits reversed, complemented at both
// ends. Eight table look-ups take eight bytes at once (Kounavis and Berry, "slicing-by-8", 2005).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <jamnet/core/bytes.hpp>

namespace jamnet::inline v0 {

namespace detail {

// table[k][b]: what byte b adds to the remainder once k further bytes have followed it.
inline constexpr auto crc32_table = [] {
  std::array<std::array<std::uint32_t, 256>, 8> table{};
  // A remainder is linear in its bits, so those of single bits make all others: a quarter of the
  // work, which every compilation pays for.
  std::uint32_t crc = 1;
  for (std::size_t i = 0; i < 64; ++i) { // i zero bits have followed the bit
    crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320u : 0u);
    table[i / 8][0x80u >> i % 8] = crc;
  }
  for (auto& row : table)
    for (std::size_t bit = 2; bit < 256; bit *= 2)
      for (std::size_t b = 1; b < bit; ++b) row[bit + b] = row[bit] ^ row[b];
  return table;
}();

} // namespace detail

/// The checksum of `bytes`, or of all that came before followed by `bytes`, where `before` is the
/// checksum so far. [any-thread] [rt-safe] O(n)
[[nodiscard]] constexpr std::uint32_t crc32(bytes_view bytes, std::uint32_t before = 0) noexcept {
  const auto& table = detail::crc32_table;
  const auto little_endian = [](const std::uint8_t* p) {
    return std::uint32_t{p[0]} | std::uint32_t{p[1]} << 8 | std::uint32_t{p[2]} << 16 |
           std::uint32_t{p[3]} << 24;
  };
  std::uint32_t crc = ~before;
  const std::uint8_t* p = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; p += 8, left -= 8) {
    const std::uint32_t low = little_endian(p) ^ crc;
    const std::uint32_t high = little_endian(p + 4);
    crc = table[7][low & 0xff] ^ table[6][(low >> 8) & 0xff] ^ table[5][(low >> 16) & 0xff] ^
          table[4][low >> 24] ^ table[3][high & 0xff] ^ table[2][(high >> 8) & 0xff] ^
          table[1][(high >> 16) & 0xff] ^ table[0][high >> 24];
  }
  for (; left > 0; ++p, --left) crc = (crc >> 8) ^ table[0][(crc ^ *p) & 0xff];
  return ~crc;
}

} // namespace jamnet::inline v0
