// SPDX-License-Identifier: MIT
//
// Big-endian integers in and out of bytes, and a cursor that cannot run past the end.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include <jamnet/core/config.hpp>

namespace jamnet::inline v0 {

using bytes_view = std::span<const std::uint8_t>;

/// The big-endian integer in the sizeof(T) bytes at `from`. [any-thread] [rt-safe] O(1)
template <std::integral T>
[[nodiscard]] constexpr T load_be(const std::uint8_t* from) noexcept {
  using bits = std::make_unsigned_t<T>;
  return [from]<std::size_t... I>(std::index_sequence<I...>) { // no loop: so it is one instruction
    return static_cast<T>((... | static_cast<bits>(bits{from[I]} << 8 * (sizeof(T) - 1 - I))));
  }(std::make_index_sequence<sizeof(T)>{});
}

/// Writes `value` big-endian to the sizeof(T) bytes at `to`. [any-thread] [rt-safe] O(1)
template <std::integral T>
constexpr void store_be(std::uint8_t* to, T value) noexcept {
  const auto bits = static_cast<std::make_unsigned_t<T>>(value);
  [to, bits]<std::size_t... I>(std::index_sequence<I...>) {
    ((to[I] = static_cast<std::uint8_t>(bits >> 8 * (sizeof(T) - 1 - I))), ...);
  }(std::make_index_sequence<sizeof(T)>{});
}

/// The same bytes, seen as the other of the two. [any-thread] [rt-safe] O(1)
[[nodiscard]] inline std::string_view as_text(bytes_view bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
[[nodiscard]] inline bytes_view as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// Reads a byte string from front to back; every read says whether the bytes were there.
class byte_reader {
public:
  constexpr explicit byte_reader(bytes_view bytes) noexcept : bytes_{bytes} {}

  /// Takes a big-endian integer; false, and nothing taken, when too few bytes are left.
  /// [one-thread] [rt-safe] O(1)
  template <std::integral T>
  [[nodiscard]] constexpr bool try_read(T& out) noexcept {
    if (remaining() < sizeof(T)) return false;
    out = load_be<T>(bytes_.data() + at_);
    at_ += sizeof(T);
    return true;
  }
  /// Takes the next `count` bytes as a view; false, and nothing taken, when fewer are left.
  /// [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr bool try_read(std::size_t count, bytes_view& out) noexcept {
    if (remaining() < count) return false;
    out = bytes_.subspan(at_, count);
    at_ += count;
    return true;
  }
  [[nodiscard]] constexpr std::size_t offset() const noexcept { return at_; }
  [[nodiscard]] constexpr std::size_t remaining() const noexcept { return bytes_.size() - at_; }

private:
  bytes_view bytes_;
  std::size_t at_ = 0;
};

} // namespace jamnet::inline v0
