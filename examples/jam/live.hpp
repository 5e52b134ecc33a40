// A jam between machines: one begins a session, others join it, and all play from the computer
// keyboard or a file and see what the others play.
#pragma once

#include "options.hpp"

namespace jam {

/// Returns the process's exit code: 2 when it could not begin or was not let in.
int play_live(const options& o);

} // namespace jam
