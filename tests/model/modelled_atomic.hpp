// Replaces std::atomic in every header that is included after this one by an atomic whose accesses
// model::explore() decides. What those headers need from elsewhere must therefore stand here.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/chrono.hpp>
#include <jamnet/core/config.hpp>
#include <jamnet/core/math.hpp>
#include <jamnet/core/result.hpp>
#include <jamnet/time/clock_source.hpp>

#include "model.hpp"

namespace std { // where else would "std::" find it

/// As large as what it replaces. It keeps only its first value; the others are in the execution.
template <class T>
class modelled_atomic {
  static_assert(is_trivially_copyable_v<T> && sizeof(T) <= 8);

public:
  using value_type = T;
  static constexpr bool is_always_lock_free = true;

  constexpr modelled_atomic() noexcept = default;
  constexpr modelled_atomic(T value) noexcept : first_{value} {}
  modelled_atomic(const modelled_atomic&) = delete;
  modelled_atomic& operator=(const modelled_atomic&) = delete;

  T load(memory_order order = memory_order_seq_cst) const noexcept {
    return value_of(model::current->load(this, bits_of(first_), order));
  }
  void store(T value, memory_order order = memory_order_seq_cst) noexcept {
    model::current->put(this, bits_of(first_), bits_of(value), order);
  }
  T exchange(T value, memory_order order = memory_order_seq_cst) noexcept {
    return change(order, [=](T) { return value; });
  }
  T fetch_add(T by, memory_order order = memory_order_seq_cst) noexcept {
    return change(order, [=](T old) { return static_cast<T>(old + by); });
  }
  T fetch_sub(T by, memory_order order = memory_order_seq_cst) noexcept {
    return change(order, [=](T old) { return static_cast<T>(old - by); });
  }
  T fetch_or(T by, memory_order order = memory_order_seq_cst) noexcept {
    return change(order, [=](T old) { return static_cast<T>(old | by); });
  }
  T fetch_and(T by, memory_order order = memory_order_seq_cst) noexcept {
    return change(order, [=](T old) { return static_cast<T>(old & by); });
  }
  bool compare_exchange_strong(T& expected, T value, memory_order order,
                               memory_order on_failure) noexcept {
    const auto wanted = bits_of(expected);
    const auto found = model::current->read_modify_write(
        this, bits_of(first_), order, on_failure,
        [&](uint64_t old) { return old == wanted ? optional<uint64_t>{bits_of(value)} : nullopt; });
    if (found != wanted) expected = value_of(found);
    return found == wanted;
  }
  bool compare_exchange_strong(T& expected, T value,
                               memory_order order = memory_order_seq_cst) noexcept {
    return compare_exchange_strong(expected, value, order, // its release is only for the store
                                   model::acquires(order) ? memory_order_acquire
                                                          : memory_order_relaxed);
  }
  bool compare_exchange_weak(T& expected, T value, auto... orders) noexcept {
    return compare_exchange_strong(expected, value, orders...);
  }

private:
  template <class Change>
  T change(memory_order order, Change with) {
    return value_of(
        model::current->read_modify_write(this, bits_of(first_), order, order, [&](uint64_t old) {
          return optional<uint64_t>{bits_of(with(value_of(old)))};
        }));
  }
  static uint64_t bits_of(T value) noexcept {
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof value);
    return bits;
  }
  static T value_of(uint64_t bits) noexcept {
    T value;
    memcpy(&value, &bits, sizeof value);
    return value;
  }

  alignas(sizeof(T)) T first_{};
};

} // namespace std

#define atomic modelled_atomic
