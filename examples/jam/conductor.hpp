// A jam on this machine: starts the members as processes, has them play, shows how they are while
// they do, and tells afterwards how well it went.
#pragma once

#include "options.hpp"

namespace jam {

/// Returns the process's exit code: 0 when no event was lost and no note is stuck, 1 when one is,
/// 2 when there was no jam.
int conduct(const options& o);

} // namespace jam
