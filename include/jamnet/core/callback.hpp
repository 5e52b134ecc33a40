// SPDX-License-Identifier: MIT
//
// What a user wants called: any callable of one signature, owned, moved, never copied. The part
// of C++23's std::move_only_function we need; <functional> would double the cost of including us.
#pragma once

#include <type_traits>
#include <utility>

namespace jamnet::inline v0 {

template <class Signature>
class callback;

template <class... Args>
class callback<void(Args...)> {
public:
  callback() = default;
  /// Takes over `f`. [control-thread] [allocates] O(1)
  template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, callback> && std::is_invocable_v<F&, Args...>)
  callback(F&& f)
      : object_{new std::remove_cvref_t<F>(std::forward<F>(f))},
        call_{[](void* object, Args... args) {
          (*static_cast<std::remove_cvref_t<F>*>(object))(std::forward<Args>(args)...);
        }},
        destroy_{[](void* object) { delete static_cast<std::remove_cvref_t<F>*>(object); }} {}
  callback(callback&& other) noexcept { swap(other); }
  callback& operator=(callback&& other) noexcept {
    callback{std::move(other)}.swap(*this);
    return *this;
  }
  ~callback() {
    if (object_ != nullptr) destroy_(object_);
  }

  /// Calls it; nothing happens when there is nothing to call. [one-thread] O(1)
  void operator()(Args... args) const {
    if (object_ != nullptr) call_(object_, std::forward<Args>(args)...);
  }
  explicit operator bool() const noexcept { return object_ != nullptr; }

private:
  void swap(callback& other) noexcept {
    std::swap(object_, other.object_);
    std::swap(call_, other.call_);
    std::swap(destroy_, other.destroy_);
  }

  void* object_ = nullptr;
  void (*call_)(void*, Args...) = nullptr;
  void (*destroy_)(void*) = nullptr;
};

} // namespace jamnet::inline v0
