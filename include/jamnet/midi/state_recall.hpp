// SPDX-License-Identifier: MIT
//
// What a player's channels are set to, so that who comes late, or was away, can be told:
//
//     recall.observe(packet);                              // for every packet that was sent
//     recall.for_each([&](const ump& p) { tell(p); });     // to whom it is news
//
// It keeps the very packet that set each thing last. What stands at its default is kept like what
// was never set, so trackers that agree say the same.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <jamnet/midi/message.hpp>
#include <jamnet/midi/ump.hpp>

namespace jamnet::inline v0 {

/// Whether Reset All Controllers (CC 121) has to do with it (RP-015). [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr bool is_reset_by_121(unsigned controller) noexcept {
  return controller == 1 || controller == 11 || (controller >= 64 && controller <= 67);
}

/// Whether a MIDI 1.0 or 2.0 channel voice packet of controller, pressure or bend says what is so
/// before anything was said: for controllers, of those that CC 121 resets.
/// [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr bool is_at_default(const ump& p) noexcept {
  const bool midi2 = p.type() == ump_type::midi2_voice;
  const std::uint32_t value = midi2 ? p.words[1] : p.byte(3);
  const unsigned controller = p.byte(2) & 0x7fu;
  switch (p.status() >> 4) {
  case 0xa: return value == 0;
  case 0xb:
    return is_reset_by_121(controller) && value == (controller != 11 ? 0
                                                    : midi2          ? 0xffff'ffff
                                                                     : 0x7f);
  case 0xd: return midi2 ? value == 0 : p.byte(2) == 0;
  case 0xe: return midi2 ? value == 0x8000'0000 : p.byte(2) == 0 && p.byte(3) == 0x40;
  default: return false;
  }
}

/// Of up to `Lines` channels, those that were used first: held notes, controllers, program,
/// pressure of channel and keys, pitch bend; MIDI 1.0 and 2.0. Not what is numbered by others, as
/// data entry and parameters (CC 6, 38, 96 to 101, RPN, NRPN), and not what belongs to one note.
template <std::size_t Lines = 32>
class state_recall {
public:
  /// [allocates] all it ever needs; pages are touched as they are used.
  state_recall() { lines_.reserve(Lines); }
  // A copy would not have the room for more.
  state_recall(state_recall&&) = default;
  state_recall& operator=(state_recall&&) = default;

  /// Follows a packet. [one-thread] [rt-safe] O(1), or O(128) for what ends all notes
  void observe(const ump& packet) noexcept;

  /// Hands the sink, as `const ump&`, what brings who knows nothing to the same state, in an order
  /// in which it can be taken. [one-thread] [rt-safe] if the sink is; O(Lines)
  template <class Sink>
  void for_each(Sink&& sink) const;
  /// How many that are. [one-thread] [rt-safe] O(Lines)
  [[nodiscard]] std::size_t size() const noexcept {
    std::size_t count = 0;
    for_each([&](const ump&) { ++count; });
    return count;
  }

private:
  // The words of a packet; those of one that says nothing are 0.
  struct setting {
    std::uint32_t first = 0, second = 0;
    void set(const ump& p) noexcept { first = p.words[0], second = p.words[1]; }
  };
  using settings = std::array<setting, 128>;
  struct line {
    unsigned number = 0; // group and channel
    settings notes{}, controllers{}, pressures{};
    setting program{}, pressure{}, bend{};
  };

  [[nodiscard]] line* find(unsigned number) noexcept {
    for (line& l : lines_)
      if (l.number == number) return &l;
    if (lines_.size() == Lines) return nullptr;
    lines_.emplace_back().number = number;
    return &lines_.back();
  }
  static void control(line& on, const ump& packet) noexcept;
  static void end_notes(line& on) noexcept { on.notes = on.pressures = {}; }

  std::vector<line> lines_;
};

// ------------------------------------------------------------------------------------------------

template <std::size_t Lines>
void state_recall<Lines>::observe(const ump& p) noexcept {
  if (p.type() == ump_type::system && p.status() == 0xff) // System Reset
    for (line& l : lines_)
      if (l.number >> 4 == p.group()) l = line{.number = l.number};
  if (p.type() != ump_type::midi1_voice && p.type() != ump_type::midi2_voice) return;
  const unsigned status = p.status() >> 4u, index = p.byte(2) & 0x7fu;
  if (status < 8 || status == 0xf) return;
  line* const l = find(p.group() << 4 | (p.status() & 15u));
  if (l == nullptr) return;
  const auto keep = [&](setting& s) { is_at_default(p) ? void(s = {}) : s.set(p); };
  if (starts_note(p)) {
    l->notes[index].set(p);
  } else if (ends_note(p)) {
    l->notes[index] = l->pressures[index] = {};
  } else {
    switch (status) {
    case 0xa: return keep(l->pressures[index]);
    case 0xb: return control(*l, p);
    case 0xc: return l->program.set(p);
    case 0xd: return keep(l->pressure);
    case 0xe: return keep(l->bend);
    default: return;
    }
  }
}

template <std::size_t Lines>
void state_recall<Lines>::control(line& on, const ump& p) noexcept {
  const unsigned controller = p.byte(2) & 0x7fu;
  const bool numbered =
      controller == 6 || controller == 38 || (controller >= 96 && controller <= 101);
  if (controller < 120) {
    if (is_at_default(p))
      on.controllers[controller] = {};
    else if (!numbered)
      on.controllers[controller].set(p);
  } else if (controller == 121) {
    for (unsigned c = 0; c < 120; ++c)
      if (is_reset_by_121(c)) on.controllers[c] = {};
    on.pressures = {};
    on.pressure = on.bend = {};
  } else if (controller == 120 || controller >= 123) {
    end_notes(on);
  }
}

template <std::size_t Lines>
template <class Sink>
void state_recall<Lines>::for_each(Sink&& sink) const {
  const auto tell = [&](const setting& s) {
    if (s.first != 0) sink(ump{{s.first, s.second}});
  };
  for (const line& l : lines_) {
    tell(l.controllers[0]); // the bank is chosen before the program
    tell(l.controllers[32]);
    tell(l.program);
    for (unsigned c = 1; c < 120; ++c)
      if (c != 32) tell(l.controllers[c]);
    tell(l.pressure);
    tell(l.bend);
    for (const setting& s : l.notes) tell(s);
    for (const setting& s : l.pressures) tell(s);
  }
}

} // namespace jamnet::inline v0
