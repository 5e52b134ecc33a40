// A transport in a few words, for people.
#pragma once

#include <string>

#include <jamnet/transport/transport_state.hpp>

#include "print.hpp"

namespace shared {

inline std::string bar_text(const jamnet::transport_state& state, jamnet::quarter_notes at) {
  return std::string{to_text(state.bar_of(at)).view()};
}

inline const char* mode_text(jamnet::transport_mode mode) {
  constexpr const char* words[]{"stopped", "playing", "paused", "recording"};
  return words[static_cast<int>(mode)];
}

inline std::string signature_text(const jamnet::time_signature& s) {
  return print("%d/%d", s.numerator, s.denominator);
}

/// What became of it.
inline std::string difference(const jamnet::transport_state& before,
                              const jamnet::transport_state& after) {
  std::string text;
  const auto say = [&](const std::string& what) { text += (text.empty() ? "" : ", ") + what; };
  if (after.mode != before.mode) say(mode_text(after.mode));
  if (after.bpm != before.bpm) say(print("tempo %g", after.bpm));
  if (after.signature != before.signature) say(signature_text(after.signature));
  if (after.loop_from != before.loop_from || after.loop_to != before.loop_to)
    say(after.loop_from < after.loop_to
            ? "loop " + bar_text(after, after.loop_from) + " to " + bar_text(after, after.loop_to)
            : "no loop");
  const auto bar = bar_text(after, after.position);
  return text.empty() ? "to " + bar : text + ", from " + bar + " on";
}

/// "[*...]": which beat of its bar.
inline std::string beat_text(const jamnet::transport_state& state, jamnet::quarter_notes at) {
  std::string beats(state.signature.numerator, '.');
  const auto beat = state.bar_of(at).beat;
  if (state.rolling() && beat <= beats.size()) beats[beat - 1] = '*';
  return beats.size() <= 16 ? '[' + beats + ']' : print("[%u]", beat);
}

} // namespace shared
