// SPDX-License-Identifier: MIT
//
// Converts a moment to every timeline there is a map for, once:
//
//     const time_stamper stamper{.gpu = bridge.map(), .session = clock.map};
//     const time_stamp drawn = stamper.at_gpu(ticks, transport); // a transport_state
//
// A value made of snapshots: made anew at each block or batch, copied where it is needed.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>

#include <jamnet/latency/time_stamp.hpp>
#include <jamnet/time/tempo_map.hpp>
#include <jamnet/time/tick_map.hpp>

namespace jamnet::inline v0 {

/// What knows where the music is at a session time: a transport_state, a music_from.
template <class T>
concept music_source = requires(const T& m, session_time t, quarter_notes p) {
  { m.position_at(t) } noexcept -> std::same_as<quarter_notes>;
  { m.bar_of(p) } noexcept -> std::same_as<musical_position>;
};

/// There is none.
struct no_music {
  constexpr quarter_notes position_at(session_time) const noexcept { return {}; }
  constexpr musical_position bar_of(quarter_notes) const noexcept { return {}; }
};

/// The music of a tempo_map, which must outlive it, whose position 0 is at `downbeat`. What lies
/// beyond quarter_notes::most counts as that.
struct music_from {
  const tempo_map* map;
  session_time downbeat{};

  /// The tick that sounds then. [any-thread] [rt-safe] O(log changes)
  [[nodiscard]] quarter_notes position_at(session_time t) const noexcept;
  /// [any-thread] [rt-safe] O(log changes)
  [[nodiscard]] musical_position bar_of(quarter_notes p) const noexcept;
};

/// All of these are [any-thread] [rt-safe] [wait-free], and O(1) where the music is.
struct time_stamper {
  std::optional<tick_map<host_timeline>> gpu{};
  std::optional<clock_map<host_timeline, session_timeline>> session{};

  /// Of a host time. Without a session there is no music either.
  template <music_source Music = no_music>
  [[nodiscard]] time_stamp at(host_time t, const Music& where = {}) const noexcept;
  /// Of a session time. Expects a session.
  template <music_source Music = no_music>
  [[nodiscard]] time_stamp at(session_time t, const Music& where = {}) const noexcept;
  /// Of a count, in one step to the session's time. Expects a gpu.
  template <music_source Music = no_music>
  [[nodiscard]] time_stamp at_gpu(std::uint64_t ticks, const Music& where = {}) const noexcept;

private:
  template <class Music>
  static void add_music(time_stamp& stamp, const Music& where) noexcept {
    if (std::same_as<Music, no_music> || !stamp.knows(time_stamp::has_session)) return;
    stamp.position = where.position_at(stamp.session);
    stamp.bar = where.bar_of(stamp.position);
    stamp.known |= time_stamp::has_music;
  }
  static void add_bound(time_stamp& stamp, nanoseconds bound) noexcept {
    const std::int64_t sum = stamp.bound_ns + bound.count();
    stamp.bound_ns = static_cast<std::uint32_t>(sum < UINT32_MAX ? sum : UINT32_MAX);
  }
  void add_gpu(time_stamp& stamp) const noexcept {
    if (!gpu) return;
    stamp.gpu = gpu->inverse(stamp.host);
    stamp.known |= time_stamp::has_gpu;
    add_bound(stamp, gpu->bound(stamp.host));
  }
  void add_session(time_stamp& stamp, session_time t) const noexcept {
    stamp.session = t;
    stamp.known |= time_stamp::has_session;
    add_bound(stamp, session->bound(stamp.host));
  }
};

template <music_source Music>
time_stamp time_stamper::at(host_time t, const Music& where) const noexcept {
  time_stamp stamp{.host = t};
  add_gpu(stamp);
  if (session) add_session(stamp, (*session)(t));
  add_music(stamp, where);
  return stamp;
}

template <music_source Music>
time_stamp time_stamper::at(session_time t, const Music& where) const noexcept {
  JAMNET_EXPECTS(session.has_value());
  time_stamp stamp{.host = session->inverse()(t)};
  add_gpu(stamp);
  add_session(stamp, t);
  add_music(stamp, where);
  return stamp;
}

template <music_source Music>
time_stamp time_stamper::at_gpu(std::uint64_t ticks, const Music& where) const noexcept {
  JAMNET_EXPECTS(gpu.has_value());
  time_stamp stamp{.host = (*gpu)(ticks), .gpu = ticks, .known = time_stamp::has_gpu};
  add_bound(stamp, gpu->bound(ticks));
  if (session) add_session(stamp, gpu->then(*session)(ticks));
  add_music(stamp, where);
  return stamp;
}

inline quarter_notes music_from::position_at(session_time t) const noexcept {
  const auto most = static_cast<std::int64_t>(quarter_notes::most);
  const std::int64_t ppq = map->ppq(), tick = map->tick_at(t - downbeat).count;
  if (tick >= most * ppq) return {most << 32};
  if (tick <= -most * ppq) return {-(most << 32)};
  const std::int64_t whole = tick / ppq, rest = tick % ppq; // both with the sign of the tick
  return {(whole << 32) + ((rest << 32) + (rest < 0 ? -ppq : ppq) / 2) / ppq};
}

inline musical_position music_from::bar_of(quarter_notes p) const noexcept {
  const std::int64_t ppq = map->ppq(), whole = p.parts >> 32, rest = p.parts & 0xffff'ffff;
  return map->meter().position_at({whole * ppq + ((rest * ppq + (std::int64_t{1} << 31)) >> 32)});
}

} // namespace jamnet::inline v0
