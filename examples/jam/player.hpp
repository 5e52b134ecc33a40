// Sends the events of a piece at their session times, each ahead of its sound by the agreed
// latency, from a timer on the peer's own clock.
#pragma once

#include <cstddef>
#include <utility>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <jamnet/core/callback.hpp>
#include <jamnet/sync/session_clock.hpp>

#include "music.hpp"

namespace jam {

template <jamnet::clock_source Clock>
class player {
public:
  player(asio::io_context& io, const Clock& clock) : timer_{io}, clock_{clock} {}

  /// Calls `send(packet, when it sounds)` for each event when its time has come; `session` is
  /// asked for the session's clock, `latency` is how far ahead.
  void start(music m, session_time begin, nanoseconds latency,
             jamnet::callback<void(const jamnet::ump&, session_time)> send,
             const jamnet::session_clock& session) {
    music_ = std::move(m);
    begin_ = begin;
    latency_ = latency;
    send_ = std::move(send);
    session_ = &session;
    next_ = 0;
    play();
  }
  void stop() { timer_.cancel(); }
  [[nodiscard]] bool finished() const noexcept { return next_ == music_.events.size(); }

private:
  void play() {
    for (; !finished(); ++next_) {
      const auto sounds = begin_ + music_.events[next_].time;
      const auto wait = session_->to_host(sounds - latency_) - clock_.now();
      if (wait > nanoseconds{0}) {
        timer_.expires_after(std::min<nanoseconds>(wait, std::chrono::milliseconds{500}));
        timer_.async_wait([this](const asio::error_code& stopped) {
          if (!stopped) play();
        });
        return;
      }
      send_(music_.events[next_].packet, sounds);
    }
  }

  asio::steady_timer timer_;
  Clock clock_;
  music music_;
  session_time begin_{};
  nanoseconds latency_{};
  jamnet::callback<void(const jamnet::ump&, session_time)> send_;
  const jamnet::session_clock* session_ = nullptr;
  std::size_t next_ = 0;
};

} // namespace jam
