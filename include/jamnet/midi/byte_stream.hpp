// SPDX-License-Identifier: MIT
//
// MIDI 1.0 bytes, as cables, ports and files carry them, into packets and back.
//
//     byte_stream_parser in;
//     in.feed(bytes, [&](const ump& p) { ring.try_push(p); });
//
// The stream may be cut anywhere and a SysEx may have any length: the parser holds at most six of
// its bytes and passes them on packet by packet. It never fails; what means nothing is counted.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <jamnet/core/bytes.hpp>
#include <jamnet/midi/message.hpp>
#include <jamnet/midi/sysex_splitter.hpp>
#include <jamnet/midi/ump.hpp>

namespace jamnet::inline v0 {

class byte_stream_parser {
public:
  /// Makes packets of this group. Expects it below 16. [rt-safe] O(1)
  constexpr explicit byte_stream_parser(unsigned group = 0) noexcept
      : group_{group},
        sysex_{{.group = group}} {
    JAMNET_EXPECTS(group < 16);
  }

  /// Takes one byte and hands the sink, as `const ump&`, the packet it completes, if any. Real-time
  /// bytes are handed on at once, even out of the middle of a message. Another status byte there
  /// drops the message; a SysEx it ends, with the bytes that came. It cannot fail.
  /// [one-thread] [rt-safe] if the sink is; O(1)
  template <class Sink>
  constexpr void feed(std::uint8_t byte, Sink&& sink);

  /// The same for each byte in turn. [one-thread] [rt-safe] if the sink is; O(bytes)
  template <class Sink>
  constexpr void feed(bytes_view bytes, Sink&& sink) {
    for (const auto byte : bytes) feed(byte, sink);
  }

  /// The stream ends here, as each message does that comes by itself: what is open is dropped (a
  /// SysEx handed on with the bytes that came) and counted, the running status is forgotten.
  /// [one-thread] [rt-safe] if the sink is; O(1)
  template <class Sink>
  constexpr void end(Sink&& sink) {
    if (open_) ++dropped_;
    if (in_sysex()) sysex_.finish(sink);
    open_ = false;
    status_ = size_ = 0;
  }

  /// Whether a SysEx has begun and not ended. [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr bool in_sysex() const noexcept { return open_ && status_ == 0xf0; }

  /// How often something was lost: a data byte without a status, an undefined status, an F7 without
  /// a SysEx, a message cut short (a cut SysEx is handed on, but counted). [one-thread] [rt-safe]
  /// O(1)
  [[nodiscard]] constexpr std::uint64_t dropped() const noexcept { return dropped_; }

private:
  template <class Sink>
  constexpr void on_status(std::uint8_t status, Sink& sink);
  template <class Sink>
  constexpr void on_data(std::uint8_t byte, Sink& sink);

  std::uint64_t dropped_ = 0;
  unsigned group_;
  std::uint8_t status_ = 0; // of the open message, or the running status; 0: neither
  bool open_ = false;       // a message has begun and not ended
  std::uint8_t size_ = 0;   // of data_
  std::array<std::uint8_t, 2> data_{};
  sysex_splitter<sysex7> sysex_;
};

/// The MIDI 1.0 bytes of a packet and how many there are; 0 where there are none: another type of
/// packet, an undefined status, data above 127. A packet of a longer SysEx gives its part, F0 first
/// and F7 last. [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr std::size_t to_bytes(const ump& packet,
                                             std::span<std::uint8_t, 8> out) noexcept;

enum class running_status : bool { off, on };

/// Packets, one after the other, into a stream that any MIDI 1.0 receiver understands.
class byte_stream_writer {
public:
  /// With running status on, a status byte equal to the last is left out. [rt-safe] O(1)
  constexpr explicit byte_stream_writer(running_status running = running_status::off) noexcept
      : running_{running} {}

  /// As to_bytes, and 0 also for the rest of a SysEx whose start was not written, or which another
  /// message has cut since: its bytes would be strays. [one-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr std::size_t write(const ump& packet,
                                            std::span<std::uint8_t, 8> out) noexcept;

private:
  running_status running_;
  bool in_sysex_ = false;
  std::uint8_t last_status_ = 0;
};

namespace detail {

// How many data bytes follow a status byte; more than 2 where it is undefined or of a SysEx.
constexpr unsigned midi1_data_size(unsigned status) noexcept {
  constexpr std::array<unsigned char, 16> system{9, 1, 2, 1, 9, 9, 0, 9, 0, 9, 0, 0, 0, 9, 0, 0};
  if (status >= 0xf0) return system[status & 15];
  return status < 0x80 ? 9 : (status & 0xe0) == 0xc0 ? 1 : 2;
}

} // namespace detail

template <class Sink>
constexpr void byte_stream_parser::feed(std::uint8_t byte, Sink&& sink) {
  if (byte < 0x80) {
    on_data(byte, sink);
  } else if (byte < 0xf8) {
    on_status(byte, sink);
  } else if (detail::midi1_data_size(byte) == 0) {
    sink(midi1(byte, 0, 0, group_));
  } else {
    ++dropped_; // F9 and FD: not even running status minds
  }
}

template <class Sink>
constexpr void byte_stream_parser::on_status(std::uint8_t status, Sink& sink) {
  const auto data_size = detail::midi1_data_size(status);
  const bool ends_sysex = in_sysex();
  if (!(ends_sysex && status == 0xf7)) {
    if (open_) ++dropped_;
    if (data_size > 2 && status != 0xf0) ++dropped_;
  }
  if (ends_sysex) sysex_.finish(sink);

  open_ = status == 0xf0 || data_size == 1 || data_size == 2;
  status_ = open_ ? status : std::uint8_t{0};
  size_ = 0;
  if (data_size == 0) sink(midi1(status, 0, 0, group_));
}

template <class Sink>
constexpr void byte_stream_parser::on_data(std::uint8_t byte, Sink& sink) {
  if (status_ == 0) {
    ++dropped_;
  } else if (status_ == 0xf0) {
    sysex_.push(byte, sink);
  } else {
    open_ = true;
    data_[size_++] = byte;
    if (size_ < detail::midi1_data_size(status_)) return;
    const auto packet = midi1(status_, data_[0], size_ == 2 ? data_[1] : 0u, group_);
    open_ = false;
    size_ = 0;
    if (status_ >= 0xf0) status_ = 0;
    sink(packet);
  }
}

constexpr std::size_t to_bytes(const ump& packet, std::span<std::uint8_t, 8> out) noexcept {
  const bool sysex = packet.type() == ump_type::sysex7;
  const bool voice = packet.type() == ump_type::midi1_voice;
  if (!sysex && !voice && packet.type() != ump_type::system) return 0;

  const unsigned status = packet.status();
  if (!sysex && (voice != (status < 0xf0))) return 0;
  const auto form = static_cast<ump_form>(status >> 4);
  const std::size_t data_size = sysex ? status & 15u : detail::midi1_data_size(status);
  if (data_size > (sysex ? 6u : 2u) || (sysex && form > ump_form::end)) return 0;

  std::size_t size = 0;
  if (!sysex) out[size++] = static_cast<std::uint8_t>(status);
  if (sysex && (form == ump_form::complete || form == ump_form::start)) out[size++] = 0xf0;
  for (std::size_t i = 0; i < data_size; ++i) {
    if (packet.byte(2 + i) >= 0x80) return 0;
    out[size++] = packet.byte(2 + i);
  }
  if (sysex && (form == ump_form::complete || form == ump_form::end)) out[size++] = 0xf7;
  return size;
}

constexpr std::size_t byte_stream_writer::write(const ump& packet,
                                                std::span<std::uint8_t, 8> out) noexcept {
  const auto size = to_bytes(packet, out);
  if (size == 0 || (packet.type() == ump_type::system && packet.status() >= 0xf8)) return size;

  if (packet.type() == ump_type::sysex7) {
    const auto form = static_cast<ump_form>(packet.status() >> 4);
    const bool opens = form == ump_form::complete || form == ump_form::start;
    if (!opens && !in_sysex_) return 0;
    in_sysex_ = form == ump_form::start || form == ump_form::continued;
    last_status_ = 0;
    return size;
  }
  in_sysex_ = false;
  const bool repeats = running_ == running_status::on && packet.status() == last_status_;
  last_status_ = packet.status() < 0xf0 ? packet.status() : std::uint8_t{0};
  if (!repeats) return size;
  for (std::size_t i = 1; i < size; ++i) out[i - 1] = out[i];
  return size - 1;
}

} // namespace jamnet::inline v0
