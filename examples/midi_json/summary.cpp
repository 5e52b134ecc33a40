#include "summary.hpp"

#include <cstdio>
#include <map>
#include <string>
#include <string_view>

#include <jamnet/jsonmidi/members.hpp>

#include "file_line.hpp"

namespace midi_json {
namespace {

// 1:02:03.456
std::string clock_time(std::int64_t ns) {
  const auto ms = static_cast<unsigned long long>(ns / 1'000'000);
  char text[48];
  std::snprintf(text, sizeof text, "%llu:%02llu:%02llu.%03llu", ms / 3'600'000, ms / 60'000 % 60,
                ms / 1000 % 60, ms % 1000);
  return text;
}

void describe(const jamnet::smf_file& file, std::ostream& out) {
  const auto& [format, tracks, division] = file.header();
  out << "  file      Standard MIDI File, format " << format << "\n  tracks    " << tracks
      << "\n  division  " << division.ticks << " ticks in a ";
  if (division.frames == 0)
    out << "quarter note\n";
  else
    out << "frame, " << (division.frames == 29 ? "29.97" : std::to_string(division.frames))
        << " frames in a second\n";
}

void describe(const jamnet::midi_clip_file& clip, std::ostream& out) {
  out << "  file      MIDI Clip File\n  division  " << clip.ticks_per_quarter_note()
      << " ticks in a quarter note\n";
}

} // namespace

void summarise(const midi_file& file, std::ostream& out) {
  std::map<std::string, std::size_t, std::less<>> types;
  std::size_t lines = 0;
  std::int64_t end = 0;
  file.put_lines(texts::as_data, [&](std::string_view text) {
    file_line line{text};
    std::int64_t time = 0;
    if (!line.prove() || !line.try_integer("timestamp", time, INT64_MIN, INT64_MAX)) return;
    if (lines++ == 0) return; // the header
    ++types[std::string{line.type()}];
    end = std::max(end, time);
  });

  std::visit([&](const auto& content) { describe(content, out); }, file.as());
  out << "  duration  " << clock_time(end) << "\n  events    " << (lines - 1) << '\n';
  for (const auto& [type, count] : types) {
    char row[96];
    std::snprintf(row, sizeof row, "    %-28s %9zu\n", type.c_str(), count);
    out << row;
  }
}

} // namespace midi_json
