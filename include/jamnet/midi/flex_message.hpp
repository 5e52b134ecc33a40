// SPDX-License-Identifier: MIT
//
// Flex data by name: what is said of a whole group or of one channel, such as tempo, key and
// lyrics.
//
//     peer.send(flex_message::set_tempo{.ten_nanos_per_quarter_note = 50'000'000}, when); // 120
//     bpm
//
// What `from` promises is said in message.hpp.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include <jamnet/midi/detail/packet_fields.hpp>
#include <jamnet/midi/packet_data.hpp>
#include <jamnet/midi/ump.hpp>

namespace jamnet::inline v0::flex_message {

// All of these are [any-thread] [rt-safe] O(1). Where `channel` is none the whole group is meant.

struct set_tempo {
  std::optional<unsigned> channel{};
  std::uint32_t ten_nanos_per_quarter_note = 0;
  unsigned group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<set_tempo> from(const ump& p) noexcept {
    return detail::from_packet<set_tempo>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.fixed(0xd0000000).group(group).address(channel).bits(ten_nanos_per_quarter_note, 1, 0, 32);
  }
};

struct set_time_signature {
  std::optional<unsigned> channel{};
  unsigned numerator = 4;
  unsigned denominator = 2; ///< a negative power of two: 2 is a quarter note
  unsigned thirty_seconds_per_quarter_note = 8;
  unsigned group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<set_time_signature> from(const ump& p) noexcept {
    return detail::from_packet<set_time_signature>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.fixed(0xd0000001)
        .group(group)
        .address(channel)
        .bits(numerator, 1, 24, 8)
        .bits(denominator, 1, 16, 8)
        .bits(thirty_seconds_per_quarter_note, 1, 8, 8);
  }
};

struct set_metronome {
  std::optional<unsigned> channel{};
  unsigned clocks_per_primary_click = 24, accent1 = 0, accent2 = 0, accent3 = 0;
  unsigned subdivision1 = 0, subdivision2 = 0, group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<set_metronome> from(const ump& p) noexcept {
    return detail::from_packet<set_metronome>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.fixed(0xd0000002)
        .group(group)
        .address(channel)
        .bits(clocks_per_primary_click, 1, 24, 8)
        .bits(accent1, 1, 16, 8)
        .bits(accent2, 1, 8, 8)
        .bits(accent3, 1, 0, 8)
        .bits(subdivision1, 2, 24, 8)
        .bits(subdivision2, 2, 16, 8);
  }
};

struct set_key_signature {
  std::optional<unsigned> channel{};
  std::int32_t sharps_or_flats = 0; ///< -7 to 7, flats are negative; -8: no standard key
  unsigned tonic = 0;               ///< 1 to 7: A to G; 0: unknown or no standard key
  unsigned group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<set_key_signature> from(const ump& p) noexcept {
    return detail::from_packet<set_key_signature>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.fixed(0xd0000005)
        .group(group)
        .address(channel)
        .signed_bits(sharps_or_flats, 1, 28, 4)
        .bits(tonic, 1, 24, 4);
  }
};

struct set_chord_name {
  /// A degree of the chord that is added, left out, raised or lowered.
  struct alteration {
    unsigned type = 0, degree = 0;
    friend constexpr bool operator==(const alteration&, const alteration&) = default;
  };

  std::optional<unsigned> channel{};
  std::int32_t tonic_sharps_or_flats = 0; ///< -2 to 2 are defined
  unsigned tonic = 0;                     ///< 1 to 7: A to G
  unsigned chord_type = 0;
  std::array<alteration, 4> alterations{};
  std::int32_t bass_sharps_or_flats = 0; ///< -8: that of the tonic
  unsigned bass_tonic = 0, bass_chord_type = 0;
  std::array<alteration, 2> bass_alterations{};
  unsigned group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<set_chord_name> from(const ump& p) noexcept {
    return detail::from_packet<set_chord_name>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    const auto alter = [&](alteration& a, unsigned word, unsigned shift) {
      in.bits(a.type, word, shift + 4, 4).bits(a.degree, word, shift, 4);
    };
    in.fixed(0xd0000006).group(group).address(channel);
    in.signed_bits(tonic_sharps_or_flats, 1, 28, 4)
        .bits(tonic, 1, 24, 4)
        .bits(chord_type, 1, 16, 8);
    alter(alterations[0], 1, 8);
    alter(alterations[1], 1, 0);
    alter(alterations[2], 2, 24);
    alter(alterations[3], 2, 16);
    in.signed_bits(bass_sharps_or_flats, 3, 28, 4)
        .bits(bass_tonic, 3, 24, 4)
        .bits(bass_chord_type, 3, 16, 8);
    alter(bass_alterations[0], 3, 8);
    alter(bass_alterations[1], 3, 0);
  }
};

/// One packet of a text: of a longer one each packet has a part, in order. The bytes are UTF-8;
/// zeros at the end do not count.
struct flex_text {
  std::optional<unsigned> channel{};
  ump_form form = ump_form::complete;
  unsigned bank = 1;   ///< 1: metadata, 2: performance; the standard has no text in others
  unsigned status = 0; ///< which text of the bank
  packet_data<12> text{};
  unsigned group = 0;

  constexpr operator ump() const noexcept { return detail::to_packet(*this); }
  static constexpr std::optional<flex_text> from(const ump& p) noexcept {
    return detail::from_packet<flex_text>(p);
  }
  constexpr void layout(detail::packet_fields& in) noexcept {
    in.fixed(0xd0000000)
        .group(group)
        .form(form, 22, 2)
        .address(channel)
        .bits(bank, 0, 8, 8)
        .require(bank == 1 || bank == 2)
        .bits(status, 0, 0, 8)
        .text(text, 4);
  }
};

} // namespace jamnet::inline v0::flex_message
