// SPDX-License-Identifier: MIT
//
// JSON strings: finding where one ends, which proves it valid, and undoing its escapes.
//
// Two steps because nearly no string has escapes: those are used where they lie.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include <jamnet/core/errc.hpp>
#include <jamnet/json/digits.hpp>
#include <jamnet/json/utf8.hpp>

namespace jamnet::inline v0::json {

namespace detail {

/// The character that `\c` stands for; 0 for `\u` and for what is no escape.
[[nodiscard]] constexpr char escaped_character(char c) noexcept {
  switch (c) {
  case '"':
  case '\\':
  case '/': return c;
  case 'b': return '\b';
  case 'f': return '\f';
  case 'n': return '\n';
  case 'r': return '\r';
  case 't': return '\t';
  default: return 0;
  }
}

/// Whether a byte of a string stands for itself and needs no second look: ASCII but for controls,
/// quotes and backslashes.
[[nodiscard]] constexpr bool is_plain(char c) noexcept {
  return c >= 0x20 && static_cast<unsigned char>(c) < 0x80 && c != '"' && c != '\\';
}

inline constexpr std::uint32_t no_code_unit = ~std::uint32_t{0};

/// The four hexadecimal digits behind `\u`; no_code_unit when they are not there.
[[nodiscard]] constexpr std::uint32_t code_unit(std::string_view text) noexcept {
  if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') return no_code_unit;
  std::uint32_t unit = 0;
  for (const char c : text.substr(2, 4)) {
    const auto lower = static_cast<char>(c | 0x20);
    if (c >= '0' && c <= '9')
      unit = unit << 4 | static_cast<std::uint32_t>(c - '0');
    else if (lower >= 'a' && lower <= 'f')
      unit = unit << 4 | static_cast<std::uint32_t>(lower - 'a' + 10);
    else
      return no_code_unit;
  }
  return unit;
}

/// The character at the front of `text`, which starts with `\u`, and in `size` how many bytes it
/// took: two escapes make one character beyond U+FFFF. no_code_unit for half of such a pair.
[[nodiscard]] constexpr std::uint32_t unicode_escape(std::string_view text,
                                                     std::size_t& size) noexcept {
  size = 6;
  const std::uint32_t first = code_unit(text);
  if (first < 0xd800 || first > 0xdfff) return first;
  const std::uint32_t second = code_unit(text.substr(6));
  if (first > 0xdbff || second < 0xdc00 || second > 0xdfff) return no_code_unit;
  size = 12;
  return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
}

} // namespace detail

namespace detail {

/// The top bit of each of eight bytes that is not plain. A byte behind one may be told wrong: what
/// is below n borrows from the next byte when n is taken from it. Zero is below one.
[[nodiscard]] constexpr std::uint64_t not_plain(std::uint64_t bytes) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101, tops = 0x8080808080808080;
  const std::uint64_t quotes = bytes ^ ones * '"', backslashes = bytes ^ ones * '\\';
  return ((quotes - ones) | (backslashes - ones) | (bytes - ones * ' ') | bytes) & tops;
}

/// The first byte from `at` on that is not plain, or the end of the text.
[[nodiscard]] constexpr std::size_t skip_plain(std::string_view text, std::size_t at) noexcept {
  if (!std::is_constant_evaluated())
    for (; text.size() - at >= 8; at += 8)
      if (const std::uint64_t stops = not_plain(load8(text.data() + at)); stops != 0)
        return at + static_cast<unsigned>(std::countr_zero(stops)) / 8;
  while (at < text.size() && is_plain(text[at])) ++at;
  return at;
}

} // namespace detail

/// Moves `at` from behind the opening quote of a string in `text` to its closing quote and says
/// in `escaped` whether there are escapes. A failure tells the offset; its code is zero when all
/// is well. [any-thread] [rt-safe] O(n)
[[nodiscard]] constexpr failure scan_string(std::string_view text, std::size_t& at,
                                            bool& escaped) noexcept {
  const auto fail = [](errc code, std::size_t offset) {
    return failure{code, static_cast<std::uint32_t>(offset)};
  };
  escaped = false;
  while (true) {
    at = detail::skip_plain(text, at);
    if (at >= text.size()) break;
    const auto c = static_cast<unsigned char>(text[at]);
    if (c == '"') return {};
    if (c < 0x20) return fail(errc::json_syntax, at);
    if (c == '\\') {
      escaped = true;
      if (at + 1 == text.size()) break;
      std::size_t size = 2;
      if (text[at + 1] == 'u') {
        for (std::size_t i = at + 2; i < at + 6; ++i) {
          if (i >= text.size()) return fail(errc::json_truncated, text.size());
          const char h = static_cast<char>(text[i] | 0x20);
          if (!(text[i] >= '0' && text[i] <= '9') && !(h >= 'a' && h <= 'f'))
            return fail(errc::json_syntax, i);
        }
        if (detail::unicode_escape(text.substr(at), size) == detail::no_code_unit)
          return fail(errc::json_utf8, at);
      } else if (!detail::escaped_character(text[at + 1])) {
        return fail(errc::json_syntax, at + 1);
      }
      at += size;
    } else if (const std::size_t size = utf8_length(text.substr(at))) {
      at += size;
    } else {
      return fail(errc::json_utf8, at);
    }
  }
  return fail(errc::json_truncated, text.size());
}

/// Writes what `raw`, the inside of a scanned string, means to `to`. False when it does not fit;
/// as many bytes as `raw` has are always enough. [any-thread] [rt-safe] O(n)
[[nodiscard]] constexpr bool try_unescape(std::string_view raw, std::span<char> to,
                                          std::string_view& out) noexcept {
  std::size_t used = 0;
  for (std::size_t at = 0; at < raw.size();) {
    char bytes[4] = {raw[at]};
    std::size_t taken = 1, given = 1;
    if (raw[at] == '\\') {
      taken = 2;
      bytes[0] = detail::escaped_character(raw[at + 1]);
      if (raw[at + 1] == 'u')
        given = utf8_encode(detail::unicode_escape(raw.substr(at), taken), bytes);
    }
    if (given > to.size() - used) return false;
    for (std::size_t i = 0; i < given; ++i) to[used++] = bytes[i];
    at += taken;
  }
  out = {to.data(), used};
  return true;
}

/// The bytes that the inside of a scanned string means, one after the other.
class string_bytes {
public:
  constexpr explicit string_bytes(std::string_view raw) noexcept : raw_{raw} {}

  /// Takes the next byte; false at the end. [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr bool try_next(std::uint8_t& out) noexcept {
    if (used_ == character_.size()) {
      if (raw_.empty()) return false;
      std::size_t size = 1;
      if (raw_[0] == '\\') {
        size = 2;
        if (raw_[1] == 'u') static_cast<void>(detail::unicode_escape(raw_, size));
      }
      static_cast<void>(try_unescape(raw_.substr(0, size), buffer_, character_));
      raw_.remove_prefix(size);
      used_ = 0;
    }
    out = static_cast<std::uint8_t>(character_[used_++]);
    return true;
  }

private:
  std::string_view raw_;
  std::array<char, 4> buffer_{};
  std::string_view character_; // in the buffer
  std::size_t used_ = 0;       // of it
};

} // namespace jamnet::inline v0::json
