// SPDX-License-Identifier: MIT
//
// The kinds of value that the JSON payloads share, in and out: ids, names and addresses.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <type_traits>

#include <jamnet/core/short_text.hpp>
#include <jamnet/core/strong_id.hpp>
#include <jamnet/json/reader.hpp>
#include <jamnet/json/writer.hpp>
#include <jamnet/toast/address.hpp>

namespace jamnet::inline v0::toast::detail {

/// An integer of any width, refused beyond it or `max`.
template <class T>
[[nodiscard]] bool try_number(json::reader& in, T& out,
                              T max = std::numeric_limits<T>::max()) noexcept {
  if constexpr (std::is_signed_v<T>) {
    std::int64_t value = 0;
    if (!in.try_integer(value, std::numeric_limits<T>::min(), max)) return false;
    out = static_cast<T>(value);
  } else {
    std::uint64_t value = 0;
    if (!in.try_unsigned(value, 0, max)) return false;
    out = static_cast<T>(value);
  }
  return true;
}

/// The greatest event number: JSON's readers in other languages count no further.
inline constexpr std::uint64_t seq_limit = (std::uint64_t{1} << 53) - 1;

template <class Tag>
[[nodiscard]] bool try_id(json::reader& in, strong_id<Tag>& out) noexcept {
  const std::size_t at = in.offset();
  char scratch[16];
  std::string_view text;
  return in.try_string(scratch, text) &&
         (try_from_hex(text, out) || in.fail(errc::value_range, at));
}

/// A text that is cut where it is too long, and refused where it is absurdly so.
[[nodiscard]] inline bool try_text(json::reader& in, short_text& out) noexcept {
  const std::size_t at = in.offset();
  char scratch[4 * short_text::capacity];
  std::string_view text;
  if (!in.try_string(scratch, text)) return false;
  if (text.size() > sizeof scratch) return in.fail(errc::value_range, at);
  out = text;
  return true;
}

template <class Tag>
void write_id(json::writer& out, std::string_view key, strong_id<Tag> id) noexcept {
  const auto digits = to_hex(id);
  out.member(key, std::string_view{digits.data(), digits.size()});
}

/// The address itself as 8 (IPv4) or 32 (IPv6) hexadecimal digits.
inline void write_ip(json::writer& out, std::string_view key, const address& a) noexcept {
  std::array<char, 32> digits{};
  std::size_t count = 0;
  for (std::size_t i = a.is_v4() ? 12 : 0; i < 16; ++i) {
    digits[count++] = "0123456789abcdef"[a.ip[i] >> 4];
    digits[count++] = "0123456789abcdef"[a.ip[i] & 15];
  }
  out.member(key, std::string_view{digits.data(), count});
}

[[nodiscard]] inline bool try_ip(json::reader& in, address& out) noexcept {
  const std::size_t at = in.offset();
  char scratch[32];
  std::string_view text;
  if (!in.try_string(scratch, text)) return false;
  strong_id<void> high, low;
  if (text.size() == 8) {
    char padded[16] = {'0', '0', '0', '0', 'f', 'f', 'f', 'f'};
    for (std::size_t i = 0; i < 8; ++i) padded[8 + i] = text[i];
    if (!try_from_hex(std::string_view{padded, 16}, low)) return in.fail(errc::value_range, at);
  } else if (text.size() != 32 || !try_from_hex(text.substr(0, 16), high) ||
             !try_from_hex(text.substr(16), low)) {
    return in.fail(errc::value_range, at);
  }
  for (std::size_t i = 0; i < 8; ++i) {
    out.ip[i] = static_cast<std::uint8_t>(high.value >> (56 - 8 * i));
    out.ip[8 + i] = static_cast<std::uint8_t>(low.value >> (56 - 8 * i));
  }
  return true;
}

} // namespace jamnet::inline v0::toast::detail
