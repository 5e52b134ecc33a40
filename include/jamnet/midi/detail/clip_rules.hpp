// SPDX-License-Identifier: MIT
//
// What may follow what in a MIDI Clip File (M2-116-U 1.0): one state machine, which takes packet by
// packet, so that the reader accepts exactly what the writer writes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <jamnet/core/bytes.hpp>
#include <jamnet/core/errc.hpp>
#include <jamnet/midi/ump.hpp>

namespace jamnet::inline v0::detail {

inline constexpr std::array<std::uint8_t, 8> clip_header{'S', 'M', 'F', '2', 'C', 'L', 'I', 'P'};

// The messages a clip file is made of, by their sections in M2-104-UM.
inline constexpr ump clip_resolution{{0x0030'0000}}; // 7.2.3.1, with ticks in a quarter note
inline constexpr ump clip_clockstamp{{0x0040'0000}}; // 7.2.3.2, with up to clip_max_delta ticks
inline constexpr ump clip_start{{0xf020'0000}};      // 7.1.10
inline constexpr ump clip_end{{0xf021'0000}};        // 7.1.11
inline constexpr std::uint32_t clip_max_delta = 0xfffff;

enum class clip_part : std::uint8_t {
  other,
  noop,
  resolution,
  clockstamp,
  start,
  end,
  tempo,
  time_signature,
};

// What a packet is to a clip file; reserved bits may be anything.
constexpr clip_part clip_part_of(const ump& p) noexcept {
  struct pattern {
    std::uint32_t mask, word;
    clip_part part;
  };
  constexpr std::array<pattern, 7> patterns{{
      {0xf0f0'0000, 0x0000'0000, clip_part::noop},
      {0xf0f0'0000, 0x0030'0000, clip_part::resolution},
      {0xf0f0'0000, 0x0040'0000, clip_part::clockstamp},
      {0xffff'0000, 0xf020'0000, clip_part::start},
      {0xffff'0000, 0xf021'0000, clip_part::end},
      {0xf0c0'ffff, 0xd000'0000, clip_part::tempo},          // M2-104-UM 7.5.3
      {0xf0c0'ffff, 0xd000'0001, clip_part::time_signature}, // 7.5.4
  }};
  for (const auto& [mask, word, part] : patterns)
    if ((p.words[0] & mask) == word) return part;
  return clip_part::other;
}

// The first packet of a Set Profile On (M2-101-UM): 7E, device, 0D, 22 and two bytes more.
constexpr bool starts_profile(const ump& p) noexcept {
  return p.status() == 0x16 && p.byte(2) == 0x7e && p.byte(4) == 0x0d && p.byte(5) == 0x22;
}

// Takes the next packet; false where it is cut off.
constexpr bool try_read_packet(byte_reader& in, ump& out) noexcept {
  out = {};
  if (!in.try_read(out.words[0])) return false;
  for (std::size_t i = 1; i < out.size(); ++i)
    if (!in.try_read(out.words[i])) return false;
  return true;
}

class clip_rules {
public:
  enum class section : std::uint8_t { profiles, configuration, events, done };

  // Goes on by a packet, or says why it may not come here.
  constexpr errc take(const ump& p) noexcept;

  constexpr section at() const noexcept { return section_; }
  // Ticks since the section began.
  constexpr std::uint64_t tick() const noexcept { return tick_; }

private:
  constexpr errc take_clockstamp(std::uint32_t ticks) noexcept;
  constexpr errc take_profile(const ump& p) noexcept;
  constexpr errc take_resolution(const ump& p) noexcept;
  constexpr errc enter(section next, bool own_clockstamp) noexcept;

  std::uint64_t tick_ = 0;
  section section_ = section::profiles;
  clip_part last_ = clip_part::other; // but for clockstamps and NOOPs
  bool timed_ = false;                // a clockstamp has come: from now on everything has a time
  bool own_clockstamp_ = false;       // it has come just now
  bool in_profile_ = false;           // a Set Profile On has begun
};

constexpr errc clip_rules::take(const ump& p) noexcept {
  if (section_ == section::done) return errc::midi_order; // 7.3
  const auto part = clip_part_of(p);
  if (part == clip_part::clockstamp) return take_clockstamp(p.words[0] & clip_max_delta);
  const bool own_clockstamp = std::exchange(own_clockstamp_, false);
  if (section_ == section::profiles) return timed_ ? take_resolution(p) : take_profile(p);
  if (part == clip_part::noop) return {};

  const auto before = std::exchange(last_, part);
  const bool configuring = section_ == section::configuration;
  const auto allowed = [](bool yes) { return yes ? errc{} : errc::midi_order; };
  switch (part) {
  case clip_part::resolution: return errc::midi_order; // 3.2.1: one only
  case clip_part::start:                               // 7.1
    return configuring ? enter(section::events, own_clockstamp) : errc::midi_order;
  case clip_part::end: // 7.3
    return configuring ? errc::midi_order : enter(section::done, own_clockstamp);
  case clip_part::tempo: // 6.1.1: once, first and at once
    return allowed(!configuring || (before == clip_part::resolution && tick_ == 0));
  case clip_part::time_signature: // 6.1.2: once, after the tempo and at once
    return allowed(!configuring || (before == clip_part::tempo && tick_ == 0));
  default: return {};
  }
}

constexpr errc clip_rules::take_clockstamp(std::uint32_t ticks) noexcept {
  if (in_profile_) return errc::midi_order;
  if (section_ == section::profiles && ticks != 0) return errc::midi_time; // 6
  tick_ += ticks;
  timed_ = own_clockstamp_ = true;
  return {};
}

// 6: Set Profile On messages come first, without clockstamps; nothing else does without.
constexpr errc clip_rules::take_profile(const ump& p) noexcept {
  const auto form = static_cast<ump_form>(p.status() >> 4);
  const bool goes_on = form == ump_form::continued || form == ump_form::end;
  if (p.type() != ump_type::sysex7 || !(in_profile_ ? goes_on : starts_profile(p)))
    return errc::midi_time;
  in_profile_ = form != ump_form::end;
  return {};
}

// 6: the resolution is the first that has a time, 0.
constexpr errc clip_rules::take_resolution(const ump& p) noexcept {
  last_ = clip_part_of(p);
  if (last_ != clip_part::resolution || (p.words[0] & 0xffff) == 0) return errc::midi_division;
  section_ = section::configuration;
  return {};
}

constexpr errc clip_rules::enter(section next, bool own_clockstamp) noexcept {
  if (!own_clockstamp) return errc::midi_time;
  section_ = next;
  tick_ = 0;
  return {};
}

} // namespace jamnet::inline v0::detail
