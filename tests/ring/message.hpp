// What goes between threads in the tests: words that must agree, so that an element shows that was
// read before it was written, or overwritten while it was read.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

struct message {
  std::array<std::uint64_t, 8> words{};

  message() = default;
  explicit message(std::uint64_t number) { words.fill(number); }
  std::uint64_t number() const { return words[0]; } // unless it is torn
  bool is(std::uint64_t number) const {
    return std::all_of(words.begin(), words.end(), [&](auto word) { return word == number; });
  }
  bool torn() const { return !is(number()); }
};
