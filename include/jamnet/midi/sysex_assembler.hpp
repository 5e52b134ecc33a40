// SPDX-License-Identifier: MIT
//
// Packets of SysEx, of several groups and streams interleaved, back into bytes:
//
//     std::array<std::uint8_t, 4096> room;
//     sysex_assembler<4> in{room};                                // four at a time, of 1024 bytes
//     in.feed(packet, [&](const sysex_message& m) { ... });       // says also what was lost, and
//     why
//
// It keeps bytes only where it was lent room, so a sender can make it lose its own messages and
// nobody else's. The way there is sysex_splitter.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include <jamnet/core/bytes.hpp>
#include <jamnet/midi/data_message.hpp>
#include <jamnet/midi/ump.hpp>

namespace jamnet::inline v0 {

/// What became of a SysEx.
enum class sysex_outcome : std::uint8_t {
  complete,    ///< the data are all of it
  interrupted, ///< it ended without its end; the data are what came
  too_long,    ///< it did not fit; the data are as much as did, and what follows is skipped
  too_many,    ///< as many as there is room for were open already; the data are of its start
  stray,       ///< a packet whose start was not seen; the data are its own, none if malformed
};

struct sysex_message {
  sysex_outcome outcome{};
  bool eight_bit = false; ///< sysex8
  unsigned stream_id = 0; ///< of sysex8
  unsigned group = 0;
  bytes_view data{}; ///< meaningful until the sink returns
};

/// Puts up to `Streams` messages together at a time. Of sysex7 each group has one at a time, of
/// sysex8 each stream id of each group.
template <std::size_t Streams = 1>
class sysex_assembler {
public:
  /// Keeps the bytes of the open messages here, which must outlive this; each may have an equal
  /// share. [rt-safe] O(Streams)
  constexpr explicit sysex_assembler(std::span<std::uint8_t> room) noexcept : room_{room} {}

  /// How long a message of several packets may be; one packet always fits. [one-thread] [rt-safe]
  /// O(1)
  [[nodiscard]] constexpr std::size_t max_size() const noexcept { return room_.size() / Streams; }

  /// Takes any packet and hands the sink, as `const sysex_message&`, what it completes or breaks:
  /// mostly nothing, at most two, where a start breaks one. A SysEx of 7 bits is broken, as on a
  /// cable, by channel voice and system common messages of its group; real-time and all other
  /// packets may come in between. One of 8 bits is broken by the end that says so; and both by
  /// another start of theirs and by a packet of theirs that is malformed. The sink must not feed
  /// this assembler. [one-thread] [rt-safe] if the sink is; O(Streams)
  template <class Sink>
  constexpr void feed(const ump& packet, Sink&& sink);

  /// Forgets what is open, as when the sender has gone. [one-thread] [rt-safe] O(Streams)
  constexpr void reset() noexcept { streams_ = {}; }

private:
  enum class state : std::uint8_t { closed, open, skipping };
  struct stream {
    sysex_message key{}; // whose data are filled in for the sink
    std::size_t size = 0;
    state now = state::closed;
  };

  template <class Packet, class Sink>
  constexpr void take(const ump& packet, const sysex_message& key, Sink& sink);
  template <class Sink>
  constexpr void append(stream& to, bytes_view data, bool last, Sink& sink);
  template <class Sink>
  constexpr bool break_off(const sysex_message& key, Sink& sink);
  template <class Sink>
  constexpr void report(sysex_message message, sysex_outcome outcome, bytes_view data, Sink& sink) {
    message.outcome = outcome;
    message.data = data;
    sink(std::as_const(message));
  }
  constexpr stream* open_stream(const sysex_message& key) noexcept;
  constexpr stream* closed_stream() noexcept;
  constexpr std::span<std::uint8_t> room_of(const stream& s) const noexcept {
    return room_.subspan(static_cast<std::size_t>(&s - streams_.data()) * max_size(), max_size());
  }

  std::span<std::uint8_t> room_;
  std::array<stream, Streams> streams_{};
};

template <std::size_t Streams>
template <class Sink>
constexpr void sysex_assembler<Streams>::feed(const ump& packet, Sink&& sink) {
  sysex_message key{.group = packet.group()};
  switch (packet.type()) {
  case ump_type::sysex7: take<sysex7>(packet, key, sink); break;
  case ump_type::data128:
    if (packet.status() >= 0x40) break; // a mixed data set, or reserved
    key.eight_bit = true;
    key.stream_id = packet.byte(2);
    take<sysex8>(packet, key, sink);
    break;
  case ump_type::system:
    if (packet.status() < 0xf8) break_off(key, sink);
    break;
  case ump_type::midi1_voice:
  case ump_type::midi2_voice: break_off(key, sink); break;
  default: break;
  }
}

template <std::size_t Streams>
template <class Packet, class Sink>
constexpr void sysex_assembler<Streams>::take(const ump& packet, const sysex_message& key,
                                              Sink& sink) {
  const auto part = Packet::from(packet);
  const bool starts = part && (part->form == ump_form::complete || part->form == ump_form::start);
  if (!part || starts) {
    const bool broken = break_off(key, sink);
    if (!part && !broken) report(key, sysex_outcome::stray, {}, sink);
    if (!part) return;
  }
  if (part->form == ump_form::complete)
    return report(key, sysex_outcome::complete, part->data, sink);

  stream* const s = starts ? closed_stream() : open_stream(key);
  if (!s)
    return report(key, starts ? sysex_outcome::too_many : sysex_outcome::stray, part->data, sink);
  if (starts) *s = {.key = key, .now = state::open};
  append(*s, part->data, part->form == ump_form::end, sink);
}

template <std::size_t Streams>
template <class Sink>
constexpr void sysex_assembler<Streams>::append(stream& to, bytes_view data, bool last,
                                                Sink& sink) {
  const auto room = room_of(to);
  const state before = to.now;
  bool fits = true;
  for (const auto byte : data) {
    fits = to.size < room.size();
    if (!fits) break;
    room[to.size++] = byte;
  }
  to.now = last ? state::closed : fits ? before : state::skipping;
  if (before == state::open && (last || !fits))
    report(to.key, fits ? sysex_outcome::complete : sysex_outcome::too_long, room.first(to.size),
           sink);
}

// True when a message was open, even one that was skipped and so is known to be lost.
template <std::size_t Streams>
template <class Sink>
constexpr bool sysex_assembler<Streams>::break_off(const sysex_message& key, Sink& sink) {
  stream* const s = open_stream(key);
  if (!s) return false;
  const state before = s->now;
  s->now = state::closed;
  if (before == state::open)
    report(key, sysex_outcome::interrupted, room_of(*s).first(s->size), sink);
  return true;
}

template <std::size_t Streams>
constexpr auto sysex_assembler<Streams>::open_stream(const sysex_message& key) noexcept -> stream* {
  for (auto& s : streams_)
    if (s.now != state::closed && s.key.eight_bit == key.eight_bit &&
        s.key.stream_id == key.stream_id && s.key.group == key.group)
      return &s;
  return nullptr;
}

template <std::size_t Streams>
constexpr auto sysex_assembler<Streams>::closed_stream() noexcept -> stream* {
  for (auto& s : streams_)
    if (s.now == state::closed) return &s;
  return nullptr;
}

} // namespace jamnet::inline v0
