// A number from the command line: all of the text, and within limits.
#pragma once

#include <charconv>
#include <string_view>
#include <system_error>

namespace shared {

/// False, and `out` untouched, for anything else.
template <class Number>
bool read_number(std::string_view text, Number& out, Number least, Number most) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return false;
  if (!(value >= least && value <= most)) return false;
  out = value;
  return true;
}

} // namespace shared
