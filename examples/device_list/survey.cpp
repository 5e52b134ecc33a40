#include "survey.hpp"

#include <algorithm>
#include <utility>

#include <jamnet/platform/jack_midi.hpp>
#ifdef SHARED_RTMIDI
#include <jamnet/platform/rtmidi_input.hpp>
#include <jamnet/platform/rtmidi_output.hpp>
#endif
#ifdef SHARED_RTAUDIO
#include <jamnet/platform/rtaudio_stream.hpp>
#endif

#include "../shared/hush.hpp"

namespace device_list {
namespace {

void add_ports(survey& all, kind kind, const std::string& system,
               const std::vector<jamnet::midi_port>& ports) {
  for (const auto& port : ports)
    if (!port.name.empty()) // it went while it was asked for its name
      all.devices.push_back({.kind = kind, .system = system, .name = to_string(port)});
}

void add_rtmidi(survey& all) {
#ifdef SHARED_RTMIDI
  const auto systems = jamnet::rtmidi_input::systems();
  for (const std::string& system : systems) {
    add_ports(all, kind::midi_in, "rtmidi " + system, jamnet::rtmidi_input::ports(system));
    add_ports(all, kind::midi_out, "rtmidi " + system, jamnet::rtmidi_output::ports(system));
  }
#if defined(__linux__)
  if (std::ranges::find(systems, "alsa") == systems.end())
    all.missing.push_back("no ALSA sequencer (/dev/snd/seq)");
#endif
#else
  all.missing.push_back("built without RtMidi (librtmidi-dev)");
#endif
}

void add_jack(survey& all) {
#if __has_include(<jack/jack.h>) && __has_include(<dlfcn.h>)
  if (!jamnet::jack_server_runs()) return all.missing.push_back("no JACK server runs");
  add_ports(all, kind::midi_in, "jack", jamnet::jack_midi_input::ports());
  add_ports(all, kind::midi_out, "jack", jamnet::jack_midi_output::ports());
#else
  all.missing.push_back("built without JACK's headers (libjack-jackd2-dev)");
#endif
}

#ifdef SHARED_RTAUDIO

using stream = jamnet::rtaudio_stream<>;

void ask_latency(device& d, const jamnet::audio_device& found) {
  const auto opened = stream::open({.device = found.name,
                                    .rate = 0,
                                    .inputs = found.inputs,
                                    .outputs = found.outputs,
                                    .name = "device_list",
                                    .connect = false,
                                    .api = found.api});
  if (!opened) {
    d.trouble = to_string(opened.error().code);
    return;
  }
  const auto& format = (*opened)->format();
  d.rate = format.rate;
  d.block = format.block;
  d.latency_frames = format.latency_frames;
}

#endif

void add_audio(survey& all, [[maybe_unused]] const survey& known) {
#ifdef SHARED_RTAUDIO
  const auto there = stream::devices();
  for (const auto& found : there) {
    device next{.kind = kind::audio,
                .system = "rtaudio " + found.api,
                .name = found.name,
                .inputs = found.inputs,
                .outputs = found.outputs,
                .rates = found.rates,
                .default_input = found.default_input,
                .default_output = found.default_output};
    if (const device* const before = known.find(next)) {
      next.rate = before->rate;
      next.block = before->block;
      next.latency_frames = before->latency_frames;
      next.trouble = before->trouble;
    } else {
      ask_latency(next, found);
    }
    all.devices.push_back(std::move(next));
  }
  if (there.empty()) all.missing.push_back("no audio device");
#else
  all.missing.push_back("built without RtAudio 5 (librtaudio-dev)");
#endif
}

} // namespace

survey look(const survey& known) {
  const shared::hush quiet; // what systems say of those that are not there
  survey all;
  add_rtmidi(all);
  add_jack(all);
  add_audio(all, known);
  return all;
}

} // namespace device_list
