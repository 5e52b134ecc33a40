// SPDX-License-Identifier: MIT
//
// A device that RtAudio opened, from open() to close(). Whatever asks RtAudio for something may
// wait for a driver or a server that does not answer, so it is an errand (errand_thread.hpp).
//
// Where a JACK server dies, RtAudio closes the stream by itself, on a thread that it starts for
// that; whoever else does so at the same time frees the same memory. So a device that has fallen
// silent is not touched before it has closed itself, or asks for blocks again.
#pragma once

#include <jamnet/platform/detail/rtaudio_driver.hpp>

#if defined(JAMNET_HAS_RTAUDIO)

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include <jamnet/platform/detail/audio_pump.hpp>
#include <jamnet/platform/detail/uncancelled.hpp>
#include <jamnet/platform/thread_setup.hpp>

namespace jamnet::inline v0::detail {

template <class Layout, class Driver>
class rtaudio_device {
public:
  explicit rtaudio_device(std::shared_ptr<audio_pump<Layout>> pump) : pump_{std::move(pump)} {}
  rtaudio_device(const rtaudio_device&) = delete;
  rtaudio_device& operator=(const rtaudio_device&) = delete;

  // Errands, one after the other. All of these are [one-thread] [allocates] [blocks].

  void open(const audio_stream_options& wanted) noexcept;
  /// Lets it ask for blocks, and waits for the first, a second at most.
  void start(int priority) noexcept;
  /// May be called at any time, or never.
  void close() noexcept;

  // What came of them, once they are done.

  [[nodiscard]] const std::optional<failure>& trouble() const noexcept { return trouble_; }
  [[nodiscard]] const audio_stream_format& format() const noexcept { return format_; }
  /// Whether RtAudio believes that it plays.
  [[nodiscard]] bool plays() const {
    return (*driver_)->isStreamOpen() && (*driver_)->isStreamRunning();
  }

  /// Shut, no block of this device reaches the pump. [control-thread] [rt-safe]
  [[nodiscard]] audio_gate& gate() noexcept { return gate_; }

private:
  static constexpr std::chrono::milliseconds first_block{1000}, look_again{1}, silence_shows{30};

  bool open_by(RtAudio::Api api, const audio_stream_options& wanted);
  void open_stream(const rtaudio_found& there, audio_places at, const audio_stream_options& wanted);
  // JACK ends its thread from outside, and unwinds it: so this may not be noexcept.
  static int on_block(void* out, void* in, unsigned frames, double, RtAudioStreamStatus status,
                      void* self) {
    uncancelled([&] { static_cast<rtaudio_device*>(self)->play(out, in, frames, status != 0); });
    return 0;
  }
  void play(void* out, const void* in, unsigned frames, bool xrun) noexcept;
  [[nodiscard]] bool is_silent() const;

  std::shared_ptr<audio_pump<Layout>> pump_;
  std::optional<rtaudio_driver<Driver>> driver_;
  audio_stream_format format_;
  std::optional<failure> trouble_;
  bool started_ = false;
  audio_gate gate_;
  health_counter asked_; // blocks, those that were not let in as well
#if defined(__linux__)
  std::atomic<::pthread_t> thread_{}; // that asks for them
#endif
};

template <class Layout, class Driver>
void rtaudio_device<Layout, Driver>::open(const audio_stream_options& wanted) noexcept {
  trouble_ = failure{errc::device_absent};
  if (const auto why = impossible(wanted)) {
    trouble_ = why;
    return;
  }
  for (const RtAudio::Api api : rtaudio_apis<Driver>(wanted.api)) {
    try {
      if (open_by(api, wanted)) return;
    } catch (...) { // a device that is there, but does not open
      trouble_ = failure{errc::device_taken};
      return;
    }
  }
}

// Whether the search is at an end.
template <class Layout, class Driver>
bool rtaudio_device<Layout, Driver>::open_by(RtAudio::Api api, const audio_stream_options& wanted) {
  driver_.reset();
  driver_.emplace(api);
  const rtaudio_found there = rtaudio_devices(**driver_, Driver::getApiName(api));
  if (there.devices.empty()) return false;
  const auto at = find_audio_device(there.devices, wanted);
  if (at) {
    open_stream(there, *at, wanted);
    trouble_.reset();
    return true;
  }
  trouble_ = at.error();
  return wanted.device.empty() || at.error().code != errc::device_absent;
}

template <class Layout, class Driver>
void rtaudio_device<Layout, Driver>::open_stream(const rtaudio_found& there, audio_places at,
                                                 const audio_stream_options& wanted) {
  RtAudio::StreamParameters out, in;
  out.nChannels = wanted.outputs;
  in.nChannels = wanted.inputs;
  if (at.output) out.deviceId = there.ids[*at.output];
  if (at.input) in.deviceId = there.ids[*at.input];

  const audio_device& device = there.devices[at.output ? *at.output : *at.input];
  auto rate = static_cast<unsigned>(wanted.rate);
  if (rate == 0) rate = device.preferred_rate;
  if (rate == 0) rate = nearest_rate(device, 48'000);
  RtAudio::StreamOptions options;
  if constexpr (std::is_same_v<typename Layout::template block<float>, planar_block<float>>)
    options.flags |= RTAUDIO_NONINTERLEAVED;
  if (!wanted.connect) options.flags |= RTAUDIO_JACK_DONT_CONNECT;
  options.streamName = wanted.name;

  Driver& driver = **driver_;
  unsigned block = wanted.block;
  driver.openStream(at.output ? &out : nullptr, at.input ? &in : nullptr, RTAUDIO_FLOAT32, rate,
                    &block, &on_block, this, &options);
  const long latency = driver.getStreamLatency();
  format_ = {.device = device.name,
             .api = device.api,
             .rate = static_cast<double>(driver.getStreamSampleRate()),
             .block = block,
             .inputs = wanted.inputs,
             .outputs = wanted.outputs,
             .latency_frames = static_cast<std::uint32_t>(std::max(0L, latency))};
  pump_->set_format(format_);
}

template <class Layout, class Driver>
void rtaudio_device<Layout, Driver>::start(int priority) noexcept {
  const auto fail = [this] {
    gate_.shut();
    trouble_ = failure{errc::device_lost};
  };
  const std::uint64_t before = asked_.value();
  gate_.open();
  started_ = true;
  try {
    (*driver_)->startStream();
  } catch (...) {
    return fail();
  }
  for (auto waited = look_again; asked_.value() == before; waited += look_again) {
    if (waited > first_block || !plays()) return fail();
    std::this_thread::sleep_for(look_again);
  }
  if (priority == 0) return;
#if defined(__linux__)
  format_.priority_refused = prioritise(thread_.load(std::memory_order_acquire), priority);
#else
  format_.priority_refused = ENOTSUP;
#endif
}

template <class Layout, class Driver>
void rtaudio_device<Layout, Driver>::close() noexcept {
  gate_.shut();
  // JACK ends its thread from outside, wherever that is just then: not in the user's callback.
  while (gate_.inside()) std::this_thread::sleep_for(look_again);
  if (!driver_) return;
  if (format_.api == "jack") {
    Driver& driver = **driver_;
    const auto server_answers = [&driver] { return driver.getDeviceCount() != 0; };
    for (int looks = 1; driver.isStreamRunning() && is_silent(); ++looks)
      if (looks % 10 == 0 && server_answers()) break; // so it is only us whom it asks no more
    if (started_ && !driver.isStreamOpen()) {
      driver_->server_died();
      std::this_thread::sleep_for(silence_shows); // it may be at its last line
    }
  }
  driver_.reset();
}

template <class Layout, class Driver>
bool rtaudio_device<Layout, Driver>::is_silent() const {
  const std::uint64_t before = asked_.value();
  const std::chrono::duration<double> blocks{4 * format_.block / format_.rate};
  std::this_thread::sleep_for(std::max<std::chrono::duration<double>>(blocks, silence_shows));
  return asked_.value() == before;
}

// On the device's thread.
template <class Layout, class Driver>
void rtaudio_device<Layout, Driver>::play(void* out, const void* in, unsigned frames,
                                          bool xrun) noexcept {
  auto* const heard = static_cast<float*>(out);
#if defined(__linux__)
  thread_.store(::pthread_self(), std::memory_order_release);
#endif
  if (gate_.enter()) {
    pump_->play(static_cast<const float*>(in), heard, frames, xrun);
    gate_.leave();
  } else if (heard != nullptr) {
    std::fill_n(heard, std::size_t{frames} * format_.outputs, 0.F);
  }
  asked_.add(1);
}

} // namespace jamnet::inline v0::detail

#endif
