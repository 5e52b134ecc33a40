// SPDX-License-Identifier: MIT
//
// UTF-8, one character at a time: only what Unicode's table 3-7 calls well-formed, so no overlong
// form, no surrogate and nothing beyond U+10FFFF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace jamnet::inline v0::json {

/// How many bytes, 1 to 4, the character at the front of `text` has; 0 when they are not UTF-8 or
/// there are none. [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr std::size_t utf8_length(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const auto tail = [&](std::size_t i) { return (byte(i) & 0xc0) == 0x80; };

  const unsigned first = byte(0), second = byte(1);
  if (first < 0x80) return text.empty() ? 0 : 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  if (first < 0xe0) return tail(1) ? 2 : 0;

  // The second byte alone tells overlong forms, surrogates and what is too great for Unicode.
  const unsigned low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const unsigned high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high || !tail(2)) return 0;
  if (first < 0xf0) return 3;
  return tail(3) ? 4 : 0;
}

/// Writes `character` to the four bytes at `to` and says how many it took. Expects a Unicode
/// scalar value. [any-thread] [rt-safe] O(1)
constexpr std::size_t utf8_encode(std::uint32_t character, char* to) noexcept {
  if (character < 0x80) {
    to[0] = static_cast<char>(character);
    return 1;
  }
  const std::size_t size = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
  for (std::size_t i = size - 1; i > 0; --i) {
    to[i] = static_cast<char>(0x80 | (character & 0x3f));
    character >>= 6;
  }
  to[0] = static_cast<char>((0xf00u >> size & 0xf0) | character);
  return size;
}

} // namespace jamnet::inline v0::json
