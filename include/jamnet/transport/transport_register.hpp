// SPDX-License-Identifier: MIT
//
// The transport of a session as one value that all its members hold: the state as of its latest
// change, and the commands that were agreed on ahead of their time. The one with the greatest stamp
// prevails everywhere, so no history is exchanged, and whoever learns it late has all of it.
//
// The commands stay commands until they take effect, because what is agreed on meanwhile may move
// them: a new tempo moves the next bar. schedule_of() says what follows, for all the same.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/result.hpp>
#include <jamnet/core/strong_id.hpp>
#include <jamnet/jsonmidi/transport_command.hpp>
#include <jamnet/sync/commit_stamp.hpp>
#include <jamnet/transport/apply.hpp>
#include <jamnet/transport/transport_schedule.hpp>

namespace jamnet::inline v0 {

struct transport_register {
  static constexpr std::size_t most_ahead = transport_schedule::most_changes - 1, most_heard = 8;

  /// Of whom commands were committed lately, and the number of the last of them.
  struct asker {
    peer_id who{};
    std::uint64_t seq = 0;
    friend constexpr bool operator==(const asker&, const asker&) = default;
  };

  session_id session{}; ///< whose it is; of another it means nothing
  commit_stamp stamp{}; ///< none: nobody has said anything yet
  transport_state base{};
  std::array<jsonmidi::transport_command, most_ahead> ahead{};
  std::size_t ahead_count = 0;
  std::array<asker, most_heard> heard{}; ///< the latest first
  std::size_t heard_count = 0;

  [[nodiscard]] constexpr std::span<const jsonmidi::transport_command> commands() const noexcept {
    return {ahead.data(), ahead_count};
  }
  [[nodiscard]] constexpr std::span<const asker> askers() const noexcept {
    return {heard.data(), heard_count};
  }
  /// The number of the last of somebody's commands that is in it; 0: not known.
  [[nodiscard]] constexpr std::uint64_t last_of(peer_id who) const noexcept {
    for (const asker& a : askers())
      if (a.who == who) return a.seq;
    return 0;
  }

  friend constexpr bool operator==(const transport_register& a,
                                   const transport_register& b) noexcept {
    return a.session == b.session && a.stamp == b.stamp && a.base == b.base &&
           std::equal(a.commands().begin(), a.commands().end(), b.commands().begin(),
                      b.commands().end()) &&
           std::equal(a.askers().begin(), a.askers().end(), b.askers().begin(), b.askers().end());
  }
};

/// What is refused.
struct transport_limits {
  nanoseconds late{5'000'000'000};      ///< a command that should have taken effect longer ago
  nanoseconds ahead{3'600'000'000'000}; ///< one that does so long from now
};

/// What the register says now and next. Commands that take effect at the same time do so in their
/// order; one that the state then does not allow is passed over.
/// [any-thread] [rt-safe] O(commands²)
[[nodiscard]] transport_schedule schedule_of(const transport_register& r) noexcept;

/// The register after another command. Of a command that comes late, all hold what it has become
/// by now; one for a time before the state began takes effect when that began. A command replaces
/// those of the same action that would take effect at the same time ahead.
///
/// Fails as apply() does, and with change_order for what comes too late, limit_exceeded for what is
/// too far ahead or one more than `most_ahead`. [any-thread] [rt-safe] O(commands²)
[[nodiscard]] result<transport_register> commit(const transport_register& r,
                                                const jsonmidi::transport_command& command,
                                                session_time now, peer_id by,
                                                const transport_limits& limits = {}) noexcept;

/// Whether somebody may ask for it at `now`: what needs no register to be refused.
/// [any-thread] [rt-safe] O(1)
[[nodiscard]] errc check(const jsonmidi::transport_command& command, session_time now,
                         const transport_limits& limits = {}) noexcept;

// ------------------------------------------------------------------------------------------------

namespace detail {

/// What commands make of a state, one step for each moment at which some of them take effect.
struct transport_course {
  static constexpr std::size_t most = transport_register::most_ahead + 1;
  struct step {
    transport_state state{};
    unsigned by = 0; // of which commands, a bit each
  };
  std::array<step, most> steps{};
  std::size_t count = 0;
  std::array<errc, most> why{}; // a command was passed over
};

/// As it can be written with doubles, so that it is the same on both sides of a wire.
constexpr quarter_notes as_written(quarter_notes p) noexcept {
  return quarter_notes::from(p.count());
}
constexpr transport_state as_written(transport_state s) noexcept {
  s.position = as_written(s.position);
  s.bar_line = as_written(s.bar_line);
  s.loop_from = as_written(s.loop_from);
  s.loop_to = as_written(s.loop_to);
  return s;
}

/// Without what its action has no use for, as nobody is told that.
constexpr jsonmidi::transport_command needed(jsonmidi::transport_command c) noexcept {
  using jsonmidi::transport_action;
  const bool goes = c.action == transport_action::play || c.action == transport_action::record;
  if (c.action > transport_action::seek) c.position = std::nullopt;
  if (c.action > transport_action::record) c.here = false;
  if (!goes && c.action != transport_action::tempo) c.bpm = std::nullopt;
  if (!goes && c.action != transport_action::time_signature) c.signature = std::nullopt;
  if (c.action != transport_action::loop) c.loop = std::nullopt;
  return c;
}

constexpr jsonmidi::transport_command at_once(jsonmidi::transport_command c,
                                              session_time time) noexcept {
  c.time = time;
  c.boundary = jsonmidi::transport_boundary::now;
  if (c.here) c.position = c.bpm = std::nullopt;
  return c;
}

inline transport_course course_of(transport_state state,
                                  std::span<const jsonmidi::transport_command> commands) noexcept {
  transport_course course;
  unsigned left = (1u << commands.size()) - 1;
  while (left != 0) {
    transport_moment first{};
    unsigned together = 0;
    for (std::size_t i = 0; i < commands.size(); ++i) {
      if ((left >> i & 1) == 0) continue;
      const auto& c = commands[i];
      const transport_moment then = effect_of(state, std::max(c.time, state.since), c.boundary);
      if (together != 0 && then.time > first.time) continue;
      if (together == 0 || then.time < first.time) first = then, together = 0;
      together |= 1u << i;
    }
    left &= ~together;
    transport_course::step next{state};
    next.state.since = first.time;
    next.state.position = first.position;
    for (std::size_t i = 0; i < commands.size(); ++i) {
      if ((together >> i & 1) == 0) continue;
      const auto then = apply(next.state, at_once(commands[i], first.time));
      if (then)
        next.state = as_written(*then), next.by |= 1u << i;
      else
        course.why[i] = then.error().code;
    }
    if (next.by == 0) continue;
    state = next.state;
    course.steps[course.count++] = next;
  }
  return course;
}

constexpr errc check_time(session_time time, session_time now,
                          const transport_limits& limits) noexcept {
  if (time < now - limits.late) return errc::change_order;
  return time > now + limits.ahead ? errc::limit_exceeded : errc{};
}

/// Puts one in front, and the last one out where there are too many.
constexpr void hear(transport_register& r, peer_id who, std::uint64_t seq) noexcept {
  std::size_t at = 0;
  while (at < r.heard_count && r.heard[at].who != who) ++at;
  if (at == r.heard_count && r.heard_count < r.heard.size()) ++r.heard_count;
  if (at == r.heard_count) --at;
  for (; at > 0; --at) r.heard[at] = r.heard[at - 1];
  r.heard[0] = {who, seq};
}

} // namespace detail

inline transport_schedule schedule_of(const transport_register& r) noexcept {
  transport_schedule schedule{r.base};
  const auto course = detail::course_of(r.base, r.commands());
  for (std::size_t i = 0; i < course.count; ++i) schedule.add(course.steps[i].state);
  return schedule;
}

inline errc check(const jsonmidi::transport_command& command, session_time now,
                  const transport_limits& limits) noexcept {
  const auto why = detail::check_time(command.time, now, limits);
  if (why != errc{}) return why;
  const auto alone =
      apply(transport_state{}, detail::at_once(detail::needed(command), session_time{}));
  return alone ? errc{} : alone.error().code;
}

inline result<transport_register> commit(const transport_register& r,
                                         const jsonmidi::transport_command& command,
                                         session_time now, peer_id by,
                                         const transport_limits& limits) noexcept {
  if (const errc why = detail::check_time(command.time, now, limits); why != errc{}) return why;
  std::array<jsonmidi::transport_command, detail::transport_course::most> all{};
  std::copy(r.commands().begin(), r.commands().end(), all.begin());
  const std::size_t count = r.ahead_count + 1;
  all[count - 1] = detail::needed(command);
  const auto course = detail::course_of(r.base, {all.data(), count});
  if (const errc why = course.why[count - 1]; why != errc{}) return why;

  transport_register next{.session = r.session,
                          .stamp = stamp_after(r.stamp, now, by),
                          .base = r.base,
                          .heard = r.heard,
                          .heard_count = r.heard_count};
  all[count - 1].epoch = next.stamp.epoch;
  for (std::size_t s = 0; s < course.count; ++s) {
    const auto& step = course.steps[s];
    if (step.state.since <= now) {
      next.base = step.state;
      continue;
    }
    for (std::size_t i = 0; i < count; ++i) {
      const auto replaces = [&](std::size_t j) {
        return (step.by >> j & 1) != 0 && all[j].action == all[i].action;
      };
      bool counts = replaces(i);
      for (std::size_t j = i + 1; j < count; ++j) counts = counts && !replaces(j);
      if (!counts) continue;
      if (next.ahead_count == transport_register::most_ahead) return errc::limit_exceeded;
      next.ahead[next.ahead_count++] = all[i];
    }
  }
  if (command.by) detail::hear(next, command.by, command.seq.value_or(0));
  return next;
}

} // namespace jamnet::inline v0
