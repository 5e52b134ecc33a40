// SPDX-License-Identifier: MIT
//
// What a command does to a transport: a function of the two and of nothing else, so that peers who
// apply the same commands to the same state end in the same.
//
// Not of the present time either: a command that arrives late takes effect when it should have, and
// position_at() is then where the music would be. What is too late or too far ahead to be taken at
// all is a policy, and for the one who takes it.
#pragma once

#include <jamnet/core/result.hpp>
#include <jamnet/jsonmidi/transport_command.hpp>
#include <jamnet/transport/transport_state.hpp>

namespace jamnet::inline v0 {

/// When and where a command takes effect: at its time, or the next beat or bar from then on, which
/// for a transport that stands is now. Expects a valid state. [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr transport_moment effect_of(const transport_state& state, session_time time,
                                                   jsonmidi::transport_boundary boundary) noexcept {
  using jsonmidi::transport_boundary;
  if (boundary == transport_boundary::beat) return state.next_beat(time);
  if (boundary == transport_boundary::bar) return state.next_bar(time);
  return {time, state.position_at(time)};
}

/// The state from then on. Play and record go on from the command's position, tempo and signature,
/// stop and pause rest at its position, and seek moves there; without one (a bare PLAY) the music
/// stays where it is. To other commands position and tempo only inform. A new signature begins a
/// bar. Who plays behind the end of a loop when that is set plays on.
///
/// Fails with change_order for a command that comes before the state does; tempo_range;
/// signature_range; position_range for what is no number, beyond 2^28 quarter notes, a loop shorter
/// than `shortest_loop` or a time beyond 146 years. The detail is 0. Expects a valid state.
/// [any-thread] [rt-safe] O(1)
[[nodiscard]] result<transport_state> apply(const transport_state& state,
                                            const jsonmidi::transport_command& command) noexcept;

namespace detail {

constexpr void begin_signature(transport_state& state, const time_signature& signature) noexcept {
  if (signature == state.signature) return;
  const musical_position at = state.bar_of(state.position);
  const bool on_line = (state.position - state.bar_line).parts % state.bar_length().parts == 0;
  state.bar = at.bar + (on_line ? 0 : 1);
  state.bar_line = state.position;
  state.signature = signature;
}

} // namespace detail

inline result<transport_state> apply(const transport_state& state,
                                     const jsonmidi::transport_command& command) noexcept {
  using jsonmidi::transport_action;
  const auto in_range = [](double quarters) { return magnitude(quarters) <= quarter_notes::most; };
  const auto& c = command;
  const bool loops = c.action == transport_action::loop && c.loop;
  if (c.time < state.since) return errc::change_order;
  if (c.bpm ? !(*c.bpm >= 1 && *c.bpm <= 999) : c.action == transport_action::tempo)
    return errc::tempo_range;
  if (c.signature ? !c.signature->valid() : c.action == transport_action::time_signature)
    return errc::signature_range;
  if (c.position ? !in_range(*c.position) : c.action == transport_action::seek)
    return errc::position_range;
  if (loops && !(in_range(c.loop->from) && in_range(c.loop->to))) return errc::position_range;

  transport_state next = state;
  const transport_moment then = effect_of(state, c.time, c.boundary);
  next.since = then.time;
  next.position = then.position;
  if (c.position && c.action <= transport_action::seek)
    next.position = quarter_notes::from(*c.position);
  switch (c.action) {
  case transport_action::play:
  case transport_action::record:
    next.mode =
        c.action == transport_action::play ? transport_mode::playing : transport_mode::recording;
    next.bpm = c.bpm.value_or(state.bpm);
    detail::begin_signature(next, c.signature.value_or(state.signature));
    break;
  case transport_action::stop: next.mode = transport_mode::stopped; break;
  case transport_action::pause: next.mode = transport_mode::paused; break;
  case transport_action::seek: break;
  case transport_action::tempo: next.bpm = *c.bpm; break;
  case transport_action::time_signature: detail::begin_signature(next, *c.signature); break;
  case transport_action::loop:
    next.loop_from = next.loop_to = {};
    if (!loops) break;
    next.loop_from = quarter_notes::from(c.loop->from);
    next.loop_to = quarter_notes::from(c.loop->to);
    if (next.loop_to - next.loop_from < next.shortest_loop) return errc::position_range;
  }
  if (!next.valid()) return errc::position_range;
  return next;
}

} // namespace jamnet::inline v0
