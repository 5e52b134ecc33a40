// SPDX-License-Identifier: MIT
//
// SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed checksum of 64 bits. Who lacks the key can
// neither tell nor forge it, however many of another's checksums were seen. For what is short and
// must be cheap, such as cookies and the places of a table that strangers fill.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include <jamnet/core/bytes.hpp>

namespace jamnet::inline v0 {

/// 128 bits; from the system's randomness where it matters who knows them.
struct siphash_key {
  std::uint64_t low = 0, high = 0;

  friend constexpr bool operator==(const siphash_key&, const siphash_key&) = default;
};

/// The checksum of `bytes` under `key`. [any-thread] [rt-safe] O(n)
[[nodiscard]] constexpr std::uint64_t siphash(const siphash_key& key, bytes_view bytes) noexcept {
  std::uint64_t a = key.low ^ 0x736f6d6570736575u, b = key.high ^ 0x646f72616e646f6du,
                c = key.low ^ 0x6c7967656e657261u, d = key.high ^ 0x7465646279746573u;
  const auto rounds = [&](int count) {
    for (; count > 0; --count) {
      a += b, b = std::rotl(b, 13) ^ a, a = std::rotl(a, 32);
      c += d, d = std::rotl(d, 16) ^ c;
      a += d, d = std::rotl(d, 21) ^ a;
      c += b, b = std::rotl(b, 17) ^ c, c = std::rotl(c, 32);
    }
  };
  const auto take = [&](std::uint64_t word) {
    d ^= word;
    rounds(2);
    a ^= word;
  };
  const std::size_t tail = bytes.size() % 8;
  const auto word = [&](std::size_t at, std::size_t size) {
    std::uint64_t w = 0;
    for (std::size_t i = 0; i < size; ++i) w |= std::uint64_t{bytes[at + i]} << (8 * i);
    return w;
  };
  for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) take(word(at, 8));
  take(word(bytes.size() - tail, tail) | static_cast<std::uint64_t>(bytes.size()) << 56);
  c ^= 0xff;
  rounds(4);
  return a ^ b ^ c ^ d;
}

} // namespace jamnet::inline v0
