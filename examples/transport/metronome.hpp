// One metronome: a peer whose transport is its room's.
#pragma once

#include "options.hpp"

namespace metronome {

/// Returns the process's exit code: 0; 2 when it could not begin, was not let in, or could not
/// write its sound.
int run(const options& o);

} // namespace metronome
