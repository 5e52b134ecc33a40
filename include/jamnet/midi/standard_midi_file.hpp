// SPDX-License-Identifier: MIT
//
// A Standard MIDI File (RP-001) of format 0, 1 or 2, read where it lies.
//
//     const auto file = smf_file::open(bytes);
//     const auto tempo = file->tempo_map();
//     auto events = file->events();
//     for (smf_event e; events.try_next(e);) play(e, tempo.time_at(e.tick));
//
// open() walks the whole file once and refuses what is broken, with its offset; nothing after it
// can fail. What the header merely claims (65535 tracks, 4 GiB) costs nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <jamnet/core/bytes.hpp>
#include <jamnet/core/result.hpp>
#include <jamnet/midi/smf_event.hpp>
#include <jamnet/midi/smf_tempo_map.hpp>
#include <jamnet/midi/smf_track_reader.hpp>

namespace jamnet::inline v0 {

struct smf_header {
  std::uint16_t format = 0; ///< 0: one track; 1: tracks that play together; 2: one after another
  std::uint16_t tracks = 0;
  smf_division division{};
};

struct smf_track {
  bytes_view data{};          ///< of its chunk, without type and length
  std::uint64_t end_tick = 0; ///< of its last event
  std::uint32_t notes = 0;    ///< how many it starts
};

/// Events of several tracks merged in the order of their ticks; at one tick those of a lower track
/// come first, and each track keeps its own order.
class smf_cursor {
public:
  /// Takes the next event; false at the end. [one-thread] [rt-safe] O(log tracks)
  [[nodiscard]] bool try_next(smf_event& out) noexcept;

private:
  friend class smf_file;
  struct source {
    smf_track_reader reader;
    smf_event next;
  };
  smf_cursor(std::span<const smf_track> tracks, unsigned first);

  bool precedes(std::uint32_t a, std::uint32_t b) const noexcept {
    const auto &x = sources_[a].next, &y = sources_[b].next;
    return x.tick != y.tick ? x.tick < y.tick : a < b;
  }
  void sift_down(std::size_t at) noexcept;

  std::vector<source> sources_;
  std::vector<std::uint32_t> heap_; // of sources that have an event left, the next event's first
};

class smf_file {
public:
  /// Checks a whole file, which must outlive this. Fails where it is broken, with the offset.
  /// Chunks of other types and whatever follows the last track are skipped.
  /// [any-thread] [allocates] O(bytes)
  static result<smf_file> open(bytes_view file);

  [[nodiscard]] const smf_header& header() const noexcept { return header_; }
  [[nodiscard]] std::span<const smf_track> tracks() const noexcept { return tracks_; }

  /// All tracks merged. The tracks of a format 2 file do not belong together: take one at a time.
  /// [any-thread] [allocates] O(tracks)
  [[nodiscard]] smf_cursor events() const { return {tracks_, 0}; }
  /// One track. Expects that it exists. [any-thread] [allocates] O(1)
  [[nodiscard]] smf_cursor events(unsigned track) const {
    JAMNET_EXPECTS(track < tracks_.size());
    return {std::span(tracks_).subspan(track, 1), track};
  }

  /// The tempo changes of all tracks. [any-thread] [allocates] O(bytes log tracks)
  [[nodiscard]] smf_tempo_map tempo_map() const { return tempo_map(events()); }
  /// Those of one track, which in format 2 has its own tempo. Expects that it exists.
  /// [any-thread] [allocates] O(bytes)
  [[nodiscard]] smf_tempo_map tempo_map(unsigned track) const { return tempo_map(events(track)); }

  /// The last tick of the longest track. [any-thread] [rt-safe] O(tracks)
  [[nodiscard]] std::uint64_t end_tick() const noexcept {
    std::uint64_t end = 0;
    for (const auto& track : tracks_) end = track.end_tick > end ? track.end_tick : end;
    return end;
  }

private:
  smf_tempo_map tempo_map(smf_cursor events) const;

  smf_header header_{};
  std::vector<smf_track> tracks_;
};

namespace detail {

inline constexpr std::uint32_t smf_header_chunk = 0x4d546864; // MThd
inline constexpr std::uint32_t smf_track_chunk = 0x4d54726b;  // MTrk

inline failure at_offset(errc code, std::size_t offset) noexcept {
  return {code, static_cast<std::uint32_t>(offset)};
}

// The header chunk, or why there is none.
inline result<smf_header> read_smf_header(byte_reader& in) {
  std::uint32_t type = 0, size = 0;
  std::uint16_t division = 0;
  smf_header header;
  bytes_view extension;
  if (!in.try_read(type) || type != smf_header_chunk) return failure{errc::midi_header, 0};
  if (!in.try_read(size)) return at_offset(errc::midi_truncated, in.offset());
  if (size < 6) return failure{errc::midi_length, 4};
  if (!in.try_read(header.format) || !in.try_read(header.tracks) || !in.try_read(division) ||
      !in.try_read(size - 6, extension))
    return at_offset(errc::midi_truncated, in.offset());

  if (header.format > 2) return failure{errc::midi_format, 8};
  if (header.format == 0 && header.tracks != 1) return failure{errc::midi_format, 10};
  header.division.ticks = division;
  if (division >= 0x8000) { // the upper byte is the frame rate, negative
    const auto frames = static_cast<std::uint8_t>(0x100 - (division >> 8));
    if (frames != 24 && frames != 25 && frames != 29 && frames != 30)
      return failure{errc::midi_division, 12};
    header.division = {.ticks = static_cast<std::uint16_t>(division & 0xff), .frames = frames};
  }
  if (header.division.ticks == 0) return failure{errc::midi_division, 12};
  return header;
}

// Walks one track to its end.
inline result<smf_track> read_smf_track(bytes_view data) noexcept {
  smf_track track{.data = data};
  smf_track_reader reader{data};
  for (smf_event e; reader.try_next(e);) {
    track.end_tick = e.tick;
    if ((e.status & 0xf0) == 0x90 && e.data[1] != 0) ++track.notes;
  }
  if (reader.failed()) return reader.error();
  return track;
}

} // namespace detail

inline result<smf_file> smf_file::open(bytes_view bytes) {
  byte_reader in{bytes};
  const auto header = detail::read_smf_header(in);
  if (!header) return header.error();
  smf_file file;
  file.header_ = *header;

  while (file.tracks_.size() < header->tracks) {
    const auto start = in.offset();
    std::uint32_t type = 0, size = 0;
    bytes_view data;
    if (in.remaining() == 0) return detail::at_offset(errc::midi_format, start);
    if (!in.try_read(type) || !in.try_read(size))
      return detail::at_offset(errc::midi_truncated, bytes.size());
    if (!in.try_read(size, data)) return detail::at_offset(errc::midi_length, start + 4);
    if (type != detail::smf_track_chunk) continue;

    const auto track = detail::read_smf_track(data);
    if (!track) return detail::at_offset(track.error().code, start + 8 + track.error().detail);
    file.tracks_.push_back(*track);
  }
  return file;
}

inline smf_tempo_map smf_file::tempo_map(smf_cursor events) const {
  smf_tempo_map map{header_.division};
  for (smf_event e; events.try_next(e);)
    if (const auto tempo = smf_tempo(e); tempo != 0) map.set_tempo(e.tick, tempo);
  return map;
}

inline smf_cursor::smf_cursor(std::span<const smf_track> tracks, unsigned first) {
  for (const auto& track : tracks) {
    source s{smf_track_reader{track.data, first++}, {}};
    if (!s.reader.try_next(s.next)) continue;
    heap_.push_back(static_cast<std::uint32_t>(sources_.size()));
    sources_.push_back(s);
  }
  for (auto i = heap_.size() / 2; i-- > 0;) sift_down(i);
}

inline bool smf_cursor::try_next(smf_event& out) noexcept {
  if (heap_.empty()) return false;
  auto& top = sources_[heap_.front()];
  out = top.next;
  if (!top.reader.try_next(top.next)) {
    heap_.front() = heap_.back();
    heap_.pop_back();
  }
  sift_down(0);
  return true;
}

inline void smf_cursor::sift_down(std::size_t at) noexcept {
  for (;;) {
    auto child = 2 * at + 1;
    if (child >= heap_.size()) return;
    if (child + 1 < heap_.size() && precedes(heap_[child + 1], heap_[child])) ++child;
    if (!precedes(heap_[child], heap_[at])) return;
    std::swap(heap_[child], heap_[at]);
    at = child;
  }
}

} // namespace jamnet::inline v0
