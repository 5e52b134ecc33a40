// SPDX-License-Identifier: MIT
//
// A name of at most 63 bytes, held in place: copied as bytes, so it may travel through a ring.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace jamnet::inline v0 {

class short_text {
public:
  static constexpr std::size_t capacity = 63;

  constexpr short_text() = default;
  /// As much of `text` as fits, never cutting a UTF-8 character in two.
  template <class Text>
    requires std::is_convertible_v<const Text&, std::string_view>
  constexpr short_text(const Text& chars) noexcept {
    const std::string_view text = chars;
    std::size_t size = text.size() <= capacity ? text.size() : capacity;
    if (size < text.size())
      while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
    for (std::size_t i = 0; i < size; ++i) chars_[i] = text[i];
    size_ = static_cast<std::uint8_t>(size);
  }

  constexpr operator std::string_view() const noexcept { return {chars_.data(), size_}; }
  [[nodiscard]] constexpr std::string_view view() const noexcept { return *this; }
  [[nodiscard]] constexpr bool empty() const noexcept { return size_ == 0; }

  friend constexpr bool operator==(const short_text& a, const short_text& b) noexcept {
    return a.view() == b.view();
  }

private:
  std::array<char, capacity> chars_{};
  std::uint8_t size_ = 0;
};

} // namespace jamnet::inline v0
