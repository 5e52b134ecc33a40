// SPDX-License-Identifier: MIT
//
// RtAudio 5 itself, and what it has: its APIs, their devices, and which of those is the default.
// Each question may wait for a driver or a server that does not answer, so it is an errand
// (errand_thread.hpp).
#pragma once

#include <jamnet/platform/audio_device_list.hpp>
#include <jamnet/platform/detail/alsa_silence.hpp>
#include <jamnet/platform/detail/jack_tenant.hpp>

#if defined(__cpp_exceptions) && __has_include(<rtaudio/RtAudio.h>)
#include <rtaudio/RtAudio.h>
#if !defined(RTAUDIO_VERSION_MAJOR) // before 6, which does not throw and numbers devices otherwise
#define JAMNET_HAS_RTAUDIO 1
#endif
#endif

#if defined(JAMNET_HAS_RTAUDIO)

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace jamnet::inline v0::detail {

/// The APIs that RtAudio was built with, or the one of that name. [control-thread] [allocates]
template <class Driver>
std::vector<RtAudio::Api> rtaudio_apis(const std::string& name) {
  std::vector<RtAudio::Api> all;
  Driver::getCompiledApi(all);
  if (!name.empty())
    std::erase_if(all, [&](RtAudio::Api api) { return Driver::getApiName(api) != name; });
  return all;
}

/// An RtAudio of one API, and its place among the JACK clients if it is one.
template <class Driver>
class rtaudio_driver {
public:
  /// [one-thread] [allocates] [blocks]; throws what RtAudio throws
  explicit rtaudio_driver(RtAudio::Api api) {
    if (api == RtAudio::UNIX_JACK) {
      tenant_ = jack_tenant::enter(longest_wait);
      if (!tenant_) throw RtAudioError("a JACK server died, and its clients are not closed yet");
    }
    driver_ = std::make_unique<Driver>(api);
    driver_->showWarnings(false);
  }
  [[nodiscard]] Driver& operator*() const noexcept { return *driver_; }
  [[nodiscard]] Driver* operator->() const noexcept { return driver_.get(); }
  void server_died() noexcept {
    if (tenant_) tenant_->server_died();
  }

private:
  static constexpr std::chrono::seconds longest_wait{2};

  std::unique_ptr<jack_tenant> tenant_; // goes after the driver
  std::unique_ptr<Driver> driver_;
};

/// What one API has, and under which numbers RtAudio knows it.
struct rtaudio_found {
  std::vector<audio_device> devices;
  std::vector<unsigned> ids;
};

/// [one-thread] [allocates] [blocks]; throws what RtAudio throws
template <class Driver>
rtaudio_found rtaudio_devices(Driver& driver, const std::string& api) {
  [[maybe_unused]] const alsa_silence quiet;
  rtaudio_found found;
  const unsigned count = driver.getDeviceCount();
  for (unsigned id = 0; id < count; ++id) {
    const RtAudio::DeviceInfo info = driver.getDeviceInfo(id);
    if (!info.probed) continue;
    found.devices.push_back({info.name, api, info.inputChannels, info.outputChannels,
                             info.sampleRates, info.preferredSampleRate, info.isDefaultInput,
                             info.isDefaultOutput});
    found.ids.push_back(id);
  }
  return found;
}

/// The name of the device that an open() by default would choose now; nothing if there is none.
/// [one-thread] [allocates] [blocks]
template <class Driver>
std::string rtaudio_default(const std::string& api, audio_stream_options wanted) noexcept {
  try {
    const rtaudio_driver<Driver> driver{rtaudio_apis<Driver>(api).at(0)};
    const auto there = rtaudio_devices(*driver, api).devices;
    wanted.rate = 0;
    const auto at = find_audio_device(there, wanted);
    return at ? there[at->output ? *at->output : *at->input].name : std::string{};
  } catch (...) {
    return {};
  }
}

} // namespace jamnet::inline v0::detail

#endif
