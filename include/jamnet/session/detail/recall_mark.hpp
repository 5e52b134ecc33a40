// SPDX-License-Identifier: MIT
//
// How a line of a state differs from what is played: by one more key, behind all others.
#pragma once

#include <charconv>
#include <cstddef>
#include <span>
#include <string_view>

namespace jamnet::inline v0::detail {

/// Which of how many lines of a state this one is.
struct recall_mark {
  unsigned index = 0, count = 0; ///< a count of 0: it is of none
};

/// Puts the mark behind all other keys of a line's object, as `,"recall":[index,count]`. Expects
/// room for 32 bytes more. [net-thread] [rt-safe] O(1)
[[nodiscard]] inline std::string_view mark_recall(std::span<char> line, std::size_t size,
                                                  recall_mark mark) noexcept {
  const auto put = [&](std::string_view text) {
    for (const char c : text)
      if (size < line.size()) line[size++] = c; // always; g++ at -O3 cannot see it
  };
  const auto number = [&](unsigned value) {
    const auto end = std::to_chars(line.data() + size, line.data() + line.size(), value).ptr;
    size = static_cast<std::size_t>(end - line.data());
  };
  --size; // the object's end
  put(",\"recall\":[");
  number(mark.index);
  put(",");
  number(mark.count);
  put("]}");
  return {line.data(), size};
}

/// Reads it; a count of 0 where there is none. [net-thread] [rt-safe] O(1)
[[nodiscard]] inline recall_mark find_recall(std::string_view line) noexcept {
  constexpr std::string_view key = ",\"recall\":[";
  while (!line.empty() && line.back() != '}') line.remove_suffix(1); // white space
  if (!line.ends_with("]}")) return {};                              // as most
  const auto at = line.rfind(key);
  if (line.size() > 40 + key.size() && at < line.size() - 40) return {};
  if (at == std::string_view::npos) return {};
  recall_mark mark;
  const char* const end = line.data() + line.size();
  const auto index = std::from_chars(line.data() + at + key.size(), end, mark.index);
  if (index.ec != std::errc{} || index.ptr == end || *index.ptr != ',') return {};
  const auto count = std::from_chars(index.ptr + 1, end, mark.count);
  const bool whole = count.ec == std::errc{} && std::string_view(count.ptr, end) == "]}";
  return whole && mark.index < mark.count ? mark : recall_mark{};
}

} // namespace jamnet::inline v0::detail
