// SPDX-License-Identifier: MIT
//
// Bars, beats and ticks as musicians read them, 017.01.000, and the text both ways.
//
// Bars and beats count from 1, ticks from 0. The bar before 001 is 000, the one before that -001:
// where a count-in is. What a beat is and how many ticks it has is for a meter_map to say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <jamnet/core/result.hpp>
#include <jamnet/core/short_text.hpp>

namespace jamnet::inline v0 {

struct musical_position {
  std::int64_t bar = 1;
  std::uint32_t beat = 1;
  std::uint32_t tick = 0;

  friend constexpr auto operator<=>(const musical_position&, const musical_position&) = default;
};

/// With at least three digits for the bar, two for the beat and three for the tick, so that the
/// texts of one song are as long as each other. [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr short_text to_text(const musical_position& position) noexcept {
  char text[48]{};
  std::size_t at = sizeof text;
  const auto put = [&](std::uint64_t number, int digits) {
    for (; digits > 0 || number != 0; --digits, number /= 10)
      text[--at] = static_cast<char>('0' + number % 10);
  };
  const auto bar = static_cast<std::uint64_t>(position.bar);
  put(position.tick, 3), text[--at] = '.';
  put(position.beat, 2), text[--at] = '.';
  put(position.bar < 0 ? 0 - bar : bar, 3);
  if (position.bar < 0) text[--at] = '-';
  return std::string_view{text + at, sizeof text - at};
}

/// Reads such a text; leading zeros may be more or fewer, all else must be as it is written:
/// "1.1.0" is a position, "1.1", "-0.1.0", "1.0.0" and " 1.1.0" are none. Fails with
/// position_syntax, or position_range for beat 0 and a number of more than 15 (bar) or 9 digits;
/// the detail is the byte offset. [any-thread] [rt-safe] O(text)
[[nodiscard]] constexpr result<musical_position> parse_position(std::string_view text) noexcept {
  std::size_t at = 0;
  const auto fail = [](errc code, std::size_t where) {
    return failure{code, static_cast<std::uint32_t>(where)};
  };
  const bool negative = !text.empty() && text[0] == '-';
  if (negative) ++at;
  std::uint64_t numbers[3]{};
  for (int field = 0; field < 3; ++field) {
    if (field > 0 && (at == text.size() || text[at++] != '.'))
      return fail(errc::position_syntax, at == text.size() ? at : at - 1);
    const std::size_t begin = at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
      numbers[field] = numbers[field] * 10 + static_cast<unsigned>(text[at] - '0');
      if (numbers[field] >= (field == 0 ? 1'000'000'000'000'000u : 1'000'000'000u))
        return fail(errc::position_range, begin);
    }
    if (at == begin) return fail(errc::position_syntax, at);
    if (field == 1 && numbers[1] == 0) return fail(errc::position_range, begin);
  }
  if (at != text.size()) return fail(errc::position_syntax, at);
  if (negative && numbers[0] == 0) return fail(errc::position_syntax, 0);
  const auto bar = static_cast<std::int64_t>(numbers[0]);
  return musical_position{negative ? -bar : bar, static_cast<std::uint32_t>(numbers[1]),
                          static_cast<std::uint32_t>(numbers[2])};
}

} // namespace jamnet::inline v0
