// SPDX-License-Identifier: MIT
//
// Which of a fixed list of names a text is: a hash table that the compiler fills.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include <jamnet/core/config.hpp>

namespace jamnet::inline v0::jsonmidi {

namespace detail {

/// memcmp for the few bytes of a name: two loads that overlap, and no call.
[[nodiscard]] inline bool same_text(const char* a, const char* b, std::size_t size) noexcept {
  const auto differ = [&]<class Word>(Word, std::size_t at) {
    Word x, y;
    std::memcpy(&x, a + at, sizeof x);
    std::memcpy(&y, b + at, sizeof y);
    return x ^ y;
  };
  if (size > 32 || size < 4) return std::memcmp(a, b, size) == 0;
  if (size < 8) return (differ(std::uint32_t{}, 0) | differ(std::uint32_t{}, size - 4)) == 0;
  std::uint64_t bad = differ(std::uint64_t{}, 0) | differ(std::uint64_t{}, size - 8);
  for (std::size_t at = 8; at + 8 < size; at += 8) bad |= differ(std::uint64_t{}, at);
  return bad == 0;
}

} // namespace detail

template <std::size_t Names>
class name_index {
  static_assert(Names < 128, "half of the table stays empty, so that a miss is found soon");

public:
  static constexpr std::size_t none = 255;

  /// Expects names that are not empty and differ.
  constexpr explicit name_index(const std::array<std::string_view, Names>& names) noexcept
      : names_{names} {
    for (auto& slot : slots_) slot = none;
    for (std::size_t i = 0; i < Names; ++i) {
      std::uint8_t at = hash(names[i]);
      while (slots_[at] != none) ++at;
      slots_[at] = static_cast<std::uint8_t>(i);
    }
  }

  /// The place of `name` in the list, or `none`. [any-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr std::size_t find(std::string_view name) const noexcept {
    if (name.empty()) return none;
    for (std::uint8_t at = hash(name); slots_[at] != none; ++at)
      if (is(slots_[at], name)) return slots_[at];
    return none;
  }

  [[nodiscard]] constexpr std::string_view name(std::size_t i) const noexcept { return names_[i]; }
  [[nodiscard]] static constexpr std::size_t size() noexcept { return Names; }

private:
  constexpr bool is(std::size_t i, std::string_view name) const noexcept {
    if (std::is_constant_evaluated()) return names_[i] == name;
    return names_[i].size() == name.size() &&
           detail::same_text(names_[i].data(), name.data(), name.size());
  }
  // The length and three characters tell the names of JSONMIDI apart but for a few.
  static constexpr std::uint8_t hash(std::string_view name) noexcept {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(name[i]); };
    return static_cast<std::uint8_t>(name.size() * 7 + at(0) * 3u + at(name.size() / 2) * 11u +
                                     at(name.size() - 1) * 29u);
  }

  std::array<std::string_view, Names> names_;
  std::array<std::uint8_t, 256> slots_{};
};

/// A name of the list that `Index` was made of; any other does not compile.
template <const auto& Index>
struct indexed_name {
  std::uint8_t index = 0;

  constexpr indexed_name() = default;
  consteval indexed_name(const char* name) : index{static_cast<std::uint8_t>(Index.find(name))} {
    JAMNET_EXPECTS(index != Index.none);
  }
  [[nodiscard]] constexpr std::string_view name() const noexcept { return Index.name(index); }
  friend constexpr bool operator==(const indexed_name&, const indexed_name&) = default;
};

} // namespace jamnet::inline v0::jsonmidi
