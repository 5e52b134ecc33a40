// SPDX-License-Identifier: MIT
//
// A Standard MIDI File as a player wants it: packets with their times, in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <jamnet/midi/standard_midi_file.hpp>

namespace jamnet::inline v0 {

struct song_event {
  nanoseconds time{}; ///< since the start of the song
  unsigned track = 0;
  ump packet{};
};

struct song {
  std::vector<song_event> events;
  nanoseconds duration{}; ///< to the end of the longest track; of format 2, all patterns in turn
};

/// Reads a whole file into group 0; the patterns of a format 2 file play one after the other, each
/// at its own tempo. Fails where the file is broken, and with midi_too_many, at the event, where it
/// has more packets than allowed. [any-thread] [allocates] O(bytes log tracks)
inline result<song> read_song(bytes_view bytes, std::size_t max_packets = 1'000'000) {
  const auto file = smf_file::open(bytes);
  if (!file) return file.error();
  const bool patterns = file->header().format == 2;
  const unsigned parts = patterns ? file->header().tracks : 1;

  song out;
  std::vector<byte_stream_parser> parsers(file->tracks().size());
  for (unsigned part = 0; part < parts; ++part) {
    const auto start = out.duration;
    const auto tempo = patterns ? file->tempo_map(part) : file->tempo_map();
    const auto time_at = [&](std::uint64_t tick) { // saturates, as the tempo map does
      const auto time = tempo.time_at(tick);
      return time > nanoseconds::max() - start ? nanoseconds::max() : start + time;
    };
    auto events = patterns ? file->events(part) : file->events();
    bool fits = true;
    for (smf_event e; events.try_next(e);) {
      smf_packets(e, parsers[e.track], [&](const ump& packet) {
        fits = fits && out.events.size() < max_packets;
        if (fits) out.events.push_back({time_at(e.tick), e.track, packet});
      });
      if (!fits)
        return detail::at_offset(errc::midi_too_many,
                                 static_cast<std::size_t>(e.data.data() - bytes.data()));
    }
    out.duration = time_at(patterns ? file->tracks()[part].end_tick : file->end_tick());
  }
  return out;
}

} // namespace jamnet::inline v0
