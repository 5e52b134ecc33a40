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
[[nodiscard]] inline std::size_t edits(std::string_view a, std::string_view b);

/// The same to make `part` of what is best for that in `text` (Sellers 1980).
/// [any-thread] [allocates] O(part text)
[[nodiscard]] inline std::size_t edits_into(std::string_view part, std::string_view text);

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

namespace detail {

// A row of the table after the other: what it takes to make the beginnings of `a`, up to each byte,
// of that of `text` up to the byte at hand, or of what ends there, if it may begin `anywhere`.
template <class Row>
void for_rows_of_edits(std::string_view a, std::string_view text, bool anywhere, Row&& each) {
  std::vector<std::size_t> row(a.size() + 1);
  for (std::size_t i = 0; i < row.size(); ++i) row[i] = i;
  each(row.back());
  for (std::size_t j = 0; j < text.size(); ++j) {
    std::size_t diagonal = row[0];
    row[0] = anywhere ? 0 : j + 1;
    for (std::size_t i = 0; i < a.size(); ++i) {
      const std::size_t changed = diagonal + (a[i] != text[j] ? 1 : 0);
      diagonal = row[i + 1];
      row[i + 1] = std::min(changed, std::min(row[i], row[i + 1]) + 1);
    }
    each(row.back());
  }
}

} // namespace detail

inline std::size_t edits(std::string_view a, std::string_view b) {
  std::size_t last = 0;
  detail::for_rows_of_edits(a, b, false, [&](std::size_t n) { last = n; });
  return last;
}

inline std::size_t edits_into(std::string_view part, std::string_view text) {
  std::size_t fewest = part.size();
  detail::for_rows_of_edits(part, text, true, [&](std::size_t n) { fewest = std::min(fewest, n); });
  return fewest;
}

} // namespace jamnet::inline v0
