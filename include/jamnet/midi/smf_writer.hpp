// SPDX-License-Identifier: MIT
//
// Writes a Standard MIDI File (RP-001) from its events.
//
//     smf_writer out{file->header(), {.end_tracks = false}};
//     for (smf_event e; events.try_next(e);) out.try_add(e);
//     const auto copy = out.finish();
//
// What a reader yields comes out as the same bytes, for each event says whether its status was left
// out. Lost are only what the reader skips (other chunks, a longer header, bytes behind the end of
// a track or of the last track) and deltas or lengths with more bytes than they need.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <jamnet/midi/standard_midi_file.hpp>

namespace jamnet::inline v0 {

/// When a channel event leaves out a status that is the same as the last one's.
enum class smf_running : std::uint8_t {
  as_marked, ///< where the event says so; also after a meta event or a SysEx, as some programs do
  never,
  always, ///< wherever the standard allows it
};

struct smf_write_options {
  smf_running running = smf_running::as_marked;
  bool end_tracks = true; ///< gives a track its end-of-track event if it came without one
  std::uint32_t max_chunk = 0xffffffff; ///< bytes of one track; the format has no room for more
};

class smf_writer {
public:
  /// Begins a file with these tracks, all empty. A header that no file may have is refused like an
  /// event. [allocates] O(tracks)
  explicit smf_writer(const smf_header& header, smf_write_options options = {});

  /// Adds an event at the end of its track; the tracks may take turns. It cannot when the header
  /// has no such track (midi_format), the tick is before the last of its track or 2^28 or more
  /// after it (midi_time), the track has ended (midi_order), the bytes are no event (midi_status,
  /// midi_data, midi_length) or the chunk is full (midi_length). Then the writer has failed and
  /// takes no more. [one-thread] [allocates] O(bytes)
  bool try_add(const smf_event& event);

  [[nodiscard]] bool failed() const noexcept { return failure_.code != errc{}; }
  /// Why it failed, and at which byte: of its track's chunk for an event, of the file for the
  /// header. Expects failed().
  [[nodiscard]] failure error() const noexcept { return JAMNET_EXPECTS(failed()), failure_; }

  /// Hands the sink the whole file in pieces, as `bytes_view`; nothing, and false, if it failed.
  /// [one-thread] [rt-safe] if the sink is; O(tracks)
  template <class Sink>
  [[nodiscard]] bool try_write(Sink&& sink) const;
  /// The whole file, or why an event was refused. [one-thread] [allocates] O(bytes)
  [[nodiscard]] result<std::vector<std::uint8_t>> finish() const;

private:
  static constexpr std::array<std::uint8_t, 4> end_of_track{0x00, 0xff, 0x2f, 0x00};

  struct track {
    std::vector<std::uint8_t> data;
    std::uint64_t tick = 0;
    std::uint8_t status = 0;  // of the last channel event
    bool interrupted = false; // by a meta event or a SysEx, which ends running status
    bool ended = false;
  };

  bool leaves_status_out(const track& to, const smf_event& event) const noexcept {
    if (event.status != to.status) return false; // so it is a channel event
    return options_.running == smf_running::as_marked
               ? event.running
               : options_.running == smf_running::always && !to.interrupted;
  }
  std::size_t missing_end(const track& t) const noexcept {
    return options_.end_tracks && !t.ended ? end_of_track.size() : 0;
  }

  smf_header header_;
  smf_write_options options_;
  std::vector<track> tracks_;
  failure failure_{};
};

namespace detail {

inline constexpr std::uint32_t smf_max_variable = 0x0fffffff;

inline std::array<std::uint8_t, 14> smf_header_bytes(const smf_header& header) noexcept {
  const auto [ticks, frames] = header.division;
  std::array<std::uint8_t, 14> bytes;
  store_be(bytes.data(), smf_header_chunk);
  store_be(bytes.data() + 4, std::uint32_t{6});
  store_be(bytes.data() + 8, header.format);
  store_be(bytes.data() + 10, header.tracks);
  store_be(bytes.data() + 12, ticks);
  if (frames != 0) bytes[12] = static_cast<std::uint8_t>(0x100 - frames);
  return bytes;
}

// What is wrong with an event, whatever its place in a file.
constexpr errc smf_breach(const smf_event& event) noexcept {
  if (event.kind() != smf_kind::channel) {
    if (event.meta >= 0x80) return errc::midi_data;
    return event.data.size() <= smf_max_variable ? errc{} : errc::midi_length;
  }
  if (event.status < 0x80 || event.status >= 0xf0) return errc::midi_status;
  if (event.data.size() != midi1_data_size(event.status)) return errc::midi_length;
  for (const auto byte : event.data)
    if (byte >= 0x80) return errc::midi_data;
  return {};
}

// The bytes of an event before its data.
struct smf_prefix {
  std::array<std::uint8_t, 10> bytes{};
  std::size_t size = 0;

  constexpr void put(std::uint8_t byte) noexcept { bytes[size++] = byte; }
  constexpr void put_variable(std::uint32_t value) noexcept {
    for (unsigned shift = 21; shift > 0; shift -= 7)
      if (value >> shift != 0) put(static_cast<std::uint8_t>(0x80 | (value >> shift & 0x7f)));
    put(value & 0x7f);
  }
};

} // namespace detail

// Whether a header is sound is what its reader says of its bytes.
inline smf_writer::smf_writer(const smf_header& header, smf_write_options options)
    : header_{header},
      options_{options} {
  const auto bytes = detail::smf_header_bytes(header);
  byte_reader in{bytes};
  const auto read = detail::read_smf_header(in);
  if (!read) {
    failure_ = read.error();
  } else if (read->division != header.division) {
    failure_ = {errc::midi_division, 12};
  } else {
    tracks_.resize(header.tracks);
  }
}

inline bool smf_writer::try_add(const smf_event& event) {
  if (failed()) return false;
  if (event.track >= tracks_.size()) return failure_ = {errc::midi_format, 0}, false;
  auto& to = tracks_[event.track];
  const auto refuse = [&](errc why) {
    failure_ = detail::at_offset(why, to.data.size());
    return false;
  };
  if (to.ended) return refuse(errc::midi_order);
  if (event.tick < to.tick || event.tick - to.tick > detail::smf_max_variable)
    return refuse(errc::midi_time);
  if (const auto breach = detail::smf_breach(event); breach != errc{}) return refuse(breach);

  detail::smf_prefix prefix;
  prefix.put_variable(static_cast<std::uint32_t>(event.tick - to.tick));
  if (!leaves_status_out(to, event)) prefix.put(event.status);
  const bool is_channel = event.kind() == smf_kind::channel;
  const bool is_meta = event.kind() == smf_kind::meta;
  const bool is_end = is_meta && event.meta == 0x2f;
  if (is_meta) prefix.put(event.meta);
  if (!is_channel) prefix.put_variable(static_cast<std::uint32_t>(event.data.size()));

  const auto size = prefix.size + event.data.size() + (is_end ? 0 : missing_end(to));
  if (size > options_.max_chunk || to.data.size() > options_.max_chunk - size)
    return refuse(errc::midi_length);
  to.data.insert(to.data.end(), prefix.bytes.data(), prefix.bytes.data() + prefix.size);
  to.data.insert(to.data.end(), event.data.begin(), event.data.end());
  to.tick = event.tick;
  to.ended = is_end;
  to.interrupted = !is_channel;
  if (is_channel) to.status = event.status;
  return true;
}

template <class Sink>
bool smf_writer::try_write(Sink&& sink) const {
  if (failed()) return false;
  sink(bytes_view{detail::smf_header_bytes(header_)});
  for (const auto& t : tracks_) {
    std::array<std::uint8_t, 8> chunk;
    store_be(chunk.data(), detail::smf_track_chunk);
    store_be(chunk.data() + 4, static_cast<std::uint32_t>(t.data.size() + missing_end(t)));
    sink(bytes_view{chunk});
    sink(bytes_view{t.data});
    if (missing_end(t) != 0) sink(bytes_view{end_of_track});
  }
  return true;
}

inline result<std::vector<std::uint8_t>> smf_writer::finish() const {
  std::vector<std::uint8_t> file;
  std::size_t size = 14;
  for (const auto& t : tracks_) size += 8 + t.data.size() + missing_end(t);
  file.reserve(size);
  if (!try_write([&](bytes_view piece) { file.insert(file.end(), piece.begin(), piece.end()); }))
    return failure_;
  return file;
}

} // namespace jamnet::inline v0
