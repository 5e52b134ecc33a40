// What others call themselves, fit for a terminal.
#pragma once

#include <algorithm>
#include <string>

namespace shared {

/// Without control characters, which might do anything there.
[[nodiscard]] inline std::string printable(std::string text) {
  const auto is_control = [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; };
  std::replace_if(text.begin(), text.end(), is_control, '?');
  return text;
}

} // namespace shared
