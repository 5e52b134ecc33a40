// What the command line asks for, checked.
#pragma once

#include <optional>
#include <string>

#include "../shared/midi_flag.hpp"
#include "filter.hpp"

namespace midi_monitor {

struct options {
  bool help = false;
  shared::midi_interface midi = shared::usual_midi();
  std::string port, virtual_port; ///< one of the two
  midi_monitor::filter filter;
  bool bytes = false, quiet = false, stats = false;
  double seconds = 0; ///< 0: until it is ended
};

inline constexpr const char* usage =
    R"(midi_monitor: what comes through a MIDI port, live, and how regularly

  midi_monitor --port NAME       listens to a port: (a part of) its name; device_list has them all
  midi_monitor --virtual NAME    or shows one of its own, for others to connect to

    --midi rtmidi|jack           through RtMidi, any system it knows, or JACK itself, to the frame
    --bytes                      seconds and MIDI 1.0 bytes instead of JSONMIDI
    --only NAMES                 of messages, as JSONMIDI has them: noteOn,noteOff
    --without NAMES              all but these: timingClock,activeSensing
    --channel LIST               messages of channels only: 1 to 16, such as 1,10
    --quiet                      no messages
    --stats                      statistics once a second, not only at the end
    --seconds S                  for so long, 0.1 to 86400; else until Ctrl-C
    --help                       this

Messages go to standard output, a line each, coloured where that is a terminal; `timestamp` is in
nanoseconds since it began to listen. All else goes to standard error: what becomes of the port, and
at the end the statistics. They tell how far apart messages are, how much later than its time stamp
each was in our hands, the tempo and the evenness of a MIDI clock if there is one, and what was lost
or no MIDI. A port that is unplugged is taken up again when it is back. Returns 0; 2 if there is no
such port, or the command line makes no sense.
)";

/// What was asked for, or a line that says what is wrong with it.
struct parsed_options {
  std::optional<options> value;
  std::string error;
};
[[nodiscard]] parsed_options parse(int argc, char** argv);

} // namespace midi_monitor
