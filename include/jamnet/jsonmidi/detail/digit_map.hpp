// SPDX-License-Identifier: MIT
//
// The two questions that the fastest road asks of many bytes at once, answered by whatever the
// processor has: which of 64 bytes are digits, and does a text begin like this. Each answer is a
// few instructions, so all else is common to every processor.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <jamnet/core/config.hpp>
#include <jamnet/json/digits.hpp>

#if defined(JAMNET_NEON_VECTORS)
#include <arm_neon.h>
#endif

namespace jamnet::inline v0::jsonmidi::detail {

/// A text and which of its bytes count, as wide as registers like it.
template <std::size_t Size>
struct masked_text {
  alignas(16) std::array<char, Size> chars{}, mask{};

  constexpr masked_text() = default;
  constexpr explicit masked_text(std::string_view text) noexcept {
    for (std::size_t i = 0; i < text.size(); ++i) {
      chars[i] = text[i];
      mask[i] = static_cast<char>(0xff);
    }
  }
};

/// One bit for each of 64 bytes, the first in the lowest: is it a digit, is it the digit 0?
struct digit_bits {
  std::uint64_t digits, zeros;
};

// Of each map `digits` looks at the 64 bytes at `from`; `differ` is zero when the bytes at `from`
// are the text, as far as it counts.

/// In plain registers, eight bytes at a time.
struct portable_digit_map {
  static digit_bits digits(const char* from) noexcept {
    constexpr std::uint64_t low_bits = 0x7f7f7f7f7f7f7f7f;
    digit_bits bits{};
    for (unsigned i = 0; i < 64; i += 8) {
      // Unlike elsewhere no carry may pass from byte to byte, for each of the eight counts.
      const std::uint64_t bytes = json::detail::load8(from + i) ^ 0x3030303030303030;
      const std::uint64_t not_digits = ((bytes & low_bits) + 0x7676767676767676) | bytes;
      const std::uint64_t not_zeros = ((bytes & low_bits) + low_bits) | bytes;
      bits.digits |= gather(~not_digits) << i;
      bits.zeros |= gather(~not_zeros) << i;
    }
    return bits;
  }
  template <std::size_t Size>
  static std::uint64_t differ(const char* from, const masked_text<Size>& text) noexcept {
    using json::detail::load;
    std::uint64_t bad = 0;
    for (std::size_t i = 0; i < Size; i += 8)
      bad |= (load<std::uint64_t>(from + i) ^ load<std::uint64_t>(&text.chars[i])) &
             load<std::uint64_t>(&text.mask[i]);
    return bad;
  }

private:
  // The top bits of eight bytes, side by side.
  static constexpr std::uint64_t gather(std::uint64_t bytes) noexcept {
    return ((bytes & 0x8080808080808080) >> 7) * 0x0102040810204080 >> 56;
  }
};

#if defined(JAMNET_X86_VECTORS)

// GCC's vectors, which clang has too: the headers of the intrinsics would cost every user 0.8 s.
using bytes16 [[gnu::vector_size(16)]] = unsigned char;
using chars16 [[gnu::vector_size(16)]] = char;
using longs16 [[gnu::vector_size(16)]] = long long;

struct sse2_digit_map {
  static digit_bits digits(const char* from) noexcept {
    digit_bits bits{};
    for (unsigned i = 0; i < 64; i += 16) {
      const bytes16 bytes = json::detail::load<bytes16>(from + i) - '0';
      bits.digits |= gather((chars16)(bytes < 10)) << i;
      bits.zeros |= gather((chars16)(bytes == 0)) << i;
    }
    return bits;
  }
  template <std::size_t Size>
  static longs16 difference(const char* from, const masked_text<Size>& text) noexcept {
    using json::detail::load;
    longs16 bad{};
    for (std::size_t i = 0; i < Size; i += 16)
      bad |=
          (load<longs16>(from + i) ^ load<longs16>(&text.chars[i])) & load<longs16>(&text.mask[i]);
    return bad;
  }
  template <std::size_t Size>
  static std::uint64_t differ(const char* from, const masked_text<Size>& text) noexcept {
    const longs16 bad = difference(from, text);
    return static_cast<std::uint64_t>(bad[0] | bad[1]);
  }

private:
  static std::uint64_t gather(chars16 bytes) noexcept {
    return static_cast<std::uint32_t>(__builtin_ia32_pmovmskb128(bytes));
  }
};
#endif

#if defined(JAMNET_NEON_VECTORS)

struct neon_digit_map {
  static digit_bits digits(const char* from) noexcept {
    uint8x16_t digit[4], zero[4];
    for (unsigned i = 0; i < 4; ++i) {
      const uint8x16_t bytes = vsubq_u8(load(from + 16 * i), vdupq_n_u8('0'));
      digit[i] = vcltq_u8(bytes, vdupq_n_u8(10));
      zero[i] = vceqzq_u8(bytes);
    }
    return {gather(digit), gather(zero)};
  }
  template <std::size_t Size>
  static std::uint64_t differ(const char* from, const masked_text<Size>& text) noexcept {
    uint8x16_t bad = vdupq_n_u8(0);
    for (std::size_t i = 0; i < Size; i += 16)
      bad = vorrq_u8(bad,
                     vandq_u8(veorq_u8(load(from + i), load(&text.chars[i])), load(&text.mask[i])));
    return vmaxvq_u8(bad);
  }

private:
  static uint8x16_t load(const char* from) noexcept {
    return vld1q_u8(reinterpret_cast<const std::uint8_t*>(from));
  }
  // One bit of each of 64 bytes that are all ones or zeros: of eight neighbours each keeps another
  // bit, and three times pairs are added.
  static std::uint64_t gather(const uint8x16_t (&bytes)[4]) noexcept {
    const uint8x16_t bits = vreinterpretq_u8_u64(vdupq_n_u64(0x8040201008040201));
    const uint8x16_t low = vpaddq_u8(vandq_u8(bytes[0], bits), vandq_u8(bytes[1], bits));
    const uint8x16_t high = vpaddq_u8(vandq_u8(bytes[2], bits), vandq_u8(bytes[3], bits));
    const uint8x16_t both = vpaddq_u8(low, high);
    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(both, both)), 0);
  }
};
#endif

/// The best that every processor of this kind has.
#if defined(JAMNET_X86_VECTORS)
using native_digit_map = sse2_digit_map;
#elif defined(JAMNET_NEON_VECTORS)
using native_digit_map = neon_digit_map;
#else
using native_digit_map = portable_digit_map;
#endif

} // namespace jamnet::inline v0::jsonmidi::detail
