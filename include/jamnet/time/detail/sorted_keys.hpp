// SPDX-License-Identifier: MIT
//
// The last of many sorted numbers that is not beyond another, in a step or two.
//
// Changes of tempo are spread over a piece much as their bars are, so a table over equal parts of
// the whole leads at once to where a binary search would arrive; it still halves what a part has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace jamnet::inline v0::detail {

class sorted_keys {
public:
  sorted_keys() = default;
  /// At least one, none twice, in order, and less than 2^63 apart.
  explicit sorted_keys(std::vector<std::int64_t> keys) : keys_{std::move(keys)} {
    const auto range = static_cast<std::uint64_t>(keys_.back() - keys_.front());
    while (range >> shift_ > 2 * keys_.size()) ++shift_;
    std::uint32_t last = 0;
    for (std::uint64_t part = 0; part <= range >> shift_; ++part) {
      const auto begin = keys_.front() + static_cast<std::int64_t>(part << shift_);
      while (last + 1 < keys_.size() && keys_[last + 1] <= begin) ++last;
      parts_.push_back(last);
    }
    parts_.push_back(static_cast<std::uint32_t>(keys_.size() - 1));
  }

  /// The index of the last key that is not beyond x; 0 when all are.
  std::size_t last_up_to(std::int64_t x) const noexcept {
    if (x >= keys_.back()) return keys_.size() - 1;
    if (x <= keys_.front()) return 0;
    const auto part = static_cast<std::uint64_t>(x - keys_.front()) >> shift_;
    std::size_t low = parts_[part], high = parts_[part + 1];
    while (low < high) {
      const std::size_t middle = high - (high - low) / 2;
      if (keys_[middle] <= x)
        low = middle;
      else
        high = middle - 1;
    }
    return low;
  }
  std::int64_t operator[](std::size_t i) const noexcept { return keys_[i]; }

private:
  std::vector<std::int64_t> keys_;
  std::vector<std::uint32_t> parts_; // the last key not beyond the beginning of each part
  unsigned shift_ = 0;               // of which each is 2^shift_ long
};

} // namespace jamnet::inline v0::detail
