// The sound card, or an audio server: asks block by block for samples, and knows when each of them
// will be heard. A program that has this is linked with jamnet::audio_io where that is, and
// compiled with SHARED_RTAUDIO then.
//
//     live_sound card;
//     if (auto wrong = card.open("", "jam"); !wrong.empty()) return complain(wrong);
//     card.start([&](auto out, auto first) { synth.render(card, out, first); });
//     for (; playing; rest(20ms)) card.poll(now);
//
// Frames are tied to host time by audio_device_timebase; until that knows enough, and where it is
// wrong because the device was away, by when the callback came.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <jamnet/core/callback.hpp>
#include <jamnet/time/timeline.hpp>

namespace shared {

using jamnet::host_time;
using jamnet::nanoseconds;

class live_sound {
public:
  /// Adds to `out`, which is silent and begins with sample `first`, on the audio thread.
  using renderer = jamnet::callback<void(std::span<float> out, std::uint64_t first)>;

  live_sound();
  ~live_sound();

  /// Opens the device of that name, or with that in its name; of no name the system's default. In
  /// one line what is wrong, or nothing. [control-thread] [allocates] [blocks]
  [[nodiscard]] std::string open(const std::string& device, const std::string& our_name);
  /// Sounds until stop(); what is wrong, or nothing. [control-thread] [allocates] [blocks]
  [[nodiscard]] std::string start(renderer render);
  /// [control-thread] [blocks]
  void stop();
  /// To be called each 20 ms or so: follows the device's clock, hears whether it is lost or back,
  /// and tells on_change()'s callback in a few words. [control-thread] [allocates]
  void poll(host_time now);
  void on_change(jamnet::callback<void(const std::string&)> told) { told_ = std::move(told); }

  /// What was opened, for people. [control-thread]
  [[nodiscard]] std::string description() const;
  /// Frames a second. [control-thread]
  [[nodiscard]] double rate() const noexcept { return rate_; }
  /// How long before it is heard a sample may be asked for. [control-thread]
  [[nodiscard]] nanoseconds ahead() const;
  /// How often frames were lost, as of the last poll(). [any-thread]
  [[nodiscard]] std::uint64_t xruns() const noexcept { return xruns_; }

  /// In samples, between two of them too; for the renderer. [audio-thread] [rt-safe]
  [[nodiscard]] double position(host_time t) const noexcept {
    return static_cast<double>(first_) + static_cast<double>((t - heard_).count()) * 1e-9 * rate_;
  }
  /// When a sample is heard; for the renderer. [audio-thread] [rt-safe]
  [[nodiscard]] host_time time_of(std::uint64_t sample) const noexcept;

  /// Names of the devices that can be opened, the default one first.
  [[nodiscard]] static std::vector<std::string> devices();

private:
  struct device;
  struct timing;

  jamnet::callback<void(const std::string&)> told_;
  std::unique_ptr<device> device_;
  double rate_ = 48'000;
  std::atomic<std::uint64_t> xruns_{0};
  // the audio thread's alone while it runs
  std::uint64_t first_ = 0; // sample of this block …
  host_time heard_{};       // … and when it is heard
};

} // namespace shared
