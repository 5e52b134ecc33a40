// What a peer hears, as sound: a thread that wakes as an audio device would, takes events from the
// network thread through a ring, reads the session's clock without waiting for anybody, and
// renders. Sample n is what sounds at its own clock's `first_sample` + n / 48000 s.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <span>
#include <thread>
#include <vector>

#include <jamnet/midi/midi_event.hpp>
#include <jamnet/ring/latest.hpp>
#include <jamnet/ring/spsc_ring.hpp>
#include <jamnet/sync/session_clock.hpp>

#include "injected_clock.hpp"
#include "synth.hpp"
#include "wav.hpp"

namespace jam {

class loudspeaker {
public:
  explicit loudspeaker(const injected_clock& clock) : clock_{clock} {}
  ~loudspeaker() { stop(); }

  /// Begins to sound at `first_sample`, for at most `length`. [control-thread] [allocates]
  void start(host_time first_sample, nanoseconds length) {
    first_sample_ = first_sample;
    sound_.assign(static_cast<std::size_t>(position(first_sample + length)), 0.0f);
    pending_.reserve(pending_limit);
    running_ = true;
    thread_ = std::thread{[this] {
      while (running_) {
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
        render();
      }
    }};
  }
  /// Renders up to the present and ends. [control-thread] [blocks]
  void stop() {
    running_ = false;
    if (!thread_.joinable()) return;
    thread_.join();
    render();
  }
  /// An event that sounds at its session time. [producer: the network thread] [rt-safe]
  void play(const jamnet::midi_event& e) noexcept {
    if (!events_.try_push(e)) dropped_.fetch_add(1, std::memory_order_relaxed);
  }
  /// The session's clock as it is now known. [the network thread] [rt-safe]
  void set_clock(const jamnet::session_clock& clock) noexcept { session_.store(clock); }

  [[nodiscard]] std::span<const float> sound() const noexcept {
    return std::span{sound_}.first(rendered_);
  }
  [[nodiscard]] host_time first_sample() const noexcept { return first_sample_; }
  [[nodiscard]] std::size_t dropped() const noexcept { return dropped_; }

private:
  static constexpr std::size_t pending_limit = 4096;

  struct scheduled {
    double position = 0; // samples since first_sample_
    jamnet::ump packet;
  };

  [[nodiscard]] double position(host_time t) const noexcept {
    return static_cast<double>((t - first_sample_).count()) * 1e-9 * sample_rate;
  }

  // [audio-thread] [rt-safe]
  void render() noexcept {
    (void)session_.try_read(clock_now_);
    const auto end =
        std::min(sound_.size(), static_cast<std::size_t>(std::max(0.0, position(clock_.now()))));
    jamnet::midi_event e;
    while (pending_.size() < pending_limit && events_.try_pop(e)) schedule(e);
    // What is late sounds now: nobody can play into the past.
    while (!pending_.empty() && pending_.front().position < static_cast<double>(end)) {
      const scheduled next = pending_.front();
      pending_.erase(pending_.begin());
      const auto until = static_cast<std::size_t>(std::max(0.0, std::floor(next.position)));
      render_until(std::min(std::max(until, rendered_), end));
      synth_.play(next.packet, std::max(next.position, static_cast<double>(rendered_)));
    }
    render_until(end);
  }
  void schedule(const jamnet::midi_event& e) noexcept {
    const scheduled s{position(clock_now_.to_host(e.time)), e.packet};
    const auto at = std::upper_bound(
        pending_.begin(), pending_.end(), s,
        [](const scheduled& a, const scheduled& b) { return a.position < b.position; });
    pending_.insert(at, s);
  }
  void render_until(std::size_t end) noexcept {
    if (end <= rendered_) return;
    synth_.render(std::span{sound_}.subspan(rendered_, end - rendered_), rendered_);
    rendered_ = end;
  }

  injected_clock clock_;
  jamnet::spsc_ring<jamnet::midi_event, 4096> events_;
  jamnet::latest<jamnet::session_clock> session_;
  std::atomic<std::size_t> dropped_{0};
  std::atomic<bool> running_{false};
  std::thread thread_;
  // the audio thread's alone while it runs
  host_time first_sample_{};
  jamnet::session_clock clock_now_;
  std::vector<scheduled> pending_;
  std::vector<float> sound_;
  std::size_t rendered_ = 0;
  synth synth_;
};

} // namespace jam
