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

#include <jamnet/json/digits.hpp>

#if defined(__aarch64__) && defined(__ARM_NEON)
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

// Of each: `digits` has bit i set where byte i of the 64 at `from` is a digit; `differ` is zero
// when the bytes at `from` are `text` as far as it counts.

/// In plain registers, eight bytes at a time.
struct portable_digit_map {
  static std::uint64_t digits(const char* from) noexcept {
    std::uint64_t map = 0;
    for (unsigned i = 0; i < 64; i += 8) {
      // Unlike elsewhere no carry may pass from byte to byte, for each of the eight counts.
      const std::uint64_t bytes = json::detail::load8(from + i) ^ 0x3030303030303030;
      const std::uint64_t low = bytes & 0x7f7f7f7f7f7f7f7f;
      const std::uint64_t tops = ~((low + 0x7676767676767676) | bytes) & 0x8080808080808080;
      map |= (tops >> 7) * 0x0102040810204080 >> 56 << i;
    }
    return map;
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
};

#if defined(__GNUC__) && defined(__x86_64__)
#define JAMNET_JSONMIDI_X86 1

// GCC's vectors, which clang has too: the headers of the intrinsics would cost every user 0.8 s.
using bytes16 [[gnu::vector_size(16)]] = unsigned char;
using bytes32 [[gnu::vector_size(32)]] = unsigned char;
using chars16 [[gnu::vector_size(16)]] = char;
using chars32 [[gnu::vector_size(32)]] = char;

struct sse2_digit_map {
  static std::uint64_t digits(const char* from) noexcept {
    std::uint64_t map = 0;
    for (unsigned i = 0; i < 64; i += 16) {
      const auto digit = json::detail::load<bytes16>(from + i) - '0' < 10;
      map |= std::uint64_t{static_cast<std::uint32_t>(__builtin_ia32_pmovmskb128((chars16)digit))}
             << i;
    }
    return map;
  }
  template <std::size_t Size>
  static std::uint64_t differ(const char* from, const masked_text<Size>& text) noexcept {
    using json::detail::load;
    bytes16 bad{};
    for (std::size_t i = 0; i < Size; i += 16)
      bad |=
          (load<bytes16>(from + i) ^ load<bytes16>(&text.chars[i])) & load<bytes16>(&text.mask[i]);
    const auto zero = bad == 0;
    return 0xffffu ^ static_cast<std::uint32_t>(__builtin_ia32_pmovmskb128((chars16)zero));
  }
};
#endif

} // namespace jamnet::inline v0::jsonmidi::detail
