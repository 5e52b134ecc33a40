// SPDX-License-Identifier: MIT
//
// Writes a MIDI Clip File (M2-116-U 1.0) packet by packet, as it becomes known:
//
//     std::vector<std::uint8_t> file;
//     const auto append = [&](bytes_view b) { file.insert(file.end(), b.begin(), b.end()); };
//     midi_clip_writer out{960, append};
//     out.try_add({.packet = tempo}); // the configuration
//     out.try_start(0);
//     out.try_add({.tick = 480, .packet = note_on{.note = 60}}); // the clip
//     out.try_end(1920);
//
// The format has no lengths, so nothing is kept and nothing allocated. It writes the clockstamps
// itself; what midi_clip_file reads comes out as the same bytes, but for reserved bits, clockstamps
// in a row that one would do for, and packets that do nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <jamnet/core/bytes.hpp>
#include <jamnet/core/config.hpp>
#include <jamnet/midi/detail/clip_rules.hpp>
#include <jamnet/midi/midi_clip_file.hpp>

namespace jamnet::inline v0 {

template <class Sink>
class midi_clip_writer {
public:
  /// Hands the sink the file as it grows, as `bytes_view`. [one-thread] [rt-safe] if the sink is;
  /// O(1)
  midi_clip_writer(std::uint16_t ticks_per_quarter_note, Sink sink)
      : sink_{std::move(sink)},
        ticks_{ticks_per_quarter_note} {
    put(detail::clip_header);
  }

  // All of these are [one-thread], [rt-safe] if the sink is, and write at once. They cannot where
  // no file can have it: a tick that goes back or is 2^32 or more ahead (midi_time), no ticks in a
  // quarter note (midi_division), something before or behind where it belongs (midi_order). Then
  // the writer has failed and writes no more.

  /// Adds a packet of a Set Profile On message, before anything else. O(1)
  bool try_add_profile(const ump& packet);
  /// Adds a packet: to the configuration, or after try_start to the clip. `shared` saves the
  /// clockstamp where the tick is that of the packet before. Clockstamps and packets that do
  /// nothing are not to be added. O(ticks since the packet before)
  bool try_add(const midi_clip_event& event);
  /// Ends the configuration; ticks count from 0 again. O(ticks since the packet before)
  bool try_start(std::uint64_t tick) { return try_put({tick, detail::clip_start}); }
  /// Ends the clip and the file. O(ticks since the packet before)
  bool try_end(std::uint64_t tick) { return try_put({tick, detail::clip_end}); }

  /// Whether the file is whole.
  [[nodiscard]] bool finished() const noexcept { return rules_.at() == section::done; }
  [[nodiscard]] bool failed() const noexcept { return failure_.code != errc{}; }
  /// Why it failed, and at which byte of the file. Expects failed().
  [[nodiscard]] failure error() const noexcept { return JAMNET_EXPECTS(failed()), failure_; }

private:
  using section = detail::clip_rules::section;

  bool fail(errc why) noexcept {
    failure_ = {why, static_cast<std::uint32_t>(size_)};
    return false;
  }
  void put(bytes_view bytes) {
    sink_(bytes);
    size_ += bytes.size();
  }
  bool try_put(const ump& packet);
  bool try_put(const midi_clip_event& event);
  bool try_put_clockstamp(std::uint32_t ticks) {
    return try_put(ump{{detail::clip_clockstamp.words[0] | ticks}});
  }

  Sink sink_;
  detail::clip_rules rules_;
  std::uint64_t size_ = 0;
  failure failure_{};
  std::uint16_t ticks_;
};

template <class Sink>
bool midi_clip_writer<Sink>::try_add_profile(const ump& packet) {
  if (failed()) return false;
  if (rules_.at() != section::profiles || packet.type() != ump_type::sysex7)
    return fail(errc::midi_order);
  return try_put(packet);
}

template <class Sink>
bool midi_clip_writer<Sink>::try_add(const midi_clip_event& event) {
  const auto part = detail::clip_part_of(event.packet);
  if (part == detail::clip_part::clockstamp || part == detail::clip_part::noop)
    return !failed() && fail(errc::midi_order);
  return try_put(event);
}

template <class Sink>
bool midi_clip_writer<Sink>::try_put(const midi_clip_event& event) {
  if (failed()) return false;
  if (rules_.at() == section::profiles &&
      !(try_put_clockstamp(0) && try_put(ump{{detail::clip_resolution.words[0] | ticks_}})))
    return false;

  auto delta = event.tick - rules_.tick();
  if (event.tick < rules_.tick() || delta > 0xffff'ffff) return fail(errc::midi_time);
  const bool shared = event.shared && delta == 0;
  for (; delta > detail::clip_max_delta; delta -= detail::clip_max_delta) // 3.2.2
    if (!try_put_clockstamp(detail::clip_max_delta) || !try_put(ump{})) return false;
  return (shared || try_put_clockstamp(static_cast<std::uint32_t>(delta))) && try_put(event.packet);
}

template <class Sink>
bool midi_clip_writer<Sink>::try_put(const ump& packet) {
  if (const auto breach = rules_.take(packet); breach != errc{}) return fail(breach);
  std::array<std::uint8_t, 16> bytes;
  for (std::size_t i = 0; i < packet.size(); ++i) store_be(&bytes[4 * i], packet.words[i]);
  put(bytes_view{bytes}.first(4 * packet.size()));
  return true;
}

} // namespace jamnet::inline v0
