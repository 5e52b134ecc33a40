// Prints what standard_midi_file.hpp reads from each file named, for real_files_test.py to compare
// with what other readers make of it, whether smf_writer.hpp makes the same file of it again, and
// smf_music.hpp a map of the same times.
#include <jamnet/midi/smf_writer.hpp>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <vector>

#include <jamnet/midi/smf_music.hpp>

using namespace jamnet;

namespace {

void print(const smf_event& event, nanoseconds time) {
  const auto tick = static_cast<unsigned long long>(event.tick);
  if (event.kind() == smf_kind::channel) {
    std::printf("event %llu %lld %u %02x", tick, static_cast<long long>(time.count()), event.track,
                event.status);
    for (const auto byte : event.data) std::printf("%02x", byte);
    std::printf("\n");
  } else if (event.kind() == smf_kind::meta && event.meta == 0x51) {
    std::printf("tempo %llu %u\n", tick, smf_tempo(event));
  } else if (time_signature signature; try_smf_signature(event, signature)) {
    std::printf("signature %llu %u %u\n", tick, signature.numerator, signature.denominator);
  }
}

void print(smf_cursor events, const smf_tempo_map& tempo) {
  for (smf_event e; events.try_next(e);) print(e, tempo.time_at(e.tick));
}

void print(const smf_file& file) {
  const auto& header = file.header();
  std::printf("header %u %u %u %u\n", header.format, header.tracks, header.division.ticks,
              header.division.frames);
  unsigned notes = 0;
  for (const auto& track : file.tracks()) notes += track.notes;
  std::printf("notes %u\n", notes);
  if (header.format == 2) {
    for (unsigned i = 0; i < header.tracks; ++i) print(file.events(i), file.tempo_map(i));
    return;
  }
  const auto tempo = file.tempo_map();
  std::printf("duration %lld\n", static_cast<long long>(tempo.time_at(file.end_tick()).count()));
  print(file.events(), tempo);
}

result<std::vector<std::uint8_t>> written(const smf_file& file) {
  smf_writer out{file.header(), {.end_tracks = false}};
  auto events = file.events();
  for (smf_event e; events.try_next(e);) out.try_add(e);
  return out.finish();
}

bool same_events(const smf_file& a, const smf_file& b) {
  auto x = a.events(), y = b.events();
  smf_event e, f;
  while (x.try_next(e))
    if (!y.try_next(f) || e.tick != f.tick || e.track != f.track || e.status != f.status ||
        e.meta != f.meta || e.running != f.running || !std::ranges::equal(e.data, f.data))
      return false;
  return !y.try_next(f);
}

void print_copy(const smf_file& file, bytes_view original) {
  const auto copy = written(file);
  if (!copy) {
    std::printf("copy refused\n");
    return;
  }
  const auto again = smf_file::open(*copy);
  std::printf("copy %s %s\n", std::ranges::equal(*copy, original) ? "same_bytes" : "other_bytes",
              again && same_events(file, *again) ? "same_events" : "other_events");
}

// Whether every event is at the same time by either map, to the rounding, and is found again.
void print_music(const smf_file& file) {
  const auto music = music_of(file);
  if (!music) {
    const auto words = to_string(music.error().code);
    std::printf("music refused %.*s\n", static_cast<int>(words.size()), words.data());
    return;
  }
  const auto exact = file.tempo_map();
  auto events = file.events();
  bool same = true;
  for (smf_event e; events.try_next(e);) {
    const ticks tick{static_cast<std::int64_t>(e.tick)};
    const auto late = (music->time_at(tick) - exact.time_at(e.tick)).count();
    same = same && (late == 0 || late == 1) && music->tick_at(music->time_at(tick)) == tick;
  }
  const ticks end{static_cast<std::int64_t>(file.end_tick())};
  const auto bars = music->meter().position_at(end).bar;
  std::printf("music %s %lld\n", same ? "same" : "other", static_cast<long long>(bars));
}

} // namespace

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    std::ifstream in{argv[i], std::ios::binary};
    const std::vector<char> text{std::istreambuf_iterator<char>{in}, {}};
    std::printf("file %s\n", argv[i]);
    const auto bytes = as_bytes({text.data(), text.size()});
    const auto file = smf_file::open(bytes);
    if (file) {
      print(*file);
      print_copy(*file, bytes);
      print_music(*file);
    } else {
      const auto words = to_string(file.error().code);
      std::printf("refused %.*s at byte %u\n", static_cast<int>(words.size()), words.data(),
                  file.error().detail);
    }
  }
}
