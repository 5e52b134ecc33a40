// The clicks of a transport, as sound: an audio thread that is told nothing by anybody. It reads
// the transport and the session's clock, and looks which beats begin in each block: high at a bar,
// lower at a beat, deep where the music comes to rest.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <jamnet/midi/message.hpp>
#include <jamnet/ring/latest.hpp>
#include <jamnet/sync/session_clock.hpp>
#include <jamnet/transport/transport_schedule.hpp>

#include "../shared/synth.hpp"
#include "options.hpp"

namespace metronome {

class click_track {
public:
  click_track(const jamnet::latest<jamnet::transport_schedule>& transport,
              const jamnet::latest<jamnet::session_clock>& session,
              double rate = shared::sample_rate)
      : transport_{&transport},
        session_{&session},
        rate_{rate},
        synth_{rate} {
    clicked_.reserve(most_clicks);
  }

  /// Adds to `out`, which begins with sample `first` of a `device` that knows when each sounds
  /// (sound_thread, live_sound). [audio-thread] [rt-safe]
  template <class Device>
  void render(const Device& device, std::span<float> out, std::uint64_t first) noexcept {
    (void)transport_->try_read(schedule_);
    (void)session_->try_read(clock_);
    const session_time begin = clock_.to_session(device.time_of(first));
    const session_time end = clock_.to_session(device.time_of(first + out.size()));
    // Each block begins where the last one ended, though the clock is known better meanwhile;
    // unless this is the first one, or the session another.
    constexpr nanoseconds jump = std::chrono::seconds{1};
    if (begin > looked_until_ + jump || begin + jump < looked_until_) looked_until_ = begin;
    if (end > looked_until_) {
      look(device, end, first);
      looked_until_ = end;
    }
    synth_.render(out, first);
  }

  /// Once nobody renders any more; the first 100,000.
  [[nodiscard]] std::span<const session_time> clicked() const noexcept { return clicked_; }

private:
  enum class click : unsigned { rest = 60, beat = 84, bar = 96 };
  static constexpr std::size_t most_clicks = 100'000;

  template <class Device>
  void look(const Device& device, session_time end, std::uint64_t first) noexcept {
    jamnet::transport_moment beat, bar;
    for (session_time t = looked_until_; schedule_.try_next_beat(t, beat) && beat.time < end;
         t = beat.time + nanoseconds{1}) {
      const bool is_bar = schedule_.try_next_bar(beat.time, bar) && bar.time == beat.time;
      sound(device, is_bar ? click::bar : click::beat, beat.time, first);
    }
    const auto rolls = [&](bool does, session_time t) {
      if (rolling_ && !does) sound(device, click::rest, t, first);
      rolling_ = does;
    };
    rolls(schedule_.at(looked_until_).rolling(), looked_until_);
    for (const jamnet::transport_state& s : schedule_.states())
      if (s.since > looked_until_ && s.since < end) rolls(s.rolling(), s.since);
  }
  template <class Device>
  void sound(const Device& device, click what, session_time t, std::uint64_t first) noexcept {
    const auto note = static_cast<unsigned>(what);
    const double at = std::max(device.position(clock_.to_host(t)), static_cast<double>(first));
    for (const unsigned key : {note, note + 6}) { // a tritone: its wave never comes again
      synth_.play(jamnet::note_on{.note = key, .velocity = 127}, at);
      synth_.play(jamnet::note_off{.note = key}, at + 0.03 * rate_);
    }
    if (clicked_.size() < most_clicks) clicked_.push_back(t);
  }

  const jamnet::latest<jamnet::transport_schedule>* transport_;
  const jamnet::latest<jamnet::session_clock>* session_;
  // the audio thread's alone while it runs
  jamnet::transport_schedule schedule_;
  jamnet::session_clock clock_;
  session_time looked_until_ = session_time::min();
  bool rolling_ = false;
  std::vector<session_time> clicked_;
  double rate_;
  shared::synth synth_;
};

} // namespace metronome
