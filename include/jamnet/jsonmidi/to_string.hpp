// SPDX-License-Identifier: MIT
//
// An event as text, for people, logs and tests: its line of JSONMIDI.
#pragma once

#include <array>
#include <string>

#include <jamnet/jsonmidi/encode.hpp>

namespace jamnet::inline v0::jsonmidi {

/// What encode writes, as a string. It cannot fail. [any-thread] [allocates] O(1)
[[nodiscard]] inline std::string to_string(const midi_event& event) {
  std::array<char, max_encoded_size> line;
  return std::string{encode(event, line)};
}

} // namespace jamnet::inline v0::jsonmidi
