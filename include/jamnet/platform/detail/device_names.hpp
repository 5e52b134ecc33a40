// SPDX-License-Identifier: MIT
//
// Names of devices, as systems say them and as users type them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <jamnet/core/algorithm.hpp>

namespace jamnet::inline v0::detail {

// Letters beyond ASCII are as they are: UTF-8 bytes are not letters.
constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

inline std::string lowered(std::string_view text) {
  std::string out{text};
  for (char& c : out) c = lower(c);
  return out;
}

/// How many letters of `part` would have to be changed, added or left out for it to be in `text`
/// (Sellers 1980: an edit distance that may begin and end anywhere in the text).
inline std::size_t distance_into(std::string_view part, std::string_view text) {
  std::vector<std::size_t> column(part.size() + 1); // of the part's beginnings, up to one letter
  for (std::size_t i = 0; i < column.size(); ++i) column[i] = i;
  std::size_t best = part.size();
  for (const char c : text) {
    std::size_t diagonal = 0; // the part may begin here
    for (std::size_t i = 1; i < column.size(); ++i) {
      const auto left = column[i];
      const auto change = diagonal + (part[i - 1] == c ? 0 : 1);
      column[i] = std::min({change, left + 1, column[i - 1] + 1});
      diagonal = left;
    }
    best = std::min(best, column.back());
  }
  return best;
}

/// Where the names are that `typed` may mean: exactly so, else so in any case, else with that in
/// them, in any case.
inline std::vector<std::size_t> meant_by(std::string_view typed,
                                         const std::vector<std::string>& names) {
  const auto all_that = [&](auto&& meant) {
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < names.size(); ++i)
      if (meant(names[i])) places.push_back(i);
    return places;
  };
  auto found = all_that([&](const std::string& name) { return name == typed; });
  if (!found.empty() || typed.empty()) return found;
  const auto low = lowered(typed);
  found = all_that([&](const std::string& name) { return lowered(name) == low; });
  if (!found.empty()) return found;
  return all_that(
      [&](const std::string& name) { return lowered(name).find(low) != std::string::npos; });
}

/// The name most like what was typed, if more than half of that is in it; else an empty one.
inline std::string nearest_name(std::string_view typed, const std::vector<std::string>& names) {
  const auto low = lowered(typed);
  std::string nearest;
  std::size_t least = (low.size() + 1) / 2; // half of what was typed is no likeness
  for (const std::string& name : names)
    if (const auto distance = distance_into(low, lowered(name)); distance < least) {
      least = distance;
      nearest = name;
    }
  return nearest;
}

/// Each in quotation marks.
inline std::string listed(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "\"" : ", \"") + name + '"';
  return list;
}

} // namespace jamnet::inline v0::detail
