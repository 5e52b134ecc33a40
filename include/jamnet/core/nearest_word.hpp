// SPDX-License-Identifier: MIT
//
// Which of some words was probably meant by one that is none of them: for messages about a mistyped
// option, a port or a device that is not there.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include <jamnet/core/algorithm.hpp>

namespace jamnet::inline v0 {

/// How many bytes must be typed, left out or changed to make one of the other (Levenshtein 1966).
/// [any-thread] [allocates] O(a b)
[[nodiscard]] inline std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1); // of the table: to the first bytes of b
  for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i] != b[j] ? 1 : 0);
      diagonal = row[j + 1];
      row[j + 1] = std::min(changed, std::min(row[j], row[j + 1]) + 1);
    }
  }
  return row.back();
}

/// The nearest of the words, the first of several, if it takes no more edits than a third of what
/// was typed, or two; otherwise nothing. Words are anything that a string_view can be made of.
/// [any-thread] [allocates] O(words)
template <class Words>
[[nodiscard]] std::string_view nearest_word(std::string_view typed, const Words& words) {
  std::string_view best;
  std::size_t fewest = std::max<std::size_t>(2, typed.size() / 3) + 1;
  for (const std::string_view word : words)
    if (const auto n = edits(typed, word); n < fewest) {
      fewest = n;
      best = word;
    }
  return best;
}

} // namespace jamnet::inline v0
