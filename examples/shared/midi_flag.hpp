// `--midi rtmidi|jack` and `--virtual NAME`, for programs that leave these to their user.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

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

/// What ports of our own may be called, and clients, with "-out" behind it: JACK takes 63 bytes.
[[nodiscard]] inline flag own_port_flag(std::string& out) {
  constexpr std::size_t most = 48;
  return {"a name of at most 48 bytes",
          [&out](std::string_view v) { return out = v, !v.empty() && v.size() <= most; }};
}

} // namespace shared
