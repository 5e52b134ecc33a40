// Makes one kind of MIDI file of the lines behind its header.
#pragma once

#include <cstdint>
#include <vector>

#include "file_line.hpp"
#include "options.hpp"

namespace midi_json {

inline constexpr std::int64_t max_tick = (std::int64_t{1} << 53) - 1; // a double holds them all

class file_maker {
public:
  virtual ~file_maker() = default;

  /// Takes the next line; false when it refuses it, which leaves everything as it was.
  [[nodiscard]] virtual bool take(file_line& line) = 0;
  /// A line was refused, here or before it came here: what it would have gone on is lost.
  virtual void abandon() {}
  /// Whether the lines are all; what the file lacks otherwise.
  [[nodiscard]] virtual std::string missing() const = 0;
  /// Expects that nothing is missing.
  [[nodiscard]] virtual std::vector<std::uint8_t> finish() = 0;
  [[nodiscard]] virtual format makes() const = 0;
};

} // namespace midi_json
