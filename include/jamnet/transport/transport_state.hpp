// SPDX-License-Identifier: MIT
//
// What the band does, as one value: it stands, plays or records, since when, where in the music,
// how fast. All the rest follows, so peers who hold the same value are at the same place at any
// time; who learns of it late is there too, not behind.
//
// Trivially copyable, for a `latest` (ring/latest.hpp) that an audio thread reads. There is no
// position that ticks on and could drift: each is worked out in integers, from `since`.
#pragma once

#include <cstdint>

#include <jamnet/time/musical_position.hpp>
#include <jamnet/time/quarter_notes.hpp>
#include <jamnet/time/ticks.hpp>
#include <jamnet/time/time_signature.hpp>
#include <jamnet/time/timeline.hpp>

namespace jamnet::inline v0 {

enum class transport_mode : std::uint8_t { stopped, playing, paused, recording };

/// A moment, in session time and in the music.
struct transport_moment {
  session_time time{};
  quarter_notes position{};

  friend constexpr bool operator==(const transport_moment&, const transport_moment&) = default;
};

/// Every function is [any-thread] [rt-safe] [wait-free] O(1), and expects a valid state.
struct transport_state {
  transport_mode mode = transport_mode::stopped;
  time_signature signature{};
  session_time since{};      ///< from when on all this holds; may lie ahead
  quarter_notes position{};  ///< where the music is then
  double bpm = 120;          ///< quarter notes a minute, 1 to 999
  quarter_notes bar_line{};  ///< a bar of the signature begins there …
  std::int64_t bar = 1;      ///< … and this is its number
  quarter_notes loop_from{}; ///< when playing gets to the end of the loop, it goes on here
  quarter_notes loop_to{};   ///< the end; not after `loop_from`: there is no loop

  static constexpr quarter_notes shortest_loop{std::int64_t{1} << 22}; ///< a 1024th of a quarter

  /// Whether it holds numbers that a state may: no command leads to others.
  [[nodiscard]] constexpr bool valid() const noexcept;

  /// Whether the music moves.
  [[nodiscard]] constexpr bool rolling() const noexcept {
    return mode == transport_mode::playing || mode == transport_mode::recording;
  }
  /// Who starts behind the end of a loop plays on beyond it.
  [[nodiscard]] constexpr bool looping() const noexcept {
    return loop_from < loop_to && position < loop_to;
  }

  /// Where the music is; before `since` where it will be then. After 104 days it stays.
  [[nodiscard]] constexpr quarter_notes position_at(session_time t) const noexcept {
    return rolling() ? wrapped(position + steady_tempo{bpm}.in(elapsed(t))) : position;
  }
  /// The same in bars, beats and ticks, of which `ppq` make a quarter note.
  [[nodiscard]] constexpr musical_position bar_at(session_time t,
                                                  std::uint32_t ppq = default_ppq) const noexcept {
    return bar_of(position_at(t), ppq);
  }
  [[nodiscard]] constexpr musical_position bar_of(quarter_notes p,
                                                  std::uint32_t ppq = default_ppq) const noexcept;

  /// Where such a bar, beat and tick is; more than `quarter_notes::most` where it is beyond that.
  [[nodiscard]] constexpr double quarters_at(const musical_position& m,
                                             std::uint32_t ppq = default_ppq) const noexcept {
    const double bars = static_cast<double>(m.bar) - static_cast<double>(bar);
    return bar_line.count() + bars * bar_length().count() +
           (static_cast<double>(m.beat) - 1) * beat_length().count() +
           static_cast<double>(m.tick) / static_cast<double>(ppq);
  }

  /// The first beat or bar that begins at `t` or later, not before `since`. Where nothing moves
  /// there is none to wait for: it is then `t`. In a loop without a line it is the loop's start.
  [[nodiscard]] constexpr transport_moment next_beat(session_time t) const noexcept {
    return next_line(t, beat_length());
  }
  [[nodiscard]] constexpr transport_moment next_bar(session_time t) const noexcept {
    return next_line(t, bar_length());
  }

  /// When the music next gets to a position, at `t` or later, not before `since`; false, and `out`
  /// untouched, where it does not within 104 days of `since`.
  [[nodiscard]] constexpr bool try_next(quarter_notes p, session_time t,
                                        session_time& out) const noexcept;

  [[nodiscard]] constexpr quarter_notes beat_length() const noexcept {
    return {(std::int64_t{4} << 32) / signature.denominator};
  }
  [[nodiscard]] constexpr quarter_notes bar_length() const noexcept {
    return {beat_length().parts * signature.numerator};
  }

  friend constexpr bool operator==(const transport_state&, const transport_state&) = default;

private:
  // Since `since`, without overflow.
  constexpr nanoseconds elapsed(session_time t) const noexcept {
    if (t <= since) return {};
    const auto ns = static_cast<std::uint64_t>(t.time_since_epoch().count()) -
                    static_cast<std::uint64_t>(since.time_since_epoch().count());
    const auto most = static_cast<std::uint64_t>(steady_tempo::longest.count());
    return nanoseconds{static_cast<std::int64_t>(ns < most ? ns : most)};
  }
  constexpr quarter_notes wrapped(quarter_notes p) const noexcept {
    if (!looping() || p < loop_to) return p;
    return {loop_from.parts + (p - loop_from).parts % (loop_to - loop_from).parts};
  }
  // The first line after p.
  constexpr quarter_notes line_after(quarter_notes p, quarter_notes length) const noexcept {
    const std::int64_t distance = (p - bar_line).parts;
    const std::int64_t lines = distance / length.parts - (distance % length.parts < 0 ? 1 : 0);
    return {bar_line.parts + (lines + 1) * length.parts};
  }
  // What the music had not reached a nanosecond before t, it reaches at t or later.
  struct eve {
    quarter_notes way, here; // since `since`, and where that is
  };
  constexpr eve just_before(session_time t) const noexcept {
    const quarter_notes way =
        t > since ? steady_tempo{bpm}.in(elapsed(t - nanoseconds{1})) : quarter_notes{-1};
    return {way, wrapped(position + way)};
  }
  // When it has come so far, at t at the earliest.
  constexpr session_time arrival(session_time t, quarter_notes way) const noexcept {
    const session_time then = since + steady_tempo{bpm}.until(way);
    return then > t ? then : t;
  }
  constexpr transport_moment next_line(session_time t, quarter_notes length) const noexcept;
};

constexpr bool transport_state::valid() const noexcept {
  const auto within = [](quarter_notes p) { return magnitude(p.count()) <= quarter_notes::most; };
  const std::int64_t time = since.time_since_epoch().count(), far = std::int64_t{1} << 62;
  return bpm >= 1 && bpm <= 999 && signature.valid() && within(position) && within(bar_line) &&
         within(loop_from) && within(loop_to) &&
         (loop_to <= loop_from || loop_to - loop_from >= shortest_loop) && time >= -far &&
         time <= far && bar >= -far && bar <= far && mode <= transport_mode::recording;
}

constexpr musical_position transport_state::bar_of(quarter_notes p,
                                                   std::uint32_t ppq) const noexcept {
  const quarter_notes from = line_after(p, bar_length()) - bar_length();
  const std::int64_t in_bar = (p - from).parts, beat = beat_length().parts;
  return {bar + (from - bar_line).parts / bar_length().parts,
          static_cast<std::uint32_t>(in_bar / beat) + 1,
          static_cast<std::uint32_t>((in_bar % beat * ppq) >> 32)};
}

constexpr transport_moment transport_state::next_line(session_time t,
                                                      quarter_notes length) const noexcept {
  if (t < since) t = since;
  if (!rolling()) return {t, position};
  const eve before = just_before(t);
  quarter_notes line = line_after(before.here, length), ahead = line - before.here;
  if (looping() && line >= loop_to) {
    line = line_after({loop_from.parts - 1}, length);
    if (line >= loop_to) line = loop_from;
    ahead = line > before.here ? line - before.here : (loop_to - before.here) + (line - loop_from);
  }
  return {arrival(t, before.way + ahead), line};
}

constexpr bool transport_state::try_next(quarter_notes p, session_time t,
                                         session_time& out) const noexcept {
  if (t < since) t = since;
  if (!rolling() || magnitude(p.count()) > 2 * quarter_notes::most) return false;
  const eve before = just_before(t);
  quarter_notes ahead = p - before.here;
  if (looping() && (p <= before.here || p >= loop_to)) {
    if (p < loop_from || p >= loop_to) return false;
    ahead = (loop_to - before.here) + (p - loop_from);
  }
  if (ahead <= quarter_notes{} || before.way + ahead > steady_tempo{bpm}.in(steady_tempo::longest))
    return false;
  out = arrival(t, before.way + ahead);
  return true;
}

} // namespace jamnet::inline v0
