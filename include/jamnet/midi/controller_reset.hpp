// SPDX-License-Identifier: MIT
//
// What a channel needs that nobody plays any more, beside the ends of its notes (note_tracker.hpp):
// controllers, pressure and bend at rest, and only where they are not.
#pragma once

#include <array>
#include <cstdint>

#include <jamnet/midi/message.hpp>
#include <jamnet/midi/state_recall.hpp>
#include <jamnet/midi/ump.hpp>

namespace jamnet::inline v0 {

class controller_reset {
public:
  /// Follows a packet: MIDI 1.0 and 2.0 controllers of those that CC 121 resets, pressure, bend,
  /// CC 121 itself and System Reset. [one-thread] [rt-safe] O(1)
  constexpr void observe(const ump& packet) noexcept;

  /// Hands the sink, as `const ump&` of MIDI 1.0, for each channel that needs it: CC 121, which
  /// sets modulation, sustain, portamento, sostenuto, soft pedal and key pressure to 0 and
  /// expression to 127; channel pressure 0; pitch bend in its centre. Volume, pan, bank, program
  /// and all other controllers stay (RP-015). Then nothing is left to reset.
  /// [one-thread] [rt-safe] if the sink is; O(256)
  template <class Sink>
  constexpr void release_all(Sink&& sink);

private:
  enum : std::uint8_t { controllers = 1, pressure = 2, bend = 4 };

  std::array<std::uint8_t, 256> away_{}; // by group and channel
};

constexpr void controller_reset::observe(const ump& p) noexcept {
  if (p.type() == ump_type::system && p.status() == 0xff)
    for (unsigned channel = 0; channel < 16; ++channel) away_[p.group() << 4 | channel] = 0;
  if (p.type() != ump_type::midi1_voice && p.type() != ump_type::midi2_voice) return;
  auto& away = away_[p.group() << 4 | (p.status() & 15u)];
  const bool rests = is_at_default(p);
  const auto mark = [&](unsigned bit) {
    away = static_cast<std::uint8_t>(rests ? away & ~bit : away | bit);
  };
  const unsigned controller = p.byte(2) & 0x7fu;
  switch (p.status() >> 4) {
  case 0xa: // one at rest says nothing of the others
    if (!rests) mark(controllers);
    break;
  case 0xb:
    if (controller == 121) away = 0;
    if (is_reset_by_121(controller) && !rests) mark(controllers);
    break;
  case 0xd: mark(pressure); break;
  case 0xe: mark(bend); break;
  default: break;
  }
}

template <class Sink>
constexpr void controller_reset::release_all(Sink&& sink) {
  for (unsigned line = 0; line < 256; ++line) {
    const unsigned group = line >> 4, channel = (line & 15) + 1;
    const auto away = away_[line];
    away_[line] = 0;
    if ((away & controllers) != 0)
      sink(ump(control_change{.channel = channel, .controller = 121, .group = group}));
    if ((away & pressure) != 0)
      sink(ump(channel_aftertouch{.channel = channel, .value = 0, .group = group}));
    if ((away & bend) != 0) sink(ump(pitch_bend{.channel = channel, .group = group}));
  }
}

} // namespace jamnet::inline v0
