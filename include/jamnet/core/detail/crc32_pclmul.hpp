// SPDX-License-Identifier: MIT
//
// CRC-32 by carry-less multiplication, for x86 processors that can. The mathematics is Gopal et
// al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ" (2009), but without their
// chain of foldings: what a block of 16 bytes contributes depends on its distance to the end alone,
// so up to 17 blocks are multiplied by a constant each, all at once, and the sum is reduced once.
//
// Bits are reflected: in 64 bits bit 0 is x^63, in 128 it is x^127. The product of two such 64-bit
// polynomials a and b is therefore read as a * b * x.
//
// Written in GCC's vectors and builtins, which clang has too: <immintrin.h>, where the intrinsics
// for 256 bits are, would cost more to include than all of core/.
#pragma once

#if defined(__GNUC__) && defined(__x86_64__)

#include <array>
#include <cstddef>
#include <cstdint>

#include <jamnet/core/detail/crc32_portable.hpp>

namespace jamnet::inline v0::detail {

inline constexpr std::size_t crc32_most_blocks = 17;

// Two factors for each block, furthest from the end first: one for the block's first eight bytes,
// one for its last. Each is x^n mod P, placed so that the products' sum is message * x^32 mod P,
// not yet reduced from 96 bits to 32, in the first 96 of 128 bits.
struct crc32_factors {
  alignas(32) std::array<std::uint64_t, 2 * crc32_most_blocks> of_blocks{};
  std::uint64_t inverse = 0; // x^95 / P

  [[nodiscard]] constexpr const std::uint64_t* of_last(std::size_t blocks) const noexcept {
    return of_blocks.data() + 2 * (crc32_most_blocks - blocks);
  }
};
inline constexpr crc32_factors crc32_factor = [] {
  crc32_factors made;
  std::uint32_t power = 0x80000000; // x^n mod P
  for (std::size_t n = 0; n < 128 * crc32_most_blocks; ++n) {
    if (n % 64 == 32)
      made.of_blocks[2 * crc32_most_blocks - 1 - n / 64] = std::uint64_t{power} << 1;
    if (n >= 31 && n < 95) made.inverse |= std::uint64_t{power & 1} << (n - 31); // a digit leaves
    power = (power >> 1) ^ ((power & 1) != 0 ? crc32_polynomial : 0);
  }
  return made;
}();

using crc32_block [[gnu::vector_size(16)]] = long long;
using crc32_bytes [[gnu::vector_size(16)]] = char;
using crc32_two_blocks [[gnu::vector_size(32)]] = long long;

// Shuffling v by the 16 bytes at h keeps v's first h bytes and moves them to the end.
inline constexpr std::array<std::int8_t, 32> crc32_to_end{
    -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
    0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15};

// All with AVX, whose three-operand encodings are two and a half times as fast here.
[[gnu::target("avx,pclmul,sse4.1")]] inline crc32_block crc32_load(const void* from) noexcept {
  crc32_block block;
  __builtin_memcpy(&block, from, sizeof block);
  return block;
}

[[gnu::target("avx,pclmul,sse4.1")]] inline crc32_block
crc32_multiply(crc32_block block, const std::uint64_t* factors) noexcept {
  const crc32_block f = crc32_load(factors);
  return __builtin_ia32_pclmulqdq128(block, f, 0x00) ^ __builtin_ia32_pclmulqdq128(block, f, 0x11);
}

// The first `head` bytes, filled up to a block with zeros in front: these change no remainder, so
// every later block is whole and there is no rest at the end. The state so far joins the first four
// bytes of the message; some of them may lie in the block after this.
[[gnu::target("avx,pclmul,sse4.1")]] inline crc32_block
crc32_first(const std::uint8_t* p, std::size_t head, std::uint32_t crc,
            const std::uint64_t* factors) noexcept {
  const crc32_block begun = crc32_load(p) ^ crc32_block { crc, 0 };
  const crc32_block order = crc32_load(crc32_to_end.data() + head);
  const auto moved = __builtin_ia32_pshufb128(reinterpret_cast<crc32_bytes>(begun),
                                              reinterpret_cast<crc32_bytes>(order));
  crc32_block sum = crc32_multiply(reinterpret_cast<crc32_block>(moved), factors);
  if (head < 4)
    sum ^= __builtin_ia32_pclmulqdq128(crc32_block{crc >> 8 * head, 0}, crc32_load(factors + 2), 0);
  return sum;
}

// The remainder of the 96 bits, after Barrett: subtract P times the quotient, which comes from
// multiplying by P's inverse.
[[gnu::target("avx,pclmul,sse4.1")]] inline std::uint32_t crc32_reduce(crc32_block sum) noexcept {
  const crc32_block both{static_cast<long long>(crc32_factor.inverse),
                         static_cast<long long>(std::uint64_t{crc32_polynomial} << 1 | 1)};
  const crc32_block quotient = __builtin_ia32_pclmulqdq128(sum, both, 0x00);
  sum ^= __builtin_ia32_pclmulqdq128(quotient, both, 0x10);
  return static_cast<std::uint32_t>(sum[1] & 0xffffffff);
}

// How many of `size` bytes to take at once, so that not less than a block is left for later.
inline std::size_t crc32_piece(std::size_t size) noexcept {
  return size > 16 * crc32_most_blocks ? 16 * (crc32_most_blocks - 1) : size;
}

// Expects at least 16 bytes.
[[gnu::target("avx,pclmul,sse4.1")]] inline std::uint32_t
crc32_pclmul(const std::uint8_t* p, std::size_t size, std::uint32_t crc) noexcept {
  do {
    const std::size_t piece = crc32_piece(size);
    const std::size_t head = (piece - 1) % 16 + 1;
    std::size_t blocks = (piece - 1) / 16; // after the first
    const std::uint64_t* factors = crc32_factor.of_last(blocks + 1);
    crc32_block sum = crc32_first(p, head, crc, factors);
    for (p += head; blocks > 0; --blocks, p += 16)
      sum ^= crc32_multiply(crc32_load(p), factors += 2);
    crc = crc32_reduce(sum);
    size -= piece;
  } while (size != 0);
  return crc;
}

[[gnu::target("avx2,pclmul,vpclmulqdq")]] inline crc32_two_blocks
crc32_load_two(const void* from) noexcept {
  crc32_two_blocks two;
  __builtin_memcpy(&two, from, sizeof two);
  return two;
}

[[gnu::target("avx2,pclmul,vpclmulqdq")]] inline crc32_two_blocks
crc32_multiply_two(crc32_two_blocks two, const std::uint64_t* factors) noexcept {
  const crc32_two_blocks f = crc32_load_two(factors);
#if defined(__clang__)
  return __builtin_ia32_pclmulqdq256(two, f, 0x00) ^ __builtin_ia32_pclmulqdq256(two, f, 0x11);
#else
  return __builtin_ia32_vpclmulqdq_v4di(two, f, 0x00) ^
         __builtin_ia32_vpclmulqdq_v4di(two, f, 0x11);
#endif
}

// The same, two blocks at once.
[[gnu::target("avx2,pclmul,vpclmulqdq")]] inline std::uint32_t
crc32_vpclmul(const std::uint8_t* p, std::size_t size, std::uint32_t crc) noexcept {
  do {
    const std::size_t piece = crc32_piece(size);
    const std::size_t head = (piece - 1) % 16 + 1;
    std::size_t blocks = (piece - 1) / 16; // after the first
    const std::uint64_t* factors = crc32_factor.of_last(blocks + 1);
    crc32_block sum = crc32_first(p, head, crc, factors);
    crc32_two_blocks sums{};
    p += head;
    factors += 2;
    for (; blocks > 1; blocks -= 2, p += 32, factors += 4)
      sums ^= crc32_multiply_two(crc32_load_two(p), factors);
    if (blocks != 0) {
      sum ^= crc32_multiply(crc32_load(p), factors);
      p += 16;
    }
    crc = crc32_reduce(sum ^ crc32_block{sums[0], sums[1]} ^ crc32_block{sums[2], sums[3]});
    size -= piece;
  } while (size != 0);
  return crc;
}

} // namespace jamnet::inline v0::detail

#endif
