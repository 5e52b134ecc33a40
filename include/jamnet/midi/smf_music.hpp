// SPDX-License-Identifier: MIT
//
// The tempi and time signatures of a Standard MIDI File as a tempo_map, with the file's own ticks:
// bars and beats, the next line, frames.
//
// To play a file smf_file::tempo_map() is enough, and takes every file. This is for who plays
// along: its times are the same to the nanosecond, as what a tempo lacks as a double (a part in
// 10^16) is a hundredth of one in a day.
#pragma once

#include <cstdint>
#include <vector>

#include <jamnet/midi/standard_midi_file.hpp>
#include <jamnet/time/tempo_map.hpp>

namespace jamnet::inline v0 {

namespace detail {

// Of several changes at one tick the last counts.
template <class Change>
void set_change(std::vector<Change>& changes, const Change& change) {
  if (!changes.empty() && changes.back().at == change.at)
    changes.back() = change;
  else
    changes.push_back(change);
}

inline result<tempo_map> music_of(const smf_header& header, smf_cursor events) {
  if (header.division.frames != 0) return failure{errc::midi_division, 12};
  std::vector<tempo_change> tempi;
  std::vector<meter_change> signatures;
  time_signature signature;
  for (smf_event e; events.try_next(e);) {
    const ticks at{static_cast<std::int64_t>(e.tick)};
    if (const auto tempo = smf_tempo(e); tempo != 0) // 0 means nothing
      set_change(tempi, tempo_change{.at = at, .bpm = 60e6 / tempo});
    if (try_smf_signature(e, signature)) set_change(signatures, meter_change{at, signature});
  }
  return tempo_map::make(tempi, signatures, header.division.ticks);
}

} // namespace detail

/// The map of a file whose tracks play together. Fails with midi_format for format 2, whose tracks
/// do not; midi_division where ticks are parts of an SMPTE frame and no music; and as
/// tempo_map::make() does, above all with tempo_range for more than 999 quarter notes a minute and
/// signature_range for one that music does not have, or that is not whole ticks.
/// [any-thread] [allocates] O(bytes log tracks)
[[nodiscard]] inline result<tempo_map> music_of(const smf_file& file) {
  if (file.header().format == 2) return failure{errc::midi_format, 8};
  return detail::music_of(file.header(), file.events());
}

/// That of one track alone, as in format 2 each has its own. Expects that it exists.
/// [any-thread] [allocates] O(bytes)
[[nodiscard]] inline result<tempo_map> music_of(const smf_file& file, unsigned track) {
  return detail::music_of(file.header(), file.events(track));
}

} // namespace jamnet::inline v0
