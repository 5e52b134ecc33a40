// SPDX-License-Identifier: MIT
//
// For a peer that starts and stops by itself: a gate before the session's transport. Tempo, bars,
// loops and where the music is are the session's, and go on while the gate is closed; behind it
// this peer plays, records or stands as it likes. What is not the session's business is not told.
#pragma once

#include <optional>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/jsonmidi/transport_command.hpp>
#include <jamnet/transport/transport_schedule.hpp>

namespace jamnet::inline v0 {

/// Closed at first.
class start_gate {
public:
  /// Whether such a command is about the gate. [any-thread] [rt-safe] O(1)
  [[nodiscard]] static constexpr bool turns(jsonmidi::transport_action action) noexcept {
    return action <= jsonmidi::transport_action::record;
  }
  /// Play, record, stop or pause, at the command's time or beat or bar of the session, in place of
  /// what waits for that. Expects turns(). [one-thread] [rt-safe] O(1)
  constexpr void turn(const jsonmidi::transport_command& c) noexcept { next_ = c; }

  /// What is played behind it: it moves while the session's music does and the gate is open; while
  /// it is closed it rests where the music was when it closed, or at the session's latest change.
  /// [one-thread] [rt-safe] O(states)
  [[nodiscard]] constexpr transport_schedule behind(const transport_schedule& session,
                                                    session_time now) noexcept;

private:
  static constexpr transport_mode mode_of(jsonmidi::transport_action action) noexcept {
    using jsonmidi::transport_action;
    return action == transport_action::play     ? transport_mode::playing
           : action == transport_action::record ? transport_mode::recording
           : action == transport_action::pause  ? transport_mode::paused
                                                : transport_mode::stopped;
  }
  static constexpr transport_state seen(transport_state s, transport_mode mode,
                                        session_time since) noexcept {
    const bool open = mode == transport_mode::playing || mode == transport_mode::recording;
    since = std::max(since, s.since);
    s.position = s.position_at(since);
    s.since = since;
    if (!open || s.rolling()) s.mode = mode;
    return s;
  }
  [[nodiscard]] constexpr session_time turns_at(const transport_schedule& session) const noexcept {
    transport_moment line{next_->time, {}};
    const bool rolls = session.at(next_->time).rolling();
    if (rolls && next_->boundary == jsonmidi::transport_boundary::beat)
      static_cast<void>(session.try_next_beat(next_->time, line));
    if (rolls && next_->boundary == jsonmidi::transport_boundary::bar)
      static_cast<void>(session.try_next_bar(next_->time, line));
    return std::max(line.time, since_);
  }

  transport_mode mode_ = transport_mode::stopped;
  session_time since_ = session_time::min();
  std::optional<jsonmidi::transport_command> next_{};
};

constexpr transport_schedule start_gate::behind(const transport_schedule& session,
                                                session_time now) noexcept {
  const session_time turn = next_ ? turns_at(session) : session_time::max();
  if (next_ && turn <= now) {
    mode_ = mode_of(next_->action);
    since_ = turn;
    next_.reset();
  }
  const auto states = session.states();
  transport_schedule view{seen(states[0], mode_, since_)};
  bool waits = next_.has_value();
  const auto turned = [&](const transport_state& s) {
    waits = false;
    return seen(s, mode_of(next_->action), turn);
  };
  for (std::size_t i = 1; i < states.size(); ++i) {
    if (waits && turn < states[i].since) view.add(turned(states[i - 1]));
    view.add(waits || !next_ ? seen(states[i], mode_, since_) : turned(states[i]));
  }
  if (waits) view.add(turned(states.back()));
  return view;
}

} // namespace jamnet::inline v0
