// SPDX-License-Identifier: MIT
//
// Writes compact JSON into the caller's buffer, commas by itself:
//
//     std::array<char, 256> buffer;
//     json::writer out{buffer};
//     out.begin_object().member("bpm", 120).key("loop").null().end_object();
//     send(out.text());
//
// What does not fit fails as a whole: text() is then empty, so half a document is never sent.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

#include <jamnet/json/string.hpp>
#include <jamnet/json/utf8.hpp>

namespace jamnet::inline v0::json {

class writer {
public:
  explicit writer(std::span<char> buffer) noexcept : buffer_{buffer} {}

  // Everything here is [one-thread] [rt-safe] and linear in what it writes. The caller keeps keys,
  // values and brackets in order: the writer does not check that.
  writer& begin_object() noexcept { return open('{'); }
  writer& end_object() noexcept { return close('}'); }
  writer& begin_array() noexcept { return open('['); }
  writer& end_array() noexcept { return close(']'); }
  writer& key(std::string_view name) noexcept {
    separate();
    quote(name);
    put(":");
    comma_ = false;
    return *this;
  }
  /// An integer, a bool, or a double in the shortest form that reads back to the same one;
  /// null for infinity and NaN, which JSON lacks.
  template <class T>
    requires std::is_arithmetic_v<T>
  writer& value(T value) noexcept;
  /// A string; each byte of it that is not UTF-8 becomes U+FFFD.
  writer& value(std::string_view text) noexcept {
    separate();
    quote(text);
    return *this;
  }
  writer& value(const char* text) noexcept { return value(std::string_view{text}); }
  writer& null() noexcept { return raw("null"); }
  /// A value that is JSON already; it is not checked.
  writer& raw(std::string_view json) noexcept {
    separate();
    put(json);
    return *this;
  }
  template <class T>
  writer& member(std::string_view name, const T& value) noexcept {
    return key(name).value(value);
  }

  /// Whether all of it did fit. [rt-safe] O(1)
  [[nodiscard]] bool ok() const noexcept { return !full_; }
  /// What was written so far; empty when it did not all fit. [rt-safe] O(1)
  [[nodiscard]] std::string_view text() const noexcept {
    return {buffer_.data(), full_ ? 0 : size_};
  }

private:
  writer& open(char bracket) noexcept {
    separate();
    put({&bracket, 1});
    comma_ = false;
    return *this;
  }
  writer& close(char bracket) noexcept {
    put({&bracket, 1});
    comma_ = true;
    return *this;
  }
  void separate() noexcept {
    if (comma_) put(",");
    comma_ = true;
  }
  void put(std::string_view text) noexcept {
    full_ = full_ || text.size() > buffer_.size() - size_;
    if (full_ || text.empty()) return;
    std::memcpy(buffer_.data() + size_, text.data(), text.size());
    size_ += text.size();
  }
  void quote(std::string_view text) noexcept;

  std::span<char> buffer_;
  std::size_t size_ = 0;
  bool comma_ = false; // whether one is due before the next key or value
  bool full_ = false;
};

template <class T>
  requires std::is_arithmetic_v<T>
writer& writer::value(T value) noexcept {
  if constexpr (std::is_same_v<T, bool>) {
    return raw(value ? "true" : "false");
  } else {
    if constexpr (std::is_floating_point_v<T>)
      if (!(value - value == 0)) return null();
    char digits[32];
    const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
    return raw({digits, static_cast<std::size_t>(end - digits)});
  }
}

inline void writer::quote(std::string_view text) noexcept {
  put("\"");
  while (!text.empty()) {
    // As much as needs no escape at once, then one character that does.
    std::size_t plain = 0, length = 0;
    while (plain < text.size()) {
      if (detail::is_plain(text[plain]))
        ++plain;
      else if (text[plain] & '\x80' && (length = utf8_length(text.substr(plain))) != 0)
        plain += length;
      else
        break;
    }
    put(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;

    constexpr std::string_view letters = "\"\"\\\\\bb\ff\nn\rr\tt"; // each before its escape
    const auto c = static_cast<unsigned char>(text.front());
    std::size_t letter = 0;
    while (letter < letters.size() && letters[letter] != text.front()) letter += 2;
    if (letter < letters.size()) {
      const char escape[2] = {'\\', letters[letter + 1]};
      put({escape, 2});
    } else if (c < 0x20) {
      const char hex[6] = {
          '\\', 'u', '0', '0', static_cast<char>('0' + (c >> 4)), "0123456789abcdef"[c & 15]};
      put({hex, 6});
    } else {
      put("\xef\xbf\xbd");
    }
    text.remove_prefix(1);
  }
  put("\"");
}

} // namespace jamnet::inline v0::json
