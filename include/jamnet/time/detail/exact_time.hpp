// SPDX-License-Identifier: MIT
//
// A time in units of 2^-64 ns: sums and multiples of such times lose nothing.
//
// Of two words, because not every compiler has an integer of 128 bits.
#pragma once

#include <compare>
#include <cstdint>

#include <jamnet/core/math.hpp>

namespace jamnet::inline v0::detail {

/// The upper word of a 64 x 64 bit product.
constexpr std::uint64_t high_product(std::uint64_t a, std::uint64_t b) noexcept {
#if defined(__SIZEOF_INT128__)
  __extension__ using wide = unsigned __int128;
  return static_cast<std::uint64_t>(wide{a} * b >> 64);
#else
  const std::uint64_t low = 0xffffffff;
  const std::uint64_t one = (a >> 32) * (b & low) + (((a & low) * (b & low)) >> 32);
  const std::uint64_t other = (a & low) * (b >> 32) + (one & low);
  return (a >> 32) * (b >> 32) + (one >> 32) + (other >> 32);
#endif
}

struct exact_time {
  std::int64_t ns = 0;    // rounded down
  std::uint64_t part = 0; // of a nanosecond, in 2^-64

  /// From a number of nanoseconds that is not negative, and below 2^63.
  static constexpr exact_time from(double ns) noexcept {
    const auto whole = static_cast<std::int64_t>(ns);
    return {whole, static_cast<std::uint64_t>((ns - static_cast<double>(whole)) * 0x1p64)};
  }
  constexpr std::int64_t nearest() const noexcept {
    return ns + static_cast<std::int64_t>(part >> 63);
  }

  friend constexpr exact_time operator+(exact_time a, exact_time b) noexcept {
    const std::uint64_t sum = a.part + b.part;
    return {a.ns + b.ns + (sum < a.part ? 1 : 0), sum};
  }
  friend constexpr exact_time operator-(exact_time a) noexcept {
    return {-a.ns - (a.part != 0 ? 1 : 0), -a.part};
  }
  /// `a` is not negative; the product is within 2^63 ns.
  friend constexpr exact_time operator*(exact_time a, std::int64_t by) noexcept {
    const auto times = static_cast<std::uint64_t>(by < 0 ? -by : by);
    const auto whole = static_cast<std::uint64_t>(a.ns) * times + high_product(a.part, times);
    const exact_time product{static_cast<std::int64_t>(whole), a.part * times};
    return by < 0 ? -product : product;
  }
  friend constexpr auto operator<=>(const exact_time&, const exact_time&) = default;
};

/// How long a tick is, rounded down, when there are `ppq` in a quarter note and `tempo` x 2^-53
/// quarter notes in a minute; `tempo` below 2^63.
constexpr exact_time tick_length(std::uint64_t tempo, std::uint32_t ppq) noexcept {
  // 60e9 x 2^53 x 2^64 / ppq / tempo, bit by bit: the bits of the first quotient feed the second.
  constexpr std::uint64_t minute = 60'000'000'000;
  exact_time length;
  std::uint64_t first = 0, second = 0;
  for (int bit = 36 + 53 + 64; bit-- > 0;) {
    first = first << 1 | (bit >= 117 ? minute >> (bit - 117) & 1 : 0);
    second = second << 1 | (first >= ppq ? 1 : 0);
    first -= first >= ppq ? ppq : 0;
    length.ns =
        static_cast<std::int64_t>(static_cast<std::uint64_t>(length.ns) << 1 | length.part >> 63);
    length.part = length.part << 1 | (second >= tempo ? 1 : 0);
    second -= second >= tempo ? tempo : 0;
  }
  return length;
}

/// The nearest frame at a rate of 1 to 10 million Hz.
constexpr std::int64_t frame_of(exact_time t, std::uint32_t rate) noexcept {
  constexpr std::int64_t second = 1'000'000'000;
  const std::int64_t seconds = t.ns / second - (t.ns % second < 0 ? 1 : 0);
  const auto rest = static_cast<std::uint64_t>(t.ns - seconds * second);
  // A 1024th of a nanosecond is less than 10^-6 of a frame at any rate that audio has.
  const std::uint64_t frames =
      ((rest << 10 | t.part >> 54) * rate + (second << 9)) / (second << 10);
  return seconds * rate + static_cast<std::int64_t>(frames);
}

} // namespace jamnet::inline v0::detail
