// SPDX-License-Identifier: MIT
//
// The events of one track chunk of a Standard MIDI File, one after the other, without a copy.
//
// It reads any bytes safely and says where they stop being a track. Two breaches that real files
// commit and that leave no doubt are tolerated: running status that goes on after a meta event or
// a SysEx, and a track without an end-of-track event. Bytes after that event are not read.
#pragma once

#include <cstddef>
#include <cstdint>

#include <jamnet/core/bytes.hpp>
#include <jamnet/core/errc.hpp>
#include <jamnet/midi/smf_event.hpp>

namespace jamnet::inline v0 {

class smf_track_reader {
public:
  /// Reads the data of a track chunk, which must outlive the events; `track` is the number that its
  /// events are to bear. [rt-safe] O(1)
  constexpr explicit smf_track_reader(bytes_view chunk, unsigned track = 0) noexcept
      : bytes_{chunk},
        track_{track} {}

  /// Takes the next event; false at the end of the track, and where it fails.
  /// [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr bool try_next(smf_event& out) noexcept;

  [[nodiscard]] constexpr bool failed() const noexcept { return failure_.code != errc{}; }
  /// Why try_next failed, and at which byte of the chunk. Expects failed().
  [[nodiscard]] constexpr failure error() const noexcept {
    return JAMNET_EXPECTS(failed()), failure_;
  }

private:
  constexpr bool fail(errc code, std::size_t offset) noexcept {
    failure_ = {code, static_cast<std::uint32_t>(offset)};
    at_ = bytes_.size();
    return false;
  }
  constexpr bool try_byte(std::uint8_t& out) noexcept {
    if (at_ == bytes_.size()) return fail(errc::midi_truncated, at_);
    out = bytes_[at_++];
    return true;
  }
  constexpr bool try_variable(std::uint32_t& out) noexcept;
  constexpr bool try_message(smf_event& out) noexcept;
  constexpr bool try_long(smf_event& out) noexcept;

  bytes_view bytes_;
  std::size_t at_ = 0;
  std::uint64_t tick_ = 0;
  unsigned track_;
  std::uint8_t running_ = 0;
  failure failure_{};
};

constexpr bool smf_track_reader::try_next(smf_event& out) noexcept {
  if (at_ == bytes_.size()) return false;
  std::uint32_t delta = 0;
  if (!try_variable(delta)) return false;
  out = {.tick = tick_ += delta, .track = track_};

  const auto start = at_;
  if (!try_byte(out.status)) return false;
  if (out.status < 0x80) { // running status: this was the first data byte
    if (running_ == 0) return fail(errc::midi_status, start);
    out.status = running_;
    out.running = true;
    --at_;
  }
  if (out.status < 0xf0) return try_message(out);
  if (out.kind() == smf_kind::channel) return fail(errc::midi_status, start);
  return try_long(out);
}

constexpr bool smf_track_reader::try_message(smf_event& out) noexcept {
  const auto size = detail::midi1_data_size(out.status);
  if (bytes_.size() - at_ < size) return fail(errc::midi_truncated, bytes_.size());
  out.data = bytes_.subspan(at_, size);
  for (std::size_t i = 0; i < size; ++i)
    if (out.data[i] >= 0x80) return fail(errc::midi_data, at_ + i);
  at_ += size;
  running_ = out.status;
  return true;
}

constexpr bool smf_track_reader::try_long(smf_event& out) noexcept {
  const bool is_meta = out.kind() == smf_kind::meta;
  if (is_meta && !try_byte(out.meta)) return false;
  if (out.meta >= 0x80) return fail(errc::midi_data, at_ - 1);

  const auto start = at_;
  std::uint32_t size = 0;
  if (!try_variable(size)) return false;
  if (size > bytes_.size() - at_) return fail(errc::midi_length, start);
  out.data = bytes_.subspan(at_, size);
  at_ = is_meta && out.meta == 0x2f ? bytes_.size() : at_ + size;
  return true;
}

// Seven bits a byte, the last below 0x80, four bytes at most.
constexpr bool smf_track_reader::try_variable(std::uint32_t& out) noexcept {
  const auto start = at_;
  std::uint8_t byte = 0x80;
  for (out = 0; byte >= 0x80; out = out << 7 | (byte & 0x7fu)) {
    if (at_ - start == 4) return fail(errc::midi_length, start);
    if (!try_byte(byte)) return false;
  }
  return true;
}

} // namespace jamnet::inline v0
