// SPDX-License-Identifier: MIT
//
// Which audio device a user meant, and why there is none: for who has a list of them, as
// rtaudio_stream<>::devices() returns it. Asks no system itself.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <jamnet/core/result.hpp>
#include <jamnet/platform/audio_stream.hpp>
#include <jamnet/platform/detail/device_names.hpp>

namespace jamnet::inline v0 {

/// Two places in a list of devices: where sound goes to and comes from. One of them may be nothing.
struct audio_places {
  std::optional<std::size_t> output, input;
};

/// The devices that the options mean: the one so called or, in any case and if there is only one,
/// the one with that in its name; without a name the system's defaults, or the first that have the
/// channels. Fails with audio_channels if none are asked for, or more than the device has; with
/// audio_rate if it does not offer the rate (detail: the nearest that it does); with audio_block
/// for a block of 0 or more than 65536 frames; with device_absent if there is no such device, or
/// several. [control-thread] [allocates] O(n)
[[nodiscard]] result<audio_places> find_audio_device(std::span<const audio_device> there,
                                                     const audio_stream_options& wanted);

/// In one line for its user, why `wanted` failed with `why` where `there` is what there is: with
/// all names, and the one that is most like what was typed. [control-thread] [allocates] O(n)
[[nodiscard]] std::string explain(failure why, const audio_stream_options& wanted,
                                  std::span<const audio_device> there);

namespace detail {

inline std::vector<std::string> names_of(std::span<const audio_device> devices) {
  std::vector<std::string> names;
  for (const audio_device& device : devices) names.push_back(device.name);
  return names;
}

// The rate of those offered that is nearest to the one wanted; 0 if none are.
inline std::uint32_t nearest_rate(const audio_device& device, double wanted) {
  std::uint32_t nearest = 0;
  for (const std::uint32_t rate : device.rates)
    if (nearest == 0 || std::fabs(rate - wanted) < std::fabs(nearest - wanted)) nearest = rate;
  return nearest;
}

inline std::optional<failure> impossible(const audio_stream_options& wanted) {
  constexpr std::uint32_t most_channels = 1024, most_frames = 65'536;
  if (wanted.inputs == 0 && wanted.outputs == 0) return failure{errc::audio_channels};
  if (wanted.inputs > most_channels || wanted.outputs > most_channels)
    return failure{errc::audio_channels, std::max(wanted.inputs, wanted.outputs)};
  if (wanted.block == 0 || wanted.block > most_frames)
    return failure{errc::audio_block, wanted.block};
  if (wanted.rate != 0 && !(wanted.rate >= 1 && wanted.rate <= 10e6))
    return failure{errc::audio_rate};
  return {};
}

// The one by default or, if that has too few channels, the first that has them.
inline std::optional<std::size_t> usual_device(std::span<const audio_device> there,
                                               bool audio_device::* by_default,
                                               std::uint32_t audio_device::* channels,
                                               std::uint32_t wanted) {
  std::optional<std::size_t> first;
  for (std::size_t i = 0; i < there.size(); ++i) {
    if (there[i].*channels < wanted) continue;
    if (there[i].*by_default) return i;
    if (!first) first = i;
  }
  return first;
}

} // namespace detail

inline result<audio_places> find_audio_device(std::span<const audio_device> there,
                                              const audio_stream_options& wanted) {
  if (const auto why = detail::impossible(wanted)) return *why;
  if (there.empty()) return errc::device_absent;
  audio_places found;
  if (wanted.device.empty()) {
    found.output = detail::usual_device(there, &audio_device::default_output,
                                        &audio_device::outputs, wanted.outputs);
    found.input = detail::usual_device(there, &audio_device::default_input, &audio_device::inputs,
                                       wanted.inputs);
  } else {
    const auto places = detail::meant_by(wanted.device, detail::names_of(there));
    if (places.size() != 1) return errc::device_absent;
    const audio_device& device = there[places[0]];
    if (device.outputs >= wanted.outputs) found.output = places[0];
    if (device.inputs >= wanted.inputs) found.input = places[0];
  }
  if (wanted.outputs != 0 && !found.output) return failure{errc::audio_channels, wanted.outputs};
  if (wanted.inputs != 0 && !found.input) return failure{errc::audio_channels, wanted.inputs};
  if (wanted.outputs == 0) found.output.reset();
  if (wanted.inputs == 0) found.input.reset();

  if (wanted.rate == 0) return found;
  for (const auto& place : {found.output, found.input}) {
    if (!place) continue;
    const auto rate = detail::nearest_rate(there[*place], wanted.rate);
    if (rate != wanted.rate) return failure{errc::audio_rate, rate};
  }
  return found;
}

inline std::string explain(failure why, const audio_stream_options& wanted,
                           std::span<const audio_device> there) {
  const auto names = detail::names_of(there);
  const std::string which =
      wanted.device.empty() ? "the audio device" : detail::in_quotes(wanted.device);
  const auto number = [](double n) { return std::to_string(std::llround(n)); };
  switch (why.code) {
  case errc::device_absent: {
    if (there.empty()) return "no audio device: no server runs, and no sound card is there";
    if (wanted.device.empty()) return "no audio device; there are " + detail::listed(names);
    return detail::explain_names("audio device", wanted.device, names,
                                 detail::meant_by(wanted.device, names));
  }
  case errc::audio_channels:
    if (wanted.inputs == 0 && wanted.outputs == 0) return "no channels: neither in- nor outputs";
    return which + " has not the " + number(wanted.inputs) + " inputs and " +
           number(wanted.outputs) + " outputs that are asked for";
  case errc::audio_rate:
    if (why.detail == 0) return "no such sample rate: " + number(wanted.rate) + " Hz";
    return which + " does not offer " + number(wanted.rate) + " Hz, but " + number(why.detail);
  case errc::audio_block: return "a block of " + number(why.detail) + " frames: 1 to 65536";
  default: return which + ": " + std::string{to_string(why.code)};
  }
}

} // namespace jamnet::inline v0
