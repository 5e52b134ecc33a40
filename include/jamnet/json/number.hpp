// SPDX-License-Identifier: MIT
//
// JSON numbers: the grammar of RFC 8259, and their exact values.
//
// JSON does not tell integers from other numbers: 60, 60.0 and 6e1 are one value. So an integer is
// worked out from the decimal digits; through a double, 2^53 + 1 would become another number.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace jamnet::inline v0::json {

/// A number taken apart into views of its text.
struct number {
  std::string_view text;     ///< all of it; after a failed scan, what was good of it
  std::string_view whole;    ///< the digits before the point
  std::string_view fraction; ///< the digits after it
  std::int64_t exponent = 0; ///< the power of ten; stops growing where no value tells it
  bool negative = false;
};

/// Takes the number at the front of `text` apart. False when there is none; the byte behind
/// `out.text` is then the one that breaks the grammar. [any-thread] [rt-safe] O(n)
[[nodiscard]] constexpr bool try_scan(std::string_view text, number& out) noexcept {
  std::size_t at = 0;
  const auto next_is = [&](char c) { return at < text.size() && text[at] == c; };
  const auto digits = [&] {
    const std::size_t begin = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return text.substr(begin, at - begin);
  };
  const auto stop = [&](bool good) {
    out.text = text.substr(0, at);
    return good;
  };

  out = {};
  if (next_is('-')) out.negative = true, ++at;
  if (next_is('0'))
    out.whole = text.substr(at++, 1); // nothing follows a leading zero
  else
    out.whole = digits();
  if (out.whole.empty()) return stop(false);

  if (next_is('.')) {
    ++at;
    out.fraction = digits();
    if (out.fraction.empty()) return stop(false);
  }
  if (next_is('e') || next_is('E')) {
    ++at;
    const bool minus = next_is('-');
    if (minus || next_is('+')) ++at;
    const std::string_view power = digits();
    if (power.empty()) return stop(false);
    for (const char c : power)
      if (out.exponent < std::int64_t{1} << 56) out.exponent = out.exponent * 10 + (c - '0');
    if (minus) out.exponent = -out.exponent;
  }
  return stop(true);
}

/// The magnitude of a number that is an integer below 2^64, however it is written; false for any
/// other. [any-thread] [rt-safe] O(n)
[[nodiscard]] constexpr bool try_magnitude(const number& n, std::uint64_t& out) noexcept {
  std::uint64_t value = 0;
  if (n.whole.size() == n.text.size() - (n.negative ? 1 : 0) && n.whole.size() < 20) {
    for (const char c : n.whole) value = value * 10 + static_cast<unsigned>(c - '0');
    out = value; // as nearly every integer is written; 19 digits cannot overflow
    return true;
  }
  const auto append = [&](unsigned digit) {
    if (value > (~std::uint64_t{0} - digit) / 10) return false;
    value = value * 10 + digit;
    return true;
  };
  // The point, moved by the exponent, falls before digit number `point`.
  const auto point = static_cast<std::int64_t>(n.whole.size()) + n.exponent;
  std::int64_t index = 0;
  for (const std::string_view digits : {n.whole, n.fraction})
    for (const char c : digits)
      if (index++ < point ? !append(static_cast<unsigned>(c - '0')) : c != '0') return false;
  for (; index < point && value != 0; ++index)
    if (!append(0)) return false;
  out = value;
  return true;
}

/// The nearest double; zero for what is too small, false for what is too great.
/// [any-thread] [rt-safe] O(n)
[[nodiscard]] inline bool try_double(const number& n, double& out) noexcept {
  const auto [end, error] = std::from_chars(n.text.data(), n.text.data() + n.text.size(), out);
  if (error == std::errc{}) return true;

  // Out of range, at one end or the other: where is the first digit that counts?
  std::int64_t place = static_cast<std::int64_t>(n.whole.size()) + n.exponent;
  for (const std::string_view digits : {n.whole, n.fraction})
    for (const char c : digits) {
      if (c != '0') {
        if (place > 0) return false;
        out = n.negative ? -0.0 : 0.0;
        return true;
      }
      --place;
    }
  return false;
}

} // namespace jamnet::inline v0::json
