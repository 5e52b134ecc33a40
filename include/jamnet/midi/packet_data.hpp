// SPDX-License-Identifier: MIT
//
// The bytes or the text in one packet, held in place: as many as the packet has room for.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <type_traits>

#include <jamnet/core/bytes.hpp>

namespace jamnet::inline v0 {

template <std::size_t Capacity>
class packet_data {
public:
  static constexpr std::size_t capacity = Capacity;

  // All of these are [any-thread] [rt-safe] O(Capacity), and expect no more than fits.

  constexpr packet_data() = default;
  constexpr packet_data(std::initializer_list<std::uint8_t> bytes) noexcept { append(bytes); }
  template <class Bytes>
    requires std::is_convertible_v<const Bytes&, bytes_view>
  constexpr packet_data(const Bytes& bytes) noexcept {
    append(bytes_view(bytes));
  }
  template <class Text>
    requires std::is_convertible_v<const Text&, std::string_view>
  constexpr packet_data(const Text& text) noexcept {
    append(std::string_view(text));
  }

  constexpr void push_back(std::uint8_t byte) noexcept {
    JAMNET_EXPECTS(size_ < Capacity);
    bytes_[size_++] = byte;
  }
  constexpr void clear() noexcept { *this = {}; }

  [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }
  [[nodiscard]] constexpr bool full() const noexcept { return size_ == Capacity; }
  /// All bytes of the packet; those behind size() are zero.
  [[nodiscard]] constexpr const std::array<std::uint8_t, Capacity>& padded() const noexcept {
    return bytes_;
  }
  [[nodiscard]] constexpr bytes_view bytes() const noexcept { return {bytes_.data(), size_}; }
  [[nodiscard]] std::string_view text() const noexcept { return as_text(bytes()); }
  constexpr operator bytes_view() const noexcept { return bytes(); }

  friend constexpr bool operator==(const packet_data&, const packet_data&) = default;

private:
  constexpr void append(const auto& from) noexcept {
    for (const auto byte : from) push_back(static_cast<std::uint8_t>(byte));
  }

  std::array<std::uint8_t, Capacity> bytes_{};
  std::uint8_t size_ = 0;
};

} // namespace jamnet::inline v0
