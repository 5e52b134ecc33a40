// What the command line asks for, checked.
#pragma once

#include <optional>
#include <string>

namespace device_list {

struct options {
  bool help = false, json = false, watch = false;
  double seconds = 0; ///< to watch for; 0: until it is ended
};

inline constexpr const char* usage =
    R"(device_list: the MIDI ports and audio devices of this machine

  device_list [options]      lists them, with what is missing in the last line

    --json                   a line of JSON each
    --watch                  goes on, and says what appears and vanishes, until Ctrl-C
    --seconds S              or for so long, 0.1 to 86400
    --help                   this

MIDI ports are those of every system that RtMidi knows here, and those of JACK itself; programs ask
for them by (a part of) their name. To learn the latency of an audio device it is opened for a
moment, and neither plays nor records. Returns 0, also where there is nothing to list; 2 if the
command line makes no sense.
)";

/// What was asked for, or a line that says what is wrong with it.
struct parsed_options {
  std::optional<options> value;
  std::string error;
};
[[nodiscard]] parsed_options parse(int argc, char** argv);

} // namespace device_list
