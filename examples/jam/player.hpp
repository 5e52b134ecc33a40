// Sends the events of a piece where the session's transport has got to, each ahead of its sound by
// the agreed latency, from a timer on the peer's own clock. What sounds when the music stops or
// goes elsewhere is ended.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <jamnet/core/callback.hpp>
#include <jamnet/midi/note_tracker.hpp>
#include <jamnet/ring/latest.hpp>
#include <jamnet/sync/session_clock.hpp>
#include <jamnet/transport/transport_schedule.hpp>

#include "music.hpp"

namespace jam {

template <jamnet::clock_source Clock>
class player {
public:
  using quarter_notes = jamnet::quarter_notes;

  player(asio::io_context& io, const Clock& clock) : timer_{io}, clock_{clock} {}

  /// Calls `send(packet, when it sounds)` for each event when its time has come; `session` is
  /// asked for the session's clock, `latency` is how far ahead.
  void start(const music& m, nanoseconds latency,
             jamnet::callback<void(const jamnet::ump&, session_time)> send,
             const jamnet::session_clock& session,
             const jamnet::latest<jamnet::transport_schedule>& transport) {
    events_.clear();
    for (const auto& e : m.events) events_.push_back({m.position_of(e.time), e.packet});
    latency_ = latency;
    send_ = std::move(send);
    session_ = &session;
    transport_ = &transport;
    told_until_ = session_time::min();
    play();
  }
  void stop() { timer_.cancel(); }

private:
  struct event {
    quarter_notes position;
    jamnet::ump packet;
  };

  // What is said while it waits takes effect at least as much later.
  static constexpr nanoseconds patience = std::chrono::milliseconds{20};

  void play() {
    const session_time until = session_->to_session(clock_.now()) + latency_;
    constexpr nanoseconds jump = std::chrono::seconds{1};
    if (until > told_until_ + jump || until + jump < told_until_) { // the first time, or another's
      told_until_ = until;
      here_.reset();
    }
    const auto next = tell(until);
    timer_.expires_after(std::clamp(next - until, nanoseconds{0}, patience));
    timer_.async_wait([this](const asio::error_code& stopped) {
      if (!stopped) play();
    });
  }
  // All that sounds before then; and when there is more to tell.
  session_time tell(session_time until) {
    const auto transport = transport_->read();
    const auto changes_after = [&](session_time t) {
      auto first = session_time::max();
      for (const auto& state : transport.states())
        if (state.since > t) first = std::min(first, state.since);
      return first;
    };
    while (told_until_ < until) {
      const jamnet::transport_state& state = transport.at(told_until_);
      meet(state);
      const auto end = std::min(until, changes_after(told_until_));
      tell(state, end);
      told_until_ = end;
      here_ = state.position_at(end);
    }
    const auto next = next_of(transport.at(until), until);
    return std::min(changes_after(until - nanoseconds{1}), next.value_or(until + patience));
  }
  // Where the music is not where it was it jumped.
  void meet(const jamnet::transport_state& state) {
    const quarter_notes here = state.position_at(told_until_);
    constexpr quarter_notes rounding{4'096};
    const bool jumps = !here_ || here - *here_ > rounding || *here_ - here > rounding;
    if (jumps || !state.rolling()) release(told_until_);
    if (jumps) go_to(here);
  }
  void tell(const jamnet::transport_state& state, session_time end) {
    for (auto t = next_of(state, told_until_); t && *t < end; t = next_of(state, told_until_)) {
      told_until_ = *t;
      if (is_behind_loop(state)) {
        release(*t);
        go_to(state.loop_from);
        continue;
      }
      send_(events_[next_].packet, *t);
      sounding_.observe(events_[next_++].packet);
    }
  }
  // When the next event sounds, or the loop begins again before it would.
  [[nodiscard]] std::optional<session_time> next_of(const jamnet::transport_state& state,
                                                    session_time t) const {
    t = std::max(t, state.since);
    session_time then{};
    if (!state.rolling()) return std::nullopt;
    if (is_behind_loop(state))
      return state.try_next(state.loop_from, t + nanoseconds{1}, then) ? std::optional{then}
                                                                       : std::nullopt;
    if (next_ == events_.size()) return std::nullopt;
    const quarter_notes position = events_[next_].position;
    if (position <= state.position_at(t)) return t;
    return state.try_next(position, t, then) ? std::optional{then} : std::nullopt;
  }
  [[nodiscard]] bool is_behind_loop(const jamnet::transport_state& state) const {
    return state.looping() && (next_ == events_.size() || events_[next_].position >= state.loop_to);
  }
  void go_to(quarter_notes position) {
    const auto next =
        std::lower_bound(events_.begin(), events_.end(), position,
                         [](const event& e, quarter_notes p) { return e.position < p; });
    next_ = static_cast<std::size_t>(next - events_.begin());
  }
  void release(session_time at) {
    sounding_.release_all([&](const jamnet::ump& packet) { send_(packet, at); });
  }

  asio::steady_timer timer_;
  Clock clock_;
  std::vector<event> events_;
  nanoseconds latency_{};
  jamnet::callback<void(const jamnet::ump&, session_time)> send_;
  const jamnet::session_clock* session_ = nullptr;
  const jamnet::latest<jamnet::transport_schedule>* transport_ = nullptr;
  session_time told_until_{};
  std::optional<quarter_notes> here_; // where the music was then
  std::size_t next_ = 0;              // of the events
  jamnet::note_tracker sounding_;
};

} // namespace jam
