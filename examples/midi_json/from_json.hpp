// A MIDI file of lines of JSON: which kind it becomes, its first line tells.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <jamnet/midi/smf_writer.hpp>

#include "file_maker.hpp"
#include "problem.hpp"

namespace midi_json {

class from_json {
public:
  explicit from_json(jamnet::smf_running running) : running_{running} {}

  /// Takes the next line; what is wrong with it, if anything: then it is as if it had not come.
  [[nodiscard]] std::optional<problem> take(std::string_view line);
  /// What the lines that came still lack; nothing when they are a whole file.
  [[nodiscard]] std::string missing() const;

  /// Whether there was a header, without which no line can be taken.
  [[nodiscard]] bool has_header() const { return maker_ != nullptr; }
  /// Expects a header.
  [[nodiscard]] format makes() const { return maker_->makes(); }
  /// Expects that nothing is missing.
  [[nodiscard]] std::vector<std::uint8_t> finish() { return maker_->finish(); }

private:
  bool try_take(file_line& line);

  jamnet::smf_running running_;
  std::unique_ptr<file_maker> maker_;
};

} // namespace midi_json
