// What the command line asks for, checked.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "../shared/midi_flag.hpp"

namespace latency_probe {

struct options {
  bool help = false, json = false;
  unsigned count = 0; ///< probes; 0: as many as are usual
  double timeout_ms = 500, wait_s = 0;
  std::filesystem::path svg; ///< empty: no picture

  shared::midi_interface midi = shared::usual_midi();
  std::string midi_out, midi_in; ///< (parts of) names
  std::string virtual_ports;     ///< or two of our own of this name
  double interval_ms = 20;       ///< between probes, on average

  bool audio = false, pulse = false;
  std::string device, api; ///< empty: the system's default
  double rate = 48'000, level = 0.5;
  unsigned block = 128, output = 1, input = 1; ///< channels from 1

  bool says_midi = false, says_audio = false; ///< something that is for these alone
};

inline constexpr const char* usage =
    R"(latency_probe: how long MIDI, or sound, takes out and in again

  latency_probe --midi-out A --midi-in B   through two ports that a cable or a program joins
  latency_probe --virtual NAME             through two ports of its own, which you join
  latency_probe --audio                    through an output and an input, likewise

    --count N              probes, 1 to 100000 (MIDI 200, audio 10)
    --timeout MS           how long to wait for each, 1 to 10000 (500)
    --wait S               first of all until one comes back, 0 to 3600 (0): time to join the ports
    --svg FILE             the histogram as a picture
    --json                 one line of JSON, with all values, instead of words
    --help                 this
  MIDI
    --midi rtmidi|jack     through RtMidi, any system it knows, or JACK itself, to the frame
    --interval MS          between one probe and the next, 0 to 10000, on average (20)
  audio
    --device NAME          part of its name; the system's default
    --api NAME             "jack", "alsa", "pulse" …
    --rate HZ              1000 to 384000 (48000)
    --block FRAMES         1 to 8192 (128)
    --output N, --input N  channels, 1 to 64 (1)
    --level L              of what is played, up to 1 (0.5)
    --pulse                play single samples, not noise

A MIDI probe is a control change, number 119 of channel 16, which means nothing; one at a time is on
its way, and the program's time until it has it again counts; what is lost is in no figure but the
number of the lost. Sound is noise of 1023 frames, found again by correlation, to the frame: however
quiet, as long as it stands out. Returns 0; 1 if nothing came back, or the device was lost; 2 if
there is no such port or device, or the command line makes no sense.
)";

/// What was asked for, or a line that says what is wrong with it.
struct parsed_options {
  std::optional<options> value;
  std::string error;
};
[[nodiscard]] parsed_options parse(int argc, char** argv);

} // namespace latency_probe
