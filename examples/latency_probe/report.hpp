// What was found, in words, as JSON and as a picture.
#pragma once

#include <string>

#include "findings.hpp"

namespace latency_probe {

[[nodiscard]] std::string text_of(const findings& found);
/// One line.
[[nodiscard]] std::string json_of(const findings& found);
/// Expects that something came back.
[[nodiscard]] std::string svg_of(const findings& found);

} // namespace latency_probe
