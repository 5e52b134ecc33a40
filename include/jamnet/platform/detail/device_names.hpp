// SPDX-License-Identifier: MIT
//
// Names of devices, as systems say them and as users type them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <jamnet/core/nearest_word.hpp>

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

/// The place of the name most like what was typed, if more than half of that is in it.
inline std::optional<std::size_t> nearest_name(std::string_view typed,
                                               const std::vector<std::string>& names) {
  const auto low = lowered(typed);
  std::optional<std::size_t> nearest;
  std::size_t least = (low.size() + 1) / 2; // half of what was typed is no likeness
  for (std::size_t i = 0; i < names.size(); ++i)
    if (const auto distance = edits_into(low, lowered(names[i])); distance < least) {
      least = distance;
      nearest = i;
    }
  return nearest;
}

/// On one line of a terminal, whatever is in it.
inline std::string in_quotes(std::string_view name) {
  std::string out = '"' + std::string{name} + '"';
  for (char& c : out)
    if ((c >= 0 && c < ' ') || c == 0x7f) c = '?';
  return out;
}

inline std::string listed(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + in_quotes(name);
  return list;
}

/// Why meant_by() found none of the names, or several. `what` was to be one of them: "MIDI port".
inline std::string explain_names(std::string_view what, std::string_view typed,
                                 const std::vector<std::string>& names,
                                 const std::vector<std::size_t>& found) {
  if (!found.empty()) {
    std::vector<std::string> them;
    for (const auto place : found) them.push_back(names[place]);
    return in_quotes(typed) + " may mean " + listed(them);
  }
  const std::string line = "no " + std::string{what} + ' ' + in_quotes(typed);
  if (names.empty()) return line + "; there are none";
  const auto nearest = nearest_name(typed, names);
  return line +
         (nearest ? "; did you mean " + in_quotes(names[*nearest]) + "? There are "
                  : "; there are ") +
         listed(names);
}

} // namespace jamnet::inline v0::detail
