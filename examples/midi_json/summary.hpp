// What is in a MIDI file, for people.
#pragma once

#include <ostream>

#include "midi_file.hpp"

namespace midi_json {

void summarise(const midi_file& file, std::ostream& out);

} // namespace midi_json
