// SPDX-License-Identifier: MIT
//
// Which of a fixed list of names a text is: a hash table that the compiler fills.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <jamnet/core/config.hpp>

namespace jamnet::inline v0::jsonmidi {

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
      if (names_[slots_[at]] == name) return slots_[at];
    return none;
  }

  [[nodiscard]] constexpr std::string_view name(std::size_t i) const noexcept { return names_[i]; }
  [[nodiscard]] static constexpr std::size_t size() noexcept { return Names; }

private:
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
