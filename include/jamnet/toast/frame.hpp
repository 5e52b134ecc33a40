// SPDX-License-Identifier: MIT
//
// The TOAST frame: length, type, time stamp, sequence, payload, checksum (README.md beside this
// file). Reading never copies: a frame's payload is a view of the bytes it was read from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string_view>

#include <jamnet/core/bytes.hpp>
#include <jamnet/core/crc32.hpp>
#include <jamnet/core/result.hpp>

namespace jamnet::inline v0::toast {

/// Four characters, A-Z or _.
struct frame_type {
  std::uint32_t code = 0;

  constexpr frame_type() = default;
  constexpr explicit frame_type(std::uint32_t wire) noexcept : code{wire} {}
  consteval frame_type(const char (&name)[5]) noexcept {
    for (std::size_t i = 0; i < 4; ++i)
      code = code << 8 | static_cast<std::uint32_t>(static_cast<unsigned char>(name[i]));
  }
  friend constexpr bool operator==(frame_type, frame_type) = default;

  [[nodiscard]] constexpr bool is_valid() const noexcept {
    for (int shift = 0; shift < 32; shift += 8) {
      const auto c = static_cast<char>(code >> shift & 0xff);
      if ((c < 'A' || c > 'Z') && c != '_') return false;
    }
    return true;
  }
};

namespace type {
inline constexpr frame_type peer{"PEER"}, announce{"ANNO"}, hello{"HELO"}, challenge{"CHAL"},
    welcome{"WELC"}, clock_question{"CLKQ"}, clock_answer{"CLKR"}, clock_master{"CLKM"},
    midi{"MIDI"}, acknowledge{"ACKS"}, heartbeat{"HBEA"}, bye{"BYE_"}, error{"ERRO"}, relay{"RELY"},
    path{"PATH"}, proof{"PROO"}, seal{"SEAL"}, room{"ROOM"}, transport{"TRAN"};
}

/// The time stamp of a sender that does not know the session's time yet.
inline constexpr std::int64_t not_synchronised = std::numeric_limits<std::int64_t>::min();

inline constexpr std::size_t frame_overhead = 24;       ///< bytes of a frame without payload
inline constexpr std::size_t payload_limit = 1'048'576; ///< bytes, on TCP
inline constexpr std::size_t datagram_limit = 1'200;    ///< bytes, frames and all, on UDP

struct frame {
  frame_type type;
  std::int64_t timestamp = not_synchronised; ///< the sender's session time when it sent, ns
  std::uint32_t sequence = 0;                ///< which frame of this link, modulo 2^32
  bytes_view payload;

  [[nodiscard]] constexpr std::size_t size() const noexcept {
    return frame_overhead + payload.size();
  }
};

/// Reads the frame at the front of `bytes`; the next one starts at its size(). Refuses:
/// frame_truncated (more bytes may mend it), frame_length, frame_crc, frame_type.
/// [any-thread] [rt-safe] O(n)
[[nodiscard]] constexpr result<frame> read_frame(bytes_view bytes) noexcept {
  byte_reader in{bytes};
  std::uint32_t length = 0, type = 0, crc = 0;
  frame f;
  if (!in.try_read(length)) return errc::frame_truncated;
  if (length < frame_overhead - 4 || length > frame_overhead - 4 + payload_limit)
    return errc::frame_length;
  if (in.remaining() < length) return errc::frame_truncated;
  const bool whole = in.try_read(type) && in.try_read(f.timestamp) && in.try_read(f.sequence) &&
                     in.try_read(length - (frame_overhead - 4), f.payload) && in.try_read(crc);
  if (!whole) return errc::frame_truncated;
  if (crc32(bytes.first(f.size() - 4)) != crc) return errc::frame_crc;
  f.type = frame_type{type};
  if (!f.type.is_valid()) return errc::frame_type;
  return f;
}

/// Lays frames one behind the other into a buffer of the caller's.
class frame_writer {
public:
  constexpr explicit frame_writer(std::span<std::uint8_t> buffer) noexcept : buffer_{buffer} {}

  /// Where the next frame's payload can be written before close() names it; empty when there is
  /// no room for another frame. [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr std::span<std::uint8_t> open() const noexcept {
    if (buffer_.size() - used_ < frame_overhead) return {};
    return buffer_.subspan(used_ + 20, buffer_.size() - used_ - frame_overhead);
  }
  /// Makes a frame of the first `size` bytes that were written to open().
  /// [one-thread] [rt-safe] O(n)
  constexpr void close(frame_type type, std::int64_t timestamp, std::uint32_t sequence,
                       std::size_t size) noexcept {
    JAMNET_EXPECTS(size <= open().size());
    std::uint8_t* const start = buffer_.data() + used_;
    store_be(start, static_cast<std::uint32_t>(frame_overhead - 4 + size));
    store_be(start + 4, type.code);
    store_be(start + 8, timestamp);
    store_be(start + 16, sequence);
    store_be(start + 20 + size, crc32({start, 20 + size}));
    used_ += frame_overhead + size;
  }
  /// Appends a frame; false, and nothing written, when it does not fit.
  /// [one-thread] [rt-safe] O(n)
  [[nodiscard]] bool try_write(frame_type type, std::int64_t timestamp, std::uint32_t sequence,
                               bytes_view payload) noexcept {
    const auto room = open();
    if (buffer_.size() - used_ < frame_overhead + payload.size()) return false;
    if (!payload.empty()) std::memcpy(room.data(), payload.data(), payload.size());
    close(type, timestamp, sequence, payload.size());
    return true;
  }
  [[nodiscard]] constexpr bytes_view written() const noexcept { return buffer_.first(used_); }
  [[nodiscard]] constexpr std::size_t room() const noexcept { return buffer_.size() - used_; }

private:
  std::span<std::uint8_t> buffer_;
  std::size_t used_ = 0;
};

} // namespace jamnet::inline v0::toast
