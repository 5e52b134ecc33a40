// SPDX-License-Identifier: MIT
//
// Values between the resolutions of MIDI 1.0 and 2.0, as M2-115-U 1.0.2 ("Bit Scaling and
// Resolution") defines it. Neither a shift (127 would not become the maximum) nor a multiplication
// (64 would not become the centre): up to the centre a shift, above it the lower bits repeat.
#pragma once

#include <cstdint>

#include <jamnet/core/config.hpp>

namespace jamnet::inline v0 {

/// The value in more bits: minimum, centre and maximum stay what they are (section 3.3). One bit is
/// off or on: minimum or maximum. Expects 1 <= from <= to <= 32 and the value to fit its bits.
/// [any-thread] [rt-safe] O(to_bits / from_bits)
[[nodiscard]] constexpr std::uint32_t scale_up(std::uint32_t value, unsigned from_bits,
                                               unsigned to_bits) noexcept;

/// The value in fewer bits: the upper ones, so that scale_down of scale_up is the identity (section
/// 3.4). Expects 1 <= to <= from <= 32. [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr std::uint32_t scale_down(std::uint32_t value, unsigned from_bits,
                                                 unsigned to_bits) noexcept {
  JAMNET_EXPECTS(1 <= to_bits && to_bits <= from_bits && from_bits <= 32);
  return value >> (from_bits - to_bits);
}

/// The same for what has a unit or parts, as pitch or the semitones and cents of a bend range: 2
/// semitones must not become 2.0001, so zeros follow (section 4.3). Expects 1 <= from <= to <= 32
/// and the value to fit its bits. [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr std::uint32_t zero_extend(std::uint32_t value, unsigned from_bits,
                                                  unsigned to_bits) noexcept {
  JAMNET_EXPECTS(1 <= from_bits && from_bits <= to_bits && to_bits <= 32);
  JAMNET_EXPECTS((std::uint64_t{value} >> from_bits) == 0);
  return value << (to_bits - from_bits);
}

/// Its way back: the nearest value, the maximum where that would be one too many (section 4.4).
/// Expects 1 <= to <= from <= 32 and the value to fit its bits. [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr std::uint32_t round_down(std::uint32_t value, unsigned from_bits,
                                                 unsigned to_bits) noexcept {
  JAMNET_EXPECTS(1 <= to_bits && to_bits <= from_bits && from_bits <= 32);
  JAMNET_EXPECTS((std::uint64_t{value} >> from_bits) == 0);
  const auto half = (std::uint64_t{1} << (from_bits - to_bits)) >> 1;
  const auto nearest = (value + half) >> (from_bits - to_bits);
  const auto highest = (std::uint64_t{1} << to_bits) - 1;
  return static_cast<std::uint32_t>(nearest < highest ? nearest : highest);
}

/// Whether the value of a registered (or assignable) controller goes by zero_extend and round_down:
/// registered ones of an index below 32, whichever their bank (section 4.1).
/// [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr bool zero_extends(bool registered, unsigned index) noexcept {
  return registered && index < 32;
}

constexpr std::uint32_t scale_up(std::uint32_t value, unsigned from_bits,
                                 unsigned to_bits) noexcept {
  const auto shifted = zero_extend(value, from_bits, to_bits);
  if (from_bits == 1) return value == 0 ? 0 : 0xffffffff >> (32 - to_bits);
  const auto centre = std::uint32_t{1} << (from_bits - 1);
  if (value <= centre) return shifted;

  const auto lower = value - centre; // all bits but the top one, repeated down to bit 0
  auto scaled = shifted;
  auto room = to_bits - from_bits;
  for (; room >= from_bits - 1; room -= from_bits - 1) scaled |= lower << (room - (from_bits - 1));
  return scaled | lower >> (from_bits - 1 - room);
}

} // namespace jamnet::inline v0
