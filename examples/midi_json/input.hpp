// Where the input comes from, whole or line by line.
#pragma once

#include <cstdint>
#include <fstream>
#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "options.hpp"

namespace midi_json {

class input {
public:
  /// Opens a file, or standard input for `-`. Nothing but error() may be asked if that failed.
  explicit input(const std::string& path);

  /// Why it could not be opened, or is nothing to convert.
  [[nodiscard]] const std::string& error() const { return error_; }
  /// For messages.
  [[nodiscard]] const std::string& name() const { return name_; }
  /// What it begins like.
  [[nodiscard]] format kind() const { return kind_; }

  /// All of it; nothing when it cannot be read or is 4 GiB or more.
  [[nodiscard]] std::optional<std::vector<std::uint8_t>> read_all();

  /// Takes the next line, without its end; false when there is none. A view until the next call.
  /// One longer than the limit comes cut, with too_long().
  [[nodiscard]] bool try_line(std::string_view& line);
  [[nodiscard]] bool too_long() const { return too_long_; }
  [[nodiscard]] std::size_t line_number() const { return line_number_; }
  /// Whether reading ended because of a failure.
  [[nodiscard]] bool failed() const { return in_->bad(); }

private:
  void look(int first);

  std::string name_, error_;
  std::ifstream file_;
  std::istream* in_;
  format kind_ = format::json;
  std::vector<char> line_;
  std::size_t line_number_ = 0;
  bool too_long_ = false;
};

} // namespace midi_json
