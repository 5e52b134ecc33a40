// The piece that jam plays when it is given no file: "Frère Jacques", traditional, as a canon of
// four voices, written out as a Standard MIDI File of format 1.
#pragma once

#include <cstdint>
#include <vector>

namespace jam {

/// The file's bytes: four parts of 32 notes each, 26 seconds.
[[nodiscard]] std::vector<std::uint8_t> frere_jacques();

} // namespace jam
