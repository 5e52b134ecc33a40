// The music to be played: packets with their times, from the user's file or from the piece that
// jam brings along.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <jamnet/jsonmidi/transport_command.hpp>
#include <jamnet/midi/song.hpp>
#include <jamnet/time/quarter_notes.hpp>
#include <jamnet/time/time_signature.hpp>

#include "options.hpp"

namespace jam {

struct music {
  std::vector<jamnet::song_event> events;
  nanoseconds duration{};
  double bpm = 120; ///< at which the file begins …
  jamnet::time_signature signature{};

  /// Bars and beats are counted as it begins; what changes of tempo it has are in the times.
  [[nodiscard]] jamnet::quarter_notes position_of(nanoseconds time) const noexcept {
    return jamnet::steady_tempo{bpm}.in(time);
  }
  /// What has a transport play it.
  [[nodiscard]] jamnet::jsonmidi::transport_command begins(session_time at) const noexcept {
    return {.action = jamnet::jsonmidi::transport_action::play,
            .time = at,
            .position = 0.0,
            .bpm = bpm,
            .signature = signature};
  }
};

struct loaded_music {
  std::optional<music> value;
  std::string error; ///< what is wrong and where
};

/// Reads the file; with `seconds`, what still sounds then is ended and the rest left out.
[[nodiscard]] loaded_music load(const std::filesystem::path& file, double seconds);

/// Of a file's parts (its tracks; its channels when there is one track) those dealt to player
/// `index` of `players`, counted from 1.
[[nodiscard]] music deal(const music& all, int index, int players);

} // namespace jam
