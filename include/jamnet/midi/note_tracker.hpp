// SPDX-License-Identifier: MIT
//
// Which notes sound and which sustain pedals are down, so that whoever vanishes, is muted or loops
// can be silenced with exactly the messages it takes:
//
//     tracker.observe(packet);                            // for every packet that went out
//     tracker.release_all([&](const ump& p) { out.send(p); });
//
// One bit for each of the 16 groups x 16 channels x 128 notes: a note struck twice is one note, as
// on a keyboard, and one note-off ends it.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include <jamnet/midi/message.hpp>
#include <jamnet/midi/ump.hpp>

namespace jamnet::inline v0 {

class note_tracker {
public:
  /// Follows a packet: MIDI 1.0 and 2.0 notes, sustain (CC 64), the channel mode messages that end
  /// notes (CC 120 and 123 to 127) or lift the pedal (CC 121), and System Reset, which silences its
  /// group. Anything else changes nothing. [one-thread] [rt-safe] [wait-free] O(1)
  constexpr void observe(const ump& packet) noexcept;

  /// Hands the sink, as `const ump&`, a MIDI 1.0 note-off for each sounding note and CC 64 = 0 for
  /// each pedal that is down, whichever protocol put them there; then nothing sounds.
  /// [one-thread] [rt-safe] if the sink is; O(notes + 512)
  template <class Sink>
  constexpr void release_all(Sink&& sink) {
    const auto take = [&](const ump& packet) { return sink(packet), true; };
    (void)release(nullptr, take);
  }
  /// The same for what sounds here and not in `playing`, until `try_sink` says false: what that was
  /// for still sounds. Whether all such was released. [one-thread] [rt-safe] if the sink is;
  /// O(notes + 512)
  template <class Sink>
  [[nodiscard]] constexpr bool release_beyond(const note_tracker& playing, Sink&& try_sink) {
    return release(&playing, try_sink);
  }

  /// How many notes sound. [one-thread] [rt-safe] O(512)
  [[nodiscard]] constexpr std::size_t sounding() const noexcept {
    std::size_t count = 0;
    for (const auto word : notes_) count += static_cast<std::size_t>(std::popcount(word));
    return count;
  }
  /// Whether a note sounds. Expects a group below 16, a channel of 1 to 16 and a note below 128.
  /// [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr bool sounds(unsigned group, unsigned channel,
                                      unsigned note) const noexcept {
    JAMNET_EXPECTS(group < 16 && channel >= 1 && channel <= 16 && note < 128);
    return (notes_[word_of(group << 4 | (channel - 1), note)] & bit_of(note)) != 0;
  }
  /// Whether a channel's sustain pedal is down. Expects a group below 16 and a channel of 1 to 16.
  /// [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr bool pedal_down(unsigned group, unsigned channel) const noexcept {
    JAMNET_EXPECTS(group < 16 && channel >= 1 && channel <= 16);
    return (pedals_[group] >> (channel - 1) & 1) != 0;
  }

private:
  // A line is one channel of one group, 0 to 255; its notes are two words.
  static constexpr std::size_t word_of(unsigned line, unsigned note) noexcept {
    return line << 1 | note >> 6;
  }
  static constexpr std::uint64_t bit_of(unsigned note) noexcept {
    return std::uint64_t{1} << (note & 63);
  }
  constexpr void observe_control(unsigned line, unsigned controller, bool high) noexcept;
  template <class Sink>
  constexpr bool release(const note_tracker* playing, Sink& try_sink);
  constexpr void set_pedal(unsigned line, bool down) noexcept {
    const auto bit = static_cast<std::uint16_t>(1u << (line & 15));
    auto& pedals = pedals_[line >> 4];
    pedals = static_cast<std::uint16_t>(down ? pedals | bit : pedals & ~bit);
  }

  std::array<std::uint64_t, 512> notes_{};
  std::array<std::uint16_t, 16> pedals_{}; // by group; a bit for each channel
};

constexpr void note_tracker::observe(const ump& packet) noexcept {
  const unsigned line = packet.group() << 4 | (packet.status() & 15u);
  const unsigned data = packet.byte(2) & 0x7fu;
  const bool midi2 = packet.type() == ump_type::midi2_voice;

  if (packet.type() == ump_type::system) {
    if (packet.status() != 0xff) return;
    for (unsigned i = 0; i < 32; ++i) notes_[packet.group() << 5 | i] = 0;
    pedals_[packet.group()] = 0;
  } else if (starts_note(packet)) {
    notes_[word_of(line, data)] |= bit_of(data);
  } else if (ends_note(packet)) {
    notes_[word_of(line, data)] &= ~bit_of(data);
  } else if ((midi2 || packet.type() == ump_type::midi1_voice) &&
             (packet.status() & 0xf0) == 0xb0) {
    observe_control(line, data, midi2 ? packet.words[1] >> 31 != 0 : packet.byte(3) >= 64);
  }
}

constexpr void note_tracker::observe_control(unsigned line, unsigned controller,
                                             bool high) noexcept {
  if (controller == 64) set_pedal(line, high);
  if (controller == 121) set_pedal(line, false); // RP-015: Reset All Controllers lifts the pedal
  if (controller == 120 || controller >= 123) notes_[line << 1] = notes_[line << 1 | 1] = 0;
}

template <class Sink>
constexpr bool note_tracker::release(const note_tracker* playing, Sink& try_sink) {
  for (unsigned line = 0; line < 256; ++line) {
    const unsigned group = line >> 4, channel = (line & 15) + 1;
    for (const unsigned half : {0u, 1u}) {
      const auto place = line << 1 | half;
      const auto kept = playing != nullptr ? playing->notes_[place] : 0;
      for (auto& word = notes_[place]; (word & ~kept) != 0;) {
        const auto bit = word & ~kept & -(word & ~kept);
        const unsigned note = half << 6 | static_cast<unsigned>(std::countr_zero(bit));
        word &= ~bit; // before the sink, which may call observe
        if (try_sink(ump(note_off{.channel = channel, .note = note, .group = group}))) continue;
        word |= bit_of(note);
        return false;
      }
    }
    const bool kept = playing != nullptr && playing->pedal_down(group, channel);
    if (kept || !pedal_down(group, channel)) continue;
    set_pedal(line, false);
    if (try_sink(
            ump(control_change{.channel = channel, .controller = 64, .value = 0, .group = group})))
      continue;
    set_pedal(line, true);
    return false;
  }
  return true;
}

} // namespace jamnet::inline v0
