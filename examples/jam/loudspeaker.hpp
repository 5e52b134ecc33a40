// What a peer hears, as sound: the audio thread takes events from the network thread through a
// ring, reads the session's clock without waiting for anybody, and renders.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

#include <jamnet/latency/event_delay.hpp>
#include <jamnet/midi/message.hpp>
#include <jamnet/midi/midi_event.hpp>
#include <jamnet/ring/latest.hpp>
#include <jamnet/ring/spsc_ring.hpp>
#include <jamnet/sync/session_clock.hpp>

#include "../shared/synth.hpp"
#include "options.hpp"

namespace jam {

class loudspeaker {
public:
  explicit loudspeaker(const jamnet::latest<jamnet::session_clock>& session,
                       double rate = shared::sample_rate)
      : session_{&session},
        synth_{rate} {}

  /// An event that sounds at its session time. [producer: the network thread] [rt-safe]
  void play(const jamnet::midi_event& e) noexcept {
    if (!events_.try_push(e)) dropped_.fetch_add(1, std::memory_order_relaxed);
  }
  /// How many found no room. [any-thread] [rt-safe]
  [[nodiscard]] std::size_t dropped() const noexcept { return dropped_; }

  /// Adds to `out`, which begins with sample `first` of a `device` that knows when each sounds
  /// (sound_thread, live_sound). [audio-thread] [rt-safe]
  template <class Device>
  void render(const Device& device, std::span<float> out, std::uint64_t first) noexcept {
    (void)session_->try_read(clock_);
    const std::uint64_t end = first + out.size();
    std::uint64_t rendered = first;
    const auto render_until = [&](std::uint64_t until) {
      if (until <= rendered) return;
      synth_.render(out.subspan(rendered - first, until - rendered), rendered);
      rendered = until;
    };
    jamnet::midi_event e;
    while (waiting_.size() < waiting_.capacity && events_.try_pop(e))
      (void)waiting_.try_push(e.time, e.packet);
    // What is late sounds now: nobody can play into the past. But not what came while there was no
    // device to hear it.
    const session_time forgotten = clock_.to_session(device.time_of(first)) - longest_late;
    const session_time until = clock_.to_session(device.time_of(end));
    waiting_.pop_before(until, [&](session_time at, const jamnet::ump& packet) {
      if (at < forgotten && jamnet::starts_note(packet)) return;
      const double position =
          std::max(device.position(clock_.to_host(at)), static_cast<double>(rendered));
      render_until(std::min(static_cast<std::uint64_t>(position), end));
      synth_.play(packet, position);
    });
    render_until(end);
  }

private:
  static constexpr nanoseconds longest_late = std::chrono::seconds{1};

  const jamnet::latest<jamnet::session_clock>* session_;
  jamnet::spsc_ring<jamnet::midi_event, 4096> events_;
  std::atomic<std::size_t> dropped_{0};
  // the audio thread's alone while it runs
  jamnet::session_clock clock_;
  jamnet::event_delay<jamnet::ump, 4096, session_time> waiting_;
  shared::synth synth_;
};

} // namespace jam
