// What a peer hears, as sound: the audio thread takes events from the network thread through a
// ring, reads the session's clock without waiting for anybody, and renders.
#pragma once

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <jamnet/midi/midi_event.hpp>
#include <jamnet/ring/latest.hpp>
#include <jamnet/ring/spsc_ring.hpp>
#include <jamnet/sync/session_clock.hpp>

#include "../shared/sound_thread.hpp"
#include "../shared/synth.hpp"
#include "options.hpp"

namespace jam {

class loudspeaker {
public:
  explicit loudspeaker(const shared::injected_clock& clock) : thread_{clock} {}

  /// Begins to sound at `first_sample`, for at most `length`. [control-thread] [allocates]
  void start(host_time first_sample, nanoseconds length) {
    pending_.reserve(pending_limit);
    thread_.start(first_sample, length,
                  [this](std::span<float> out, std::uint64_t first) { render(out, first); });
  }
  /// Renders up to the present and ends. [control-thread] [blocks]
  void stop() { thread_.stop(); }
  /// An event that sounds at its session time. [producer: the network thread] [rt-safe]
  void play(const jamnet::midi_event& e) noexcept {
    if (!events_.try_push(e)) dropped_.fetch_add(1, std::memory_order_relaxed);
  }
  /// The session's clock as it is now known. [the network thread] [rt-safe]
  void set_clock(const jamnet::session_clock& clock) noexcept { session_.store(clock); }

  [[nodiscard]] std::span<const float> sound() const noexcept { return thread_.sound(); }
  [[nodiscard]] std::size_t dropped() const noexcept { return dropped_; }

private:
  static constexpr std::size_t pending_limit = 4096;

  struct scheduled {
    double position = 0; // samples
    jamnet::ump packet;
  };

  // [audio-thread] [rt-safe]
  void render(std::span<float> out, std::uint64_t first) noexcept {
    (void)session_.try_read(clock_now_);
    const std::uint64_t end = first + out.size();
    std::uint64_t rendered = first;
    const auto render_until = [&](std::uint64_t until) {
      if (until <= rendered) return;
      synth_.render(out.subspan(rendered - first, until - rendered), rendered);
      rendered = until;
    };
    jamnet::midi_event e;
    while (pending_.size() < pending_limit && events_.try_pop(e)) schedule(e);
    // What is late sounds now: nobody can play into the past.
    while (!pending_.empty() && pending_.front().position < static_cast<double>(end)) {
      const scheduled next = pending_.front();
      pending_.erase(pending_.begin());
      const auto until = static_cast<std::uint64_t>(std::max(0.0, std::floor(next.position)));
      render_until(std::min(std::max(until, rendered), end));
      synth_.play(next.packet, std::max(next.position, static_cast<double>(rendered)));
    }
    render_until(end);
  }
  void schedule(const jamnet::midi_event& e) noexcept {
    const scheduled s{thread_.position(clock_now_.to_host(e.time)), e.packet};
    const auto at = std::upper_bound(
        pending_.begin(), pending_.end(), s,
        [](const scheduled& a, const scheduled& b) { return a.position < b.position; });
    pending_.insert(at, s);
  }

  jamnet::spsc_ring<jamnet::midi_event, 4096> events_;
  jamnet::latest<jamnet::session_clock> session_;
  std::atomic<std::size_t> dropped_{0};
  // the audio thread's alone while it runs
  jamnet::session_clock clock_now_;
  std::vector<scheduled> pending_;
  shared::synth synth_;
  shared::sound_thread thread_; // ends before the others do
};

} // namespace jam
