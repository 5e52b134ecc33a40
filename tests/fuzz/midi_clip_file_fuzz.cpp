// Any bytes are refused with an offset inside them, or are a clip file whose events come in order,
// which reads the same once written again, and of which a second copy is the same bytes. What a
// writer takes of any packets at any ticks is a clip file with just these.
#include <jamnet/midi/midi_clip_writer.hpp>

#include <cstdlib>
#include <vector>

using namespace jamnet;

namespace {

using bytes = std::vector<std::uint8_t>;

void require(bool law) {
  if (!law) std::abort();
}

auto into(bytes& file) {
  return [&file](bytes_view piece) { file.insert(file.end(), piece.begin(), piece.end()); };
}

std::uint64_t check_section(midi_clip_cursor cursor) {
  std::uint64_t last = 0;
  for (midi_clip_event e; cursor.try_next(e); last = e.tick) require(e.tick >= last);
  return last;
}

void check_same(midi_clip_cursor a, midi_clip_cursor b) {
  midi_clip_event e, f;
  while (a.try_next(e)) require(b.try_next(f) && e.tick == f.tick && e.packet == f.packet);
  require(!b.try_next(f));
}

void check_copy(const midi_clip_file& clip, bytes_view original, bool again) {
  bytes copy;
  midi_clip_writer out{clip.ticks_per_quarter_note(), into(copy)};
  midi_clip_event e;
  for (auto in = clip.profiles(); in.try_next(e);) require(out.try_add_profile(e.packet));
  for (auto in = clip.configuration(); in.try_next(e);) require(out.try_add(e));
  require(out.try_start(clip.configuration_ticks()));
  for (auto in = clip.events(); in.try_next(e);) require(out.try_add(e));
  require(out.try_end(clip.end_tick()) && out.finished());

  const auto reread = midi_clip_file::open(copy);
  require(reread.has_value());
  require(reread->ticks_per_quarter_note() == clip.ticks_per_quarter_note());
  require(reread->configuration_ticks() == clip.configuration_ticks());
  require(reread->end_tick() == clip.end_tick());
  check_same(clip.profiles(), reread->profiles());
  check_same(clip.configuration(), reread->configuration());
  check_same(clip.events(), reread->events());
  if (again) {
    check_copy(*reread, copy, false);
  } else {
    require(copy == bytes(original.begin(), original.end()));
  }
}

bool check_file(bytes_view file) {
  const auto clip = midi_clip_file::open(file);
  if (!clip) {
    require(clip.error().detail <= file.size());
    return false;
  }
  require(clip->ticks_per_quarter_note() != 0);
  require(check_section(clip->profiles()) == 0);
  require(check_section(clip->configuration()) <= clip->configuration_ticks());
  require(check_section(clip->events()) <= clip->end_tick());
  check_copy(*clip, file, true);
  return true;
}

// Packets and ticks from anywhere: what the writer takes, the reader gives.
void check_writer(bytes_view from) {
  byte_reader in{from};
  bytes file;
  std::vector<midi_clip_event> added;
  midi_clip_writer out{24, into(file)};
  require(out.try_start(0));
  std::uint8_t pause = 0;
  std::uint64_t tick = 0;
  for (ump p; in.try_read(pause) && detail::try_read_packet(in, p);) {
    tick += pause < 0xf0 ? pause : std::uint64_t{pause} << 16;
    const midi_clip_event event{tick, p, pause % 2 == 0};
    if (out.try_add(event)) {
      added.push_back(event);
    } else {
      require(out.failed() && out.error().detail <= file.size() && !out.try_end(tick));
      return;
    }
    if (out.finished()) { // it was the end that it took
      added.pop_back();
      break;
    }
  }
  require(out.finished() || out.try_end(tick));
  const auto clip = midi_clip_file::open(file);
  require(clip && clip->end_tick() == tick);
  auto events = clip->events();
  midi_clip_event e;
  for (const auto& was : added)
    require(events.try_next(e) && e.tick == was.tick && e.packet == was.packet);
  require(!events.try_next(e));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const bytes_view input{data, size};
  check_file(input);
  check_writer(input);

  // The same bytes as packets of a clip that is otherwise sound.
  bytes file{'S', 'M', 'F', '2', 'C', 'L', 'I', 'P', 0, 0x40, 0, 0, 0, 0x30, 0, 24, 0, 0x40, 0, 0};
  file.insert(file.end(), {0xf0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  file.insert(file.end(), input.begin(), input.end());
  file.insert(file.end(), {0, 0x40, 0, 1, 0xf0, 0x21, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  check_file(file);
  return 0;
}
