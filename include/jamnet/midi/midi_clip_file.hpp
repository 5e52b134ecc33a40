// SPDX-License-Identifier: MIT
//
// A MIDI Clip File (M2-116-U 1.0, "SMF2", .midi2), read where it lies: the MIDI 2.0 form of a
// Standard MIDI File of one track.
//
//     const auto clip = midi_clip_file::open(bytes);
//     auto events = clip->events();
//     for (midi_clip_event e; events.try_next(e);) play(e.packet, e.tick);
//
// After eight letters it is nothing but packets, and a delta clockstamp says when the packets that
// follow it are due. open() walks it once and refuses what is broken, with its offset; nothing
// after it can fail. What the standard only recommends is not asked for.
#pragma once

#include <cstddef>
#include <cstdint>

#include <jamnet/core/bytes.hpp>
#include <jamnet/core/result.hpp>
#include <jamnet/midi/detail/clip_rules.hpp>
#include <jamnet/midi/ump.hpp>

namespace jamnet::inline v0 {

struct midi_clip_event {
  std::uint64_t tick = 0; ///< since the start of its section
  ump packet{};
  bool shared = false; ///< without a clockstamp of its own: due with the packet before it
};

/// The events of one section of a clip file.
class midi_clip_cursor {
public:
  /// Takes the next event; false at the end. Clockstamps are summed up into ticks, and packets that
  /// do nothing (NOOP), of which a long pause is made, are passed over.
  /// [one-thread] [rt-safe] O(packets passed over)
  [[nodiscard]] constexpr bool try_next(midi_clip_event& out) noexcept;

private:
  friend class midi_clip_file;
  constexpr explicit midi_clip_cursor(bytes_view packets) noexcept : in_{packets} {}

  byte_reader in_;
  std::uint64_t tick_ = 0;
};

class midi_clip_file {
public:
  /// Checks a whole file, which must outlive this. Fails where it is broken, with the offset: not a
  /// clip file (midi_header), cut off or without an end (midi_truncated), without a resolution
  /// (midi_division), a packet without a clockstamp (midi_time), and a packet where none of its
  /// kind may be or behind the end (midi_order). [any-thread] [rt-safe] O(bytes)
  static constexpr result<midi_clip_file> open(bytes_view file);

  /// Never 0.
  [[nodiscard]] constexpr std::uint16_t ticks_per_quarter_note() const noexcept { return ticks_; }

  /// The packets of Set Profile On messages, which ask for profiles before anything else; they have
  /// no time. [any-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr midi_clip_cursor profiles() const noexcept {
    return midi_clip_cursor{profiles_};
  }
  /// What prepares the receiver before the clip starts. [any-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr midi_clip_cursor configuration() const noexcept {
    return midi_clip_cursor{configuration_};
  }
  /// The clip itself, from its first bar on. [any-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr midi_clip_cursor events() const noexcept {
    return midi_clip_cursor{events_};
  }
  /// How long the configuration takes.
  [[nodiscard]] constexpr std::uint64_t configuration_ticks() const noexcept { return lead_; }
  /// How long the clip is.
  [[nodiscard]] constexpr std::uint64_t end_tick() const noexcept { return end_; }

private:
  bytes_view profiles_, configuration_, events_;
  std::uint64_t lead_ = 0, end_ = 0;
  std::uint16_t ticks_ = 0;
};

constexpr bool midi_clip_cursor::try_next(midi_clip_event& out) noexcept {
  out.shared = true;
  while (detail::try_read_packet(in_, out.packet)) {
    const auto part = detail::clip_part_of(out.packet);
    out.tick = tick_;
    if (part == detail::clip_part::clockstamp) {
      tick_ += out.packet.words[0] & detail::clip_max_delta;
      out.shared = false;
    } else if (part != detail::clip_part::noop) {
      return true;
    }
  }
  return false;
}

constexpr result<midi_clip_file> midi_clip_file::open(bytes_view bytes) {
  const auto at = [](errc code, std::size_t offset) {
    return failure{code, static_cast<std::uint32_t>(offset)};
  };
  byte_reader in{bytes};
  for (const auto letter : detail::clip_header)
    if (std::uint8_t byte = 0; !in.try_read(byte) || byte != letter) return errc::midi_header;

  midi_clip_file file;
  detail::clip_rules rules;
  using section = detail::clip_rules::section;
  auto from = in.offset(); // where the section began
  while (rules.at() != section::done) {
    const auto start = in.offset();
    const auto before = rules;
    ump p;
    if (!detail::try_read_packet(in, p)) return at(errc::midi_truncated, bytes.size());
    if (const auto breach = rules.take(p); breach != errc{}) return at(breach, start);
    if (rules.at() == before.at()) continue;

    const auto packets = bytes.subspan(from, start - from);
    from = in.offset();
    switch (before.at()) {
    case section::profiles:
      file.profiles_ = packets;
      file.ticks_ = static_cast<std::uint16_t>(p.words[0]);
      break;
    case section::configuration:
      file.configuration_ = packets;
      file.lead_ = before.tick();
      break;
    default: file.events_ = packets; file.end_ = before.tick();
    }
  }
  if (in.remaining() != 0) return at(errc::midi_order, in.offset());
  return file;
}

} // namespace jamnet::inline v0
