// SPDX-License-Identifier: MIT
//
// An array of a fixed size whose memory nobody has touched yet: what is never used costs address
// space, but no memory. std::vector would write to all of it at once.
#pragma once

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace jamnet::inline v0 {

/// Elements have no value until one is assigned. Moving leaves an array of size 0.
template <class T>
  requires(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>)
class untouched_array {
public:
  untouched_array() = default;
  /// [one-thread] [allocates] O(1)
  explicit untouched_array(std::size_t size)
      : data_{size > 0 ? static_cast<T*>(::operator new(size * sizeof(T))) : nullptr},
        size_{size} {}
  untouched_array(untouched_array&& other) noexcept
      : data_{std::exchange(other.data_, nullptr)},
        size_{std::exchange(other.size_, 0)} {}
  untouched_array& operator=(untouched_array&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~untouched_array() { ::operator delete(data_); }

  /// All three are [one-thread] [rt-safe] O(1).
  [[nodiscard]] T& operator[](std::size_t i) noexcept { return data_[i]; }
  [[nodiscard]] const T& operator[](std::size_t i) const noexcept { return data_[i]; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] T* data() noexcept { return data_; }
  [[nodiscard]] const T* data() const noexcept { return data_; }

private:
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

} // namespace jamnet::inline v0
