// SPDX-License-Identifier: MIT
//
// 64-bit random identities that cannot be mixed up: a peer is not a session. In JSON and in
// print they are 16 lower-case hexadecimal digits.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace jamnet::inline v0 {

template <class Tag>
struct strong_id {
  std::uint64_t value = 0;

  friend constexpr auto operator<=>(const strong_id&, const strong_id&) = default;
  /// Zero is nobody's id. [any-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr explicit operator bool() const noexcept { return value != 0; }
};

using peer_id = strong_id<struct peer_id_tag>;
using session_id = strong_id<struct session_id_tag>;

/// The 16 digits, not terminated by zero. [any-thread] [rt-safe] O(1)
template <class Tag>
[[nodiscard]] constexpr std::array<char, 16> to_hex(strong_id<Tag> id) noexcept {
  std::array<char, 16> digits{};
  for (std::size_t i = 0; i < 16; ++i)
    digits[i] = "0123456789abcdef"[(id.value >> (60 - 4 * i)) & 15];
  return digits;
}

/// Reads exactly 16 lower-case digits; false, and `out` untouched, for anything else.
/// [any-thread] [rt-safe] O(1)
template <class Tag>
[[nodiscard]] constexpr bool try_from_hex(std::string_view text, strong_id<Tag>& out) noexcept {
  if (text.size() != 16) return false;
  std::uint64_t value = 0;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit && (c < 'a' || c > 'f')) return false;
    value = value << 4 | static_cast<std::uint64_t>(digit ? c - '0' : c - 'a' + 10);
  }
  out.value = value;
  return true;
}

} // namespace jamnet::inline v0
