#include "input.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <limits>

#include <jamnet/jsonmidi/decode.hpp>

namespace midi_json {

input::input(const std::string& path)
    : name_{path == "-" ? "standard input" : path},
      in_{path == "-" ? &std::cin : &file_} {
  if (path != "-") {
    std::error_code ignored;
    errno = 0;
    if (std::filesystem::is_directory(path, ignored))
      errno = EISDIR;
    else
      file_.open(path, std::ios::binary);
    if (!file_.is_open()) {
      error_ = std::strerror(errno != 0 ? errno : ENOENT);
      return;
    }
  }
  look(in_->peek());
}

// No line of JSON can begin as the files of MIDI do.
void input::look(int first) {
  switch (first) {
  case 'M': kind_ = format::mid; return;
  case 'S': kind_ = format::midi2; return;
  case '{':
  case ' ':
  case '\t':
  case '\r':
  case '\n': kind_ = format::json; return;
  case std::char_traits<char>::eof(): error_ = in_->bad() ? "cannot be read" : "is empty"; return;
  case 'R':
    error_ = "is RIFF, perhaps with a MIDI file in it, which must be taken out first";
    return;
  default: error_ = "is neither a Standard MIDI File, nor a MIDI Clip File, nor lines of JSON";
  }
}

std::optional<std::vector<std::uint8_t>> input::read_all() {
  constexpr std::size_t piece = std::size_t{1} << 20;
  std::vector<std::uint8_t> all;
  std::vector<char> read(piece);
  while (in_->read(read.data(), piece), in_->gcount() > 0) {
    all.insert(all.end(), read.begin(), read.begin() + in_->gcount());
    if (all.size() > std::numeric_limits<std::uint32_t>::max()) return {};
  }
  if (in_->bad()) return {};
  return all;
}

bool input::try_line(std::string_view& line) {
  constexpr auto limit = jamnet::jsonmidi::limits{}.line;
  line_.resize(limit + 2); // what getline appends, and one to tell a longer line
  in_->getline(line_.data(), static_cast<std::streamsize>(line_.size()));
  const auto taken = static_cast<std::size_t>(in_->gcount());
  if (taken == 0) return false;
  ++line_number_;
  const bool ended = !in_->eof() && !in_->fail();
  line = {line_.data(), taken - ended};
  too_long_ = line.size() > limit;
  if (in_->fail() && !in_->eof() && !in_->bad()) {
    in_->clear();
    in_->ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return true;
}

} // namespace midi_json
