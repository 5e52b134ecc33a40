// printf into a string, cut at 255 characters.
#pragma once

#include <cstdarg>
#include <cstdio>
#include <string>

namespace shared {

[[gnu::format(printf, 1, 2)]] inline std::string print(const char* format, ...) {
  char line[256];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  return line;
}

} // namespace shared
