// SPDX-License-Identifier: MIT
//
// Which of a sender's counters were seen: each counts once, in whatever order they come, and what
// lies 1,024 or more behind the greatest comes too late.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <jamnet/core/algorithm.hpp>

namespace jamnet::inline v0::toast {

class replay_window {
public:
  static constexpr std::uint64_t size = 1'024;

  replay_window() = default;
  /// As if all below `next` had been taken.
  explicit replay_window(std::uint64_t next) noexcept : next_{next} {
    words_.fill(~std::uint64_t{0});
    words_[word(next)] = (std::uint64_t{1} << (next % 64)) - 1;
  }

  /// Whether `counter` has not been taken and is not too late. [one-thread] [rt-safe] O(1)
  [[nodiscard]] bool is_new(std::uint64_t counter) const noexcept {
    if (counter >= next_) return counter != ~std::uint64_t{0}; // behind it there is no next
    if (next_ - counter > size) return false;
    return (words_[word(counter)] >> (counter % 64) & 1) == 0;
  }
  /// Takes one that is_new(); only after its datagram was found true. [one-thread] [rt-safe] O(1)
  void take(std::uint64_t counter) noexcept {
    if (counter >= next_) { // what lies between was not seen
      const std::uint64_t ahead = std::min(counter / 64 - next_ / 64, std::uint64_t{words});
      for (std::uint64_t i = 1; i <= ahead; ++i) words_[(next_ / 64 + i) % words] = 0;
      if (next_ % 64 == 0) words_[word(next_)] = 0;
      next_ = counter + 1;
    }
    words_[word(counter)] |= std::uint64_t{1} << (counter % 64);
  }

private:
  static constexpr std::size_t words = 32; // twice the window: none is used again while it counts
  [[nodiscard]] static constexpr std::size_t word(std::uint64_t counter) noexcept {
    return static_cast<std::size_t>(counter / 64 % words);
  }

  std::array<std::uint64_t, words> words_{};
  std::uint64_t next_ = 0; // above the greatest taken
};

} // namespace jamnet::inline v0::toast
