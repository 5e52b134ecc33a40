// SPDX-License-Identifier: MIT
//
// A Universal MIDI Packet (M2-104-UM 1.1): one to four 32-bit words, the one form in which all
// MIDI travels through the library. The top four bits name the message type and so the length.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <jamnet/core/config.hpp>

namespace jamnet::inline v0 {

/// The four top bits of a packet. Types not named here are reserved by the standard.
enum class ump_type : std::uint8_t {
  utility = 0x0,
  system = 0x1,      ///< system common and real time
  midi1_voice = 0x2, ///< MIDI 1.0 channel voice
  sysex7 = 0x3,      ///< system exclusive, up to 6 bytes of 7 bits
  midi2_voice = 0x4, ///< MIDI 2.0 channel voice
  data128 = 0x5,     ///< system exclusive of 8 bits, mixed data sets
  flex_data = 0xD,
  stream = 0xF,
};

/// Where a packet of a longer message stands in it.
enum class ump_form : std::uint8_t { complete = 0, start = 1, continued = 2, end = 3 };

struct ump {
  std::array<std::uint32_t, 4> words{}; ///< those beyond size() are zero

  friend constexpr bool operator==(const ump&, const ump&) = default;

  /// How many words count, 1 to 4. [any-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr std::size_t size() const noexcept { return word_count(words[0]); }
  /// How many words a packet has whose first word this is. [any-thread] [rt-safe] O(1)
  [[nodiscard]] static constexpr std::size_t word_count(std::uint32_t first) noexcept {
    return std::array<std::uint8_t, 16>{
        1, 1, 1, 2, 2, 4, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4}[first >> 28];
  }

  [[nodiscard]] constexpr ump_type type() const noexcept {
    return static_cast<ump_type>(words[0] >> 28);
  }
  /// 0 to 15; meaningless for utility and stream messages, which have none.
  [[nodiscard]] constexpr unsigned group() const noexcept { return words[0] >> 24 & 15; }
  /// The second byte: the MIDI 1.0 status byte of system and MIDI 1.0 voice messages.
  [[nodiscard]] constexpr std::uint8_t status() const noexcept { return byte(1); }
  /// Byte `index` of the packet, from the top of the first word; below 16.
  [[nodiscard]] constexpr std::uint8_t byte(std::size_t index) const noexcept {
    return static_cast<std::uint8_t>(words[index / 4] >> (24 - 8 * (index % 4)));
  }
};
static_assert(sizeof(ump) == 16);

} // namespace jamnet::inline v0
