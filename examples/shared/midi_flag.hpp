// `--midi rtmidi|jack`, for programs that leave the choice to their user.
#pragma once

#include "flags.hpp"
#include "midi_devices.hpp"

namespace shared {

/// RtMidi, unless the program was built without.
[[nodiscard]] inline midi_interface usual_midi() {
  using enum midi_interface;
  return is_built(rtmidi) || !is_built(jack) ? rtmidi : jack;
}

[[nodiscard]] inline flag midi_flag(midi_interface& out) {
  return {"rtmidi or jack",
          [&out](std::string_view v) {
            using enum midi_interface;
            out = v == to_string(jack) ? jack : rtmidi;
            return v == to_string(out);
          },
          {"rtmidi", "jack"}};
}

} // namespace shared
