#include "music.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

#include <jamnet/midi/note_tracker.hpp>

#include "piece.hpp"

namespace jam {
namespace {

void end_at(music& m, jamnet::nanoseconds end) {
  if (m.duration <= end) return;
  const auto behind =
      std::find_if(m.events.begin(), m.events.end(), [&](const auto& e) { return e.time >= end; });
  m.events.erase(behind, m.events.end());
  std::vector<jamnet::note_tracker> sounding; // of each track, so that each part ends its own
  for (const auto& e : m.events) {
    if (e.track >= sounding.size()) sounding.resize(e.track + 1);
    sounding[e.track].observe(e.packet);
  }
  for (unsigned track = 0; track < sounding.size(); ++track)
    sounding[track].release_all(
        [&](const jamnet::ump& packet) { m.events.push_back({end, track, packet}); });
  m.duration = end;
}

void read_beginning(music& m, const jamnet::smf_file& file) {
  auto events = file.events();
  for (jamnet::smf_event e; events.try_next(e) && e.tick == 0;) {
    if (const auto tempo = jamnet::smf_tempo(e); tempo != 0)
      m.bpm = std::clamp(60e6 / tempo, 1.0, 999.0);
    (void)jamnet::try_smf_signature(e, m.signature);
  }
}

} // namespace

loaded_music load(const std::filesystem::path& file, double seconds) {
  std::vector<std::uint8_t> bytes = frere_jacques();
  const std::string where = file.empty() ? "the piece" : file.string();
  if (!file.empty()) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error)) return {{}, where + ": no such file"};
    std::ifstream in{file, std::ios::binary};
    bytes.assign(std::istreambuf_iterator<char>{in}, {});
    if (!in) return {{}, where + ": cannot be read"};
  }
  auto song = jamnet::read_song(bytes);
  if (!song)
    return {{},
            where + ": " + std::string{to_string(song.error().code)} + " at byte " +
                std::to_string(song.error().detail)};
  music m;
  m.events = std::move(song->events);
  m.duration = song->duration;
  if (const auto read = jamnet::smf_file::open(bytes)) read_beginning(m, *read);
  if (m.events.empty()) return {{}, where + ": has no events"};
  if (seconds > 0) end_at(m, jamnet::nanoseconds{static_cast<std::int64_t>(seconds * 1e9)});
  return {std::move(m), {}};
}

music deal(const music& all, int index, int players) {
  std::set<unsigned> tracks;
  for (const auto& e : all.events) tracks.insert(e.track);
  const auto part_of = [&](const jamnet::song_event& e) {
    return tracks.size() > 1 ? e.track : e.packet.status() & 15u;
  };
  std::set<unsigned> parts;
  for (const auto& e : all.events) parts.insert(part_of(e));
  music mine = all;
  mine.events.clear();
  for (const auto& e : all.events) {
    const auto number = std::distance(parts.begin(), parts.find(part_of(e)));
    if (number % players == index - 1) mine.events.push_back(e);
  }
  return mine;
}

} // namespace jam
