// The program: from one file to the other. Each returns the exit status.
#pragma once

#include "options.hpp"

namespace midi_json {

[[nodiscard]] int convert(const options& o);
[[nodiscard]] int validate(const options& o);

} // namespace midi_json
