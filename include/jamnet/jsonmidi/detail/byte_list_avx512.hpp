// SPDX-License-Identifier: MIT
//
// byte_list.hpp on processors with AVX-512: sixteen numbers at once, as long as they are canonical.
//
// The bits of the digits tell how long each number is; from that a mask is made that spreads the
// digits out, so that every number stands in four bytes of its own and one multiplication makes it
// binary. What is not taken, the last numbers and all that is wrong, is left to the common way.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <jamnet/jsonmidi/detail/digit_map.hpp>

#if defined(JAMNET_X86_VECTORS)

namespace jamnet::inline v0::jsonmidi::detail {

using chars64 [[gnu::vector_size(64)]] = char;
using shorts64 [[gnu::vector_size(64)]] = short;
using ints64 [[gnu::vector_size(64)]] = int;

/// Takes numbers from `text` on, sixteen at a time, while they are canonical, not above `max` and
/// followed by commas. Moves `text` behind what it took and returns how many. Expects
/// this_cpu.avx512. O(text)
[[nodiscard, gnu::target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi,bmi2,lzcnt")]]
inline std::size_t take_sixteens_avx512(const char*& text, const char* end, unsigned max,
                                        std::uint8_t* to, std::size_t room) noexcept {
  constexpr int below = 1, equal = 0, above = 6; // what is asked of a comparison
  constexpr std::uint64_t all = ~std::uint64_t{0};
  const chars64 weights = (chars64)(ints64{} + 0x00010a64); // 100, 10, 1, 0
  const ints64 most = ints64{} + static_cast<int>(max);
  std::size_t taken = 0;
  while (room - taken >= 16 && end - text >= 64) {
    chars64 chars;
    std::memcpy(&chars, text, sizeof chars);
    const chars64 values = chars - '0';
    const auto digits = static_cast<std::uint64_t>(
        __builtin_ia32_ucmpb512_mask(values, chars64{} + 10, below, all));
    const auto zeros =
        static_cast<std::uint64_t>(__builtin_ia32_ucmpb512_mask(values, chars64{}, equal, all));
    const auto commas = static_cast<std::uint64_t>(
        __builtin_ia32_ucmpb512_mask(chars, chars64{} + ',', equal, all));
    const std::uint64_t ends = ~digits;
    const std::uint64_t last = __builtin_ia32_pdep_di(std::uint64_t{1} << 15, ends);
    const std::uint64_t used = last ^ (last - 1);

    const std::uint64_t one = digits << 1, two = one & digits << 2, three = two & digits << 3;
    const std::uint64_t bad =
        (ends & ~(one & commas)) | (three & digits) | (zeros & ~one & digits >> 1);
    if (last == 0 || (bad & used) != 0) break;
    const std::uint64_t spread =
        0xcccccccccccccccc | // the last digit and the comma
        __builtin_ia32_pdep_di(__builtin_ia32_pext_di(two, ends), 0x2222222222222222) |
        __builtin_ia32_pdep_di(__builtin_ia32_pext_di(three, ends), 0x1111111111111111);
    const chars64 apart = __builtin_ia32_expandqi512_mask(values, chars64{}, spread);
#if defined(__clang__)
    const auto sums = (ints64)__builtin_ia32_pmaddubsw512(apart, weights);
#else
    const auto sums = (ints64)__builtin_ia32_pmaddubsw512_mask(apart, weights, shorts64{}, ~0u);
#endif
    const ints64 numbers = (sums & 0xffff) + (sums >> 16);
    if (__builtin_ia32_ucmpd512_mask(numbers, most, above, 0xffff) != 0) break;
    const auto bytes = __builtin_convertvector(numbers, bytes16);
    std::memcpy(to + taken, &bytes, sizeof bytes);
    taken += 16;
    text += 64 - std::countl_zero(used);
  }
  return taken;
}

} // namespace jamnet::inline v0::jsonmidi::detail

#endif
