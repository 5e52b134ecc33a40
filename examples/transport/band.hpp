// Four metronomes on this machine: starts them as processes with wrong clocks, tells one after the
// other what to ask for, and compares what they sounded.
#pragma once

#include "options.hpp"

namespace metronome {

/// Returns the process's exit code: 0 when all clicked the same beats, within a millisecond of each
/// other; 1 when not; 2 when there was no band.
int play_as_band(const options& o);

} // namespace metronome
