// SPDX-License-Identifier: MIT
//
// A value, or the failure that prevented it: the part of std::expected<T, failure> we need.
//
// It stays our own type under C++23 too. An alias chosen by a feature macro would give one inline
// function two return types in two translation units, and no linker would notice.
#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include <jamnet/core/config.hpp>
#include <jamnet/core/errc.hpp>

namespace jamnet::inline v0 {

template <class T>
class [[nodiscard]] result {
  // Not a constraint: a class could not name the result of itself while it is incomplete.
  static_assert(std::is_nothrow_move_constructible_v<T>);

public:
  using value_type = T;
  using error_type = failure;

  constexpr result(T value) noexcept : value_{std::move(value)} {}
  constexpr result(failure why) noexcept : failure_{why} {}
  constexpr result(errc code) noexcept : failure_{code} {}

  [[nodiscard]] constexpr bool has_value() const noexcept { return value_.has_value(); }
  constexpr explicit operator bool() const noexcept { return has_value(); }

  /// Expects has_value().
  [[nodiscard]] constexpr T& operator*() & noexcept { return JAMNET_EXPECTS(value_), *value_; }
  [[nodiscard]] constexpr const T& operator*() const& noexcept {
    return JAMNET_EXPECTS(value_), *value_;
  }
  [[nodiscard]] constexpr T&& operator*() && noexcept { return std::move(**this); }
  [[nodiscard]] constexpr T* operator->() noexcept { return &**this; }
  [[nodiscard]] constexpr const T* operator->() const noexcept { return &**this; }

  /// Expects !has_value().
  [[nodiscard]] constexpr failure error() const noexcept {
    return JAMNET_EXPECTS(!value_), failure_;
  }

  [[nodiscard]] constexpr T value_or(T fallback) const& noexcept
    requires std::is_nothrow_copy_constructible_v<T>
  {
    return value_ ? *value_ : std::move(fallback);
  }

private:
  std::optional<T> value_;
  failure failure_{}; // meaningful only without a value
};

} // namespace jamnet::inline v0
