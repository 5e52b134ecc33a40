// SPDX-License-Identifier: MIT
//
// Every operating error the library can report, in one closed list, grouped by folder.
#pragma once

#include <cstdint>
#include <string_view>

namespace jamnet::inline v0 {

enum class errc : std::uint16_t {
  // json: a text that is not JSON; detail is the byte offset
  json_syntax = 100, ///< not a JSON value, or something after it
  json_utf8,         ///< bytes that are not UTF-8, or an escape that is not a character
  json_depth,        ///< nested deeper than 32
  json_truncated,    ///< ends in the middle of a value

  // jsonmidi: JSON, but not a message; detail is the byte offset
  json_type = 200,    ///< a value of the wrong JSON type
  key_duplicate,      ///< a key of the format given twice
  key_missing,        ///< a required key is absent
  type_unknown,       ///< no message of this name
  value_range,        ///< a value outside its range
  raw_bytes_mismatch, ///< `rawBytes` contradict the fields
  line_too_long,      ///< a line longer than the limit
  data_too_long,      ///< a data array longer than the limit
  needs_packets,      ///< a SysEx that takes more than one packet where one was asked for

  // midi: bytes that are not MIDI; detail is the byte offset
  midi_header = 300, ///< not a Standard MIDI File
  midi_truncated,    ///< ends inside a chunk or an event
  midi_length,       ///< a length that reaches beyond its chunk or its limit
  midi_status,       ///< a data byte where a status byte must be, or an undefined status
  midi_data,         ///< a status byte where a data byte must be
  midi_division,     ///< a division of zero, or an unknown SMPTE rate
  midi_format,       ///< a format other than 0, 1 and 2, or a track count that contradicts it
  midi_too_many,     ///< more events than the reader was allowed to take
  midi_time,         ///< an event without a time, or one that goes back or too far ahead
  midi_order,        ///< an event where there may be none of its kind

  // toast: bytes that are not a frame, or a frame that asks for what cannot be
  frame_truncated = 400, ///< fewer bytes than the header announces
  frame_length,          ///< a length below 20 or beyond the limit
  frame_crc,             ///< the checksum does not match
  frame_type,            ///< a type that is not four of A-Z and _
  frame_payload,         ///< a payload that its type does not allow; detail is the byte offset
  capture_format,        ///< not a pcap file, or a record that cannot be; detail is what it says
  packet_malformed,      ///< a captured packet whose headers contradict it
  packet_other,          ///< one that is neither whole UDP nor TCP; detail is what it is

  // session: why a peer was turned away, or turned another away
  version_mismatch = 500, ///< no protocol version in common
  wrong_room,             ///< another room or session
  duplicate_peer,         ///< a peer of this id is there already
  room_full,              ///< the most peers a room can hold are there
  peer_slow,              ///< did not take what was sent to it
  limit_exceeded,         ///< asked for more than a limit allows
  wrong_key,              ///< another pass-phrase or key, or none
  not_admitted,           ///< by decision of its user, now or earlier
  refused,                ///< turned away for a reason this version does not know
  no_quorum,              ///< too few of the others are heard to decide for all

  // ring: shared memory that holds no ring of ours; detail is the number that is wrong
  shm_truncated = 600, ///< fewer bytes than a ring takes; detail is how many there are
  shm_magic,           ///< something else than a ring, or a ring not finished
  shm_version,         ///< a layout of another version
  shm_element,         ///< elements of another size
  shm_capacity,        ///< a capacity of 0, not a power of two, or that the memory does not hold
  shm_corrupt,         ///< indices that contradict each other
  shm_taken,           ///< a process that lives holds this end; detail is its id

  // latency: what cannot be set up, or taken down; detail is the number that is wrong
  audio_rate = 700, ///< a sample rate below 1 Hz, above 10 MHz, or not a number; detail in Hz
  audio_channels,   ///< no channels, or more than 1024
  audio_block,      ///< a block of no frames, or of more than the buffer holds
  latency_range,    ///< a latency below one frame or above the largest; detail in frames
  processor_stuck,  ///< the processor did not return in time; detail is the limit in ms
  audio_file, ///< no sound file, or of a kind that is not known; detail is what libsndfile says

  // timebase: a device with a clock that cannot be read; detail is what its interface said
  device_absent = 800, ///< no such device, or nothing that drives it, on this machine
  device_clockless,    ///< a device that does not tell its time
  device_lost,         ///< one that answered, and does no more
  device_taken,        ///< one that another program has for itself

  // time: a map of tempo and metre that cannot be, or no position in it; detail is the index of the
  // change, or the byte offset
  tempo_range = 820, ///< a tempo below 1 or above 999 quarter notes a minute, or not a number
  signature_range,   ///< not 1 to 255 beats, each a whole, half ... 64th note and whole ticks
  ppq_range,         ///< not 1 to 32767 ticks in a quarter note
  change_order,      ///< a change before the start, or not after the one before it
  position_syntax,   ///< not bars.beats.ticks
  position_range,    ///< no such bar, beat or tick, or later than maps reach

  // platform: the operating system refused; detail is errno
  system = 900,
  address_in_use,      ///< another program has the port
  address_unavailable, ///< no such address, name or interface here
};

/// An errc and one number that helps to find its cause. Trivially copyable, 8 bytes.
struct failure {
  errc code{};
  std::uint32_t detail = 0; ///< byte offset or errno, as the code says

  friend constexpr bool operator==(const failure&, const failure&) = default;
};

/// A few words, without the detail. [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr std::string_view to_string(errc code) noexcept {
  switch (code) {
  case errc::json_syntax: return "JSON syntax error";
  case errc::json_utf8: return "invalid UTF-8";
  case errc::json_depth: return "JSON nested too deeply";
  case errc::json_truncated: return "JSON ends too early";
  case errc::json_type: return "wrong JSON type";
  case errc::key_duplicate: return "key given twice";
  case errc::key_missing: return "required key missing";
  case errc::type_unknown: return "unknown message type";
  case errc::value_range: return "value out of range";
  case errc::raw_bytes_mismatch: return "rawBytes contradict the fields";
  case errc::line_too_long: return "line too long";
  case errc::data_too_long: return "data array too long";
  case errc::needs_packets: return "message takes several packets";
  case errc::midi_header: return "not a MIDI file";
  case errc::midi_truncated: return "MIDI data ends too early";
  case errc::midi_length: return "length reaches beyond its chunk";
  case errc::midi_status: return "bad MIDI status byte";
  case errc::midi_data: return "bad MIDI data byte";
  case errc::midi_division: return "bad time division";
  case errc::midi_format: return "unknown MIDI file format";
  case errc::midi_too_many: return "too many events";
  case errc::midi_time: return "bad event time";
  case errc::midi_order: return "event out of place";
  case errc::frame_truncated: return "frame truncated";
  case errc::frame_length: return "bad frame length";
  case errc::frame_crc: return "frame checksum mismatch";
  case errc::frame_type: return "bad frame type";
  case errc::frame_payload: return "bad frame payload";
  case errc::capture_format: return "not a pcap file";
  case errc::packet_malformed: return "malformed packet";
  case errc::packet_other: return "neither UDP nor TCP";
  case errc::version_mismatch: return "no protocol version in common";
  case errc::wrong_room: return "another room or session";
  case errc::duplicate_peer: return "peer id already in use";
  case errc::room_full: return "room is full";
  case errc::peer_slow: return "peer too slow";
  case errc::limit_exceeded: return "limit exceeded";
  case errc::wrong_key: return "wrong pass-phrase or key, or none";
  case errc::not_admitted: return "not admitted";
  case errc::refused: return "refused";
  case errc::no_quorum: return "too few are heard to decide";
  case errc::shm_truncated: return "shared memory too short";
  case errc::shm_magic: return "shared memory holds no ring";
  case errc::shm_version: return "shared ring of another version";
  case errc::shm_element: return "shared ring of another element size";
  case errc::shm_capacity: return "bad capacity of a shared ring";
  case errc::shm_corrupt: return "shared ring is corrupt";
  case errc::shm_taken: return "a living process holds this end of the ring";
  case errc::audio_rate: return "bad sample rate";
  case errc::audio_channels: return "bad number of channels";
  case errc::audio_block: return "bad block size";
  case errc::latency_range: return "latency out of range";
  case errc::processor_stuck: return "the processor does not return";
  case errc::audio_file: return "not a sound file";
  case errc::device_absent: return "no such device";
  case errc::device_clockless: return "the device does not tell its time";
  case errc::device_lost: return "the device is lost";
  case errc::device_taken: return "another program has the device";
  case errc::tempo_range: return "tempo out of range";
  case errc::signature_range: return "no such time signature";
  case errc::ppq_range: return "bad number of ticks in a quarter note";
  case errc::change_order: return "change out of order";
  case errc::position_syntax: return "not a musical position";
  case errc::position_range: return "no such musical position";
  case errc::system: return "system error";
  case errc::address_in_use: return "address already in use";
  case errc::address_unavailable: return "address not available";
  }
  return "unknown error";
}

} // namespace jamnet::inline v0
