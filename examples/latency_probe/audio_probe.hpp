// Sound out and in again.
#pragma once

#include "findings.hpp"
#include "options.hpp"

namespace latency_probe {

/// Until all probes are back or lost, or somebody has had enough.
[[nodiscard]] findings probe_audio(const options& o);

} // namespace latency_probe
