// Which of some words was probably meant by one that is none of them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

namespace sync_lab {

/// How many letters must be typed, left out or changed to make one of the other (Levenshtein).
[[nodiscard]] inline std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

/// "; did you mean X?" for the nearest of the words, if it is near; otherwise what is said instead.
template <class Words>
[[nodiscard]] std::string suggestion(std::string_view typed, const Words& words,
                                     const char* otherwise = "") {
  std::string_view best;
  std::size_t fewest = std::max<std::size_t>(2, typed.size() / 3) + 1;
  for (const std::string_view word : words)
    if (const auto n = edits(typed, word); n < fewest) {
      fewest = n;
      best = word;
    }
  return best.empty() ? otherwise : "; did you mean " + std::string{best} + "?";
}

} // namespace sync_lab
