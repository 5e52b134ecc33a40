// The music to be played: packets with their times, from the user's file or from the piece that
// jam brings along.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <jamnet/midi/song.hpp>

#include "options.hpp"

namespace jam {

struct music {
  std::vector<jamnet::song_event> events;
  jamnet::nanoseconds duration{};
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
