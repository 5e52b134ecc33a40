// Prints what standard_midi_file.hpp reads from each file named, for real_files_test.py to compare
// with what other readers make of it.
#include <jamnet/midi/standard_midi_file.hpp>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <vector>

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

} // namespace

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    std::ifstream in{argv[i], std::ios::binary};
    const std::vector<char> text{std::istreambuf_iterator<char>{in}, {}};
    std::printf("file %s\n", argv[i]);
    const auto file = smf_file::open(as_bytes({text.data(), text.size()}));
    if (file) {
      print(*file);
    } else {
      const auto words = to_string(file.error().code);
      std::printf("refused %.*s at byte %u\n", static_cast<int>(words.size()), words.data(),
                  file.error().detail);
    }
  }
}
