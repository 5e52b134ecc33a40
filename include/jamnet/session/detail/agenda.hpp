// SPDX-License-Identifier: MIT
//
// Items, and when each of them next has something to do, so that whoever looks after many finds
// those that are due without looking at all.
//
// Nothing needs to be kept up by hand. An item can be changed only through a function that touches
// it, and what was touched counts as due at once; settle() then asks it when it really is. So a
// moment that is remembered is never too late.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/time/timeline.hpp>

namespace jamnet::inline v0::detail {

/// References to items last until they are erased, but a change counts only until the next
/// settle(). Functions given may touch other items, but not add or erase any.
template <class Item>
class agenda {
public:
  /// What a loop over all of them sees: `entry->name`.
  class entry {
  public:
    entry(std::uint32_t tag, Item item)
        : tag_{tag},
          item_{std::make_unique<Item>(std::move(item))} {}
    [[nodiscard]] const Item& operator*() const noexcept { return *item_; }
    [[nodiscard]] const Item* operator->() const noexcept { return item_.get(); }

  private:
    friend agenda;
    host_time at_{};
    std::uint32_t tag_;
    bool touched_ = true; // since it was asked
    std::unique_ptr<Item> item_;
  };

  /// From the one longest not served. [one-thread] [rt-safe]
  [[nodiscard]] auto begin() const noexcept { return entries_.begin(); }
  [[nodiscard]] auto end() const noexcept { return entries_.end(); }
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

  /// Items of another tag can be passed over without looking at them. [one-thread] [allocates]
  Item& add(std::uint32_t tag, Item item) {
    return touch(entries_.emplace_back(tag, std::move(item)));
  }
  /// Forgets those for which `dead(const Item&)`. [one-thread] [rt-safe] O(n)
  template <class F>
  void erase_if(F&& dead) {
    if (std::erase_if(entries_, [&](const entry& e) { return dead(*e); }) > 0)
      settled_ = false; // it may have been the next
  }

  /// The first for which `is_it(const Item&)`, to be changed; or none. [one-thread] [rt-safe] O(n)
  template <class F>
  [[nodiscard]] Item* touch_if(F&& is_it) {
    for (entry& e : entries_)
      if (is_it(*e)) return &touch(e);
    return nullptr;
  }
  template <class F>
  [[nodiscard]] Item* touch_if(std::uint32_t tag, F&& is_it) {
    for (entry& e : entries_)
      if (e.tag_ == tag && is_it(*e)) return &touch(e);
    return nullptr;
  }
  /// Gives the first for which `is_it(const Item&)` another tag. [one-thread] [rt-safe] O(n)
  template <class F>
  void retag(std::uint32_t tag, F&& is_it) {
    for (entry& e : entries_)
      if (is_it(*e)) {
        e.tag_ = tag;
        return;
      }
  }
  /// Calls `f(Item&)` for all. [one-thread] [rt-safe] O(n)
  template <class F>
  void touch_all(F&& f) {
    for (entry& e : entries_) f(touch(e));
  }
  /// Calls `f(Item&)` for those that may be due. [one-thread] [rt-safe] O(n)
  template <class F>
  void touch_due(host_time now, F&& f) {
    if (settled_ && earliest_ > now) return;
    for (entry& e : entries_)
      if (e.touched_ || e.at_ <= now) f(touch(e));
  }
  /// Offers those that may be due to `f(Item&)`, and those which are `wanted(const Item&)`, until
  /// it takes one, which then comes last. False when it takes none. [one-thread] [rt-safe] O(n)
  template <class Wanted, class F>
  bool serve(host_time now, Wanted&& wanted, F&& f) {
    for (auto e = entries_.begin(); e != entries_.end(); ++e) {
      const bool due = e->touched_ || e->at_ <= now;
      if ((!due && !wanted(**e)) || !f(touch(*e))) continue;
      entry served = std::move(*e);
      std::move(e + 1, entries_.end(), e);
      entries_.back() = std::move(served);
      return true;
    }
    return false;
  }

  /// Asks those that were touched when they are due: `moment(const Item&)`. Whoever still holds one
  /// of them changes it no more. [one-thread] [rt-safe] O(n)
  template <class F>
  void settle(F&& moment) {
    if (settled_) return;
    earliest_ = host_time::max();
    for (entry& e : entries_) {
      if (std::exchange(e.touched_, false)) e.at_ = moment(*e);
      earliest_ = std::min(earliest_, e.at_);
    }
    settled_ = true;
  }
  /// When the next is due; host_time::max() if none ever is. [one-thread] [rt-safe] O(1) if nothing
  /// was touched since settle()
  template <class F>
  [[nodiscard]] host_time earliest(F&& moment) const {
    assert(is_true(moment));
    if (settled_) return earliest_;
    host_time at = host_time::max();
    for (const entry& e : entries_) at = std::min(at, e.touched_ ? moment(*e) : e.at_);
    return at;
  }

private:
  Item& touch(entry& e) noexcept {
    e.touched_ = true;
    settled_ = false;
    return *e.item_;
  }

  template <class F>
  [[nodiscard]] bool is_true(F&& moment) const {
    return std::all_of(begin(), end(), [&](const entry& e) {
      return e.touched_ || (e.at_ == moment(*e) && (!settled_ || e.at_ >= earliest_));
    });
  }

  std::vector<entry> entries_;
  host_time earliest_ = host_time::max(); // of them …
  bool settled_ = false;                  // … if so
};

} // namespace jamnet::inline v0::detail
