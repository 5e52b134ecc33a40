// SPDX-License-Identifier: MIT
//
// The session's transport as its user sees it:
//
//     me.transport().play(when::at(then));          // everyone starts there, or catches up
//     me.transport().seek({.bar = 9}, when::next_bar);
//     me.transport().tempo(96);
//     me.transport().on_change([](const transport_change& c) { show(c.state); });
//
// What is asked for is a command as JSONMIDI has it; the session's master decides. An audio thread
// reads shared_transport() instead.
#pragma once

#include <optional>
#include <utility>

#include <jamnet/core/callback.hpp>
#include <jamnet/jsonmidi/transport_command.hpp>
#include <jamnet/time/musical_position.hpp>
#include <jamnet/time/timeline.hpp>
#include <jamnet/transport/transport_change.hpp>
#include <jamnet/transport/transport_schedule.hpp>

namespace jamnet::inline v0 {

/// When something is to happen, as one says it.
struct transport_when {
  std::optional<session_time> time{}; ///< none: as soon as it is said
  jsonmidi::transport_boundary boundary = jsonmidi::transport_boundary::now;
};

namespace when {

inline constexpr transport_when now{};
inline constexpr transport_when next_beat{std::nullopt, jsonmidi::transport_boundary::beat};
inline constexpr transport_when next_bar{std::nullopt, jsonmidi::transport_boundary::bar};

/// At that time; with the first beat or bar that begins then or later.
/// [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr transport_when at(session_time time) noexcept { return {time}; }
[[nodiscard]] constexpr transport_when beat_from(session_time time) noexcept {
  return {time, jsonmidi::transport_boundary::beat};
}
[[nodiscard]] constexpr transport_when bar_from(session_time time) noexcept {
  return {time, jsonmidi::transport_boundary::bar};
}

} // namespace when

/// Refers to its peer. All of it is [net-thread] [allocates]. Each request is errc{} if it may come
/// to be; on_change() tells. It fails at once with tempo_range, signature_range or position_range;
/// `refused` when the session's time is not known; change_order, limit_exceeded for what is too far
/// in the past or ahead; limit_exceeded where too much waits; no_quorum.
template <class Peer>
class transport_control {
public:
  using action = jsonmidi::transport_action;

  explicit transport_control(Peer& peer) noexcept : peer_{&peer} {}

  /// From where the music stands then, or from a position; at the tempo there is.
  [[nodiscard]] errc play(transport_when w = when::now) { return here(action::play, w); }
  [[nodiscard]] errc play(double quarters, transport_when w = when::now) {
    return from(action::play, quarters, w);
  }
  [[nodiscard]] errc record(transport_when w = when::now) { return here(action::record, w); }
  [[nodiscard]] errc record(double quarters, transport_when w = when::now) {
    return from(action::record, quarters, w);
  }
  /// Where the music is then, or at a position: stop(0) rests at the start.
  [[nodiscard]] errc stop(transport_when w = when::now) { return here(action::stop, w); }
  [[nodiscard]] errc stop(double quarters, transport_when w = when::now) {
    return from(action::stop, quarters, w);
  }
  [[nodiscard]] errc pause(transport_when w = when::now) { return here(action::pause, w); }
  /// A bar is where it is with the signature that holds then.
  [[nodiscard]] errc seek(double quarters, transport_when w = when::now) {
    return from(action::seek, quarters, w);
  }
  [[nodiscard]] errc seek(const musical_position& position, transport_when w = when::now) {
    return seek(at(time_of(w)).quarters_at(position), w);
  }
  [[nodiscard]] errc tempo(double bpm, transport_when w = when::now) {
    auto c = command(action::tempo, w);
    c.bpm = bpm;
    return send(c);
  }
  [[nodiscard]] errc signature(time_signature beats, transport_when w = when::now) {
    auto c = command(action::time_signature, w);
    c.signature = beats;
    return send(c);
  }
  /// When the music gets to the end it goes on at the start, until there is no_loop().
  [[nodiscard]] errc loop(double from, double to, transport_when w = when::now) {
    auto c = command(action::loop, w);
    c.loop = jsonmidi::loop_range{from, to};
    return send(c);
  }
  [[nodiscard]] errc no_loop(transport_when w = when::now) {
    return send(command(action::loop, w));
  }
  /// Any command, with a time of its own; who asks and its number are set.
  [[nodiscard]] errc send(const jsonmidi::transport_command& c) { return peer_->direct(c); }

  /// What holds then, and all that is known.
  [[nodiscard]] transport_state at(session_time t) const { return schedule().at(t); }
  [[nodiscard]] const transport_schedule& schedule() const {
    return std::as_const(*peer_).machine().transport().schedule();
  }
  /// Called with what comes of requests, one's own and those of others.
  void on_change(callback<void(const transport_change&)> f) {
    peer_->machine().on_transport(std::move(f));
  }

private:
  [[nodiscard]] session_time time_of(const transport_when& w) const {
    return w.time.value_or(peer_->now());
  }
  [[nodiscard]] jsonmidi::transport_command command(action a, const transport_when& w) const {
    return {.action = a, .time = time_of(w), .boundary = w.boundary};
  }
  // What it needs as of now only informs, or is the tempo, which stays.
  [[nodiscard]] errc here(action a, const transport_when& w) {
    auto c = command(a, w);
    c.here = true;
    c.position = schedule().position_at(c.time).count();
    c.bpm = at(c.time).bpm;
    return send(c);
  }
  [[nodiscard]] errc from(action a, double quarters, const transport_when& w) {
    auto c = command(a, w);
    c.position = quarters;
    if (a != action::seek) c.bpm = at(c.time).bpm;
    return send(c);
  }

  Peer* peer_;
};

} // namespace jamnet::inline v0
