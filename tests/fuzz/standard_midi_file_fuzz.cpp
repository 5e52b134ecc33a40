// Any bytes are refused with an offset inside them, or are a file whose events come in order and
// point into it, whose ticks and times agree, and which are the same once written and read again.
// What is made of its tempi and signatures agrees with that, or is refused by name.
#include <jamnet/midi/smf_music.hpp>
#include <jamnet/midi/smf_writer.hpp>
#include <jamnet/midi/song.hpp>

#include <cstdlib>
#include <cstring>
#include <vector>

using namespace jamnet;

namespace {

void require(bool law) {
  if (!law) std::abort();
}

void check_events(const smf_file& file, bytes_view bytes, smf_cursor events,
                  const smf_tempo_map& tempo) {
  smf_event last;
  nanoseconds last_time{0};
  for (smf_event e; events.try_next(e); last = e) {
    require(e.tick > last.tick || (e.tick == last.tick && e.track >= last.track));
    require(e.track < file.tracks().size());
    require(e.data.data() >= bytes.data());
    require(e.data.data() + e.data.size() <= bytes.data() + bytes.size());
    require(e.kind() != smf_kind::channel || (e.status >= 0x80 && e.status < 0xf0));

    const auto time = tempo.time_at(e.tick);
    require(time >= last_time);
    if (time < nanoseconds::max()) {
      const auto tick = tempo.tick_at(time);
      require(tick >= e.tick && tempo.time_at(tick) == time);
    }
    last_time = time;
  }
  require(last.tick <= file.end_tick());
}

std::vector<std::uint8_t> written(const smf_file& file, smf_write_options options) {
  smf_writer out{file.header(), options};
  auto events = file.events();
  for (smf_event e; events.try_next(e);) require(out.try_add(e));
  auto bytes = out.finish();
  require(bytes.has_value());
  return std::move(*bytes);
}

void check_same_events(const smf_file& a, const smf_file& b, bool same_status_bytes) {
  require(a.header().format == b.header().format && a.header().tracks == b.header().tracks);
  require(a.header().division == b.header().division);
  auto x = a.events(), y = b.events();
  for (smf_event e, f; x.try_next(e);) {
    require(y.try_next(f));
    require(e.tick == f.tick && e.track == f.track && e.status == f.status && e.meta == f.meta);
    require(e.data.size() == f.data.size());
    require(e.data.empty() || std::memcmp(e.data.data(), f.data.data(), e.data.size()) == 0);
    require(!same_status_bytes || e.running == f.running);
  }
  smf_event rest;
  require(!y.try_next(rest));
}

void check_writer(const smf_file& file, bytes_view bytes) {
  const auto copy = written(file, {.end_tracks = false});
  require(copy.size() <= bytes.size()); // the reader may have skipped something
  const auto again = smf_file::open(copy);
  require(again.has_value());
  check_same_events(file, *again, true);
  require(written(*again, {.end_tracks = false}) == copy);

  for (const auto running : {smf_running::never, smf_running::always}) {
    const auto restyled = written(file, {.running = running, .end_tracks = false});
    const auto reread = smf_file::open(restyled);
    require(reread.has_value());
    check_same_events(file, *reread, false);
  }
}

void check_music(const smf_file& file) {
  const auto music = music_of(file);
  if (!music) {
    const errc why = music.error().code;
    require(why == errc::midi_format || why == errc::midi_division || why == errc::tempo_range ||
            why == errc::signature_range || why == errc::position_range);
    return;
  }
  const auto exact = file.tempo_map();
  auto events = file.events();
  for (smf_event e; events.try_next(e);) {
    const nanoseconds time = exact.time_at(e.tick);
    if (time.count() >= std::int64_t{1} << 53) return; // 104 days
    const ticks tick{static_cast<std::int64_t>(e.tick)};
    const auto late = (music->time_at(tick) - time).count();
    require(late >= -1 && late <= 2);
    require(music->tick_at(music->time_at(tick)) == tick);
    const auto again = music->meter().ticks_at(music->meter().position_at(tick));
    require(again && *again == tick);
  }
}

// A sound file of up to three tracks: what can be read of the bytes, so that mutations also reach
// what lies behind the checks.
std::vector<std::uint8_t> file_around(bytes_view bytes) {
  const auto format = static_cast<std::uint8_t>(bytes[0] % 3);
  const std::uint8_t tracks = format == 0 ? 1 : 3;
  const auto ticks = static_cast<std::uint8_t>(bytes[1] | 1);
  const auto unit = static_cast<std::uint8_t>(bytes[1] < 8 ? 0xe3 : bytes[2] % 128);
  std::vector<std::uint8_t> file{'M', 'T', 'h', 'd', 0, 0, 0, 6, 0, format, 0, tracks, unit, ticks};
  const auto third = bytes.size() / tracks;
  for (std::size_t i = 0; i < tracks; ++i) {
    const auto piece = bytes.subspan(i * third, third);
    std::size_t size = 0;
    smf_track_reader reader{piece};
    for (smf_event e; reader.try_next(e);)
      size = static_cast<std::size_t>(e.data.data() - piece.data()) + e.data.size();
    file.insert(file.end(), {'M', 'T', 'r', 'k', 0, 0, 0, 0});
    store_be(file.data() + file.size() - 4, static_cast<std::uint32_t>(size));
    file.insert(file.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(size));
  }
  return file;
}

bool check_file(bytes_view bytes) {
  const auto file = smf_file::open(bytes);
  const auto song = read_song(bytes, 100'000);
  if (!file) {
    require(file.error().detail <= bytes.size());
    require(!song && song.error() == file.error());
    return false;
  }
  require(file->tracks().size() == file->header().tracks);
  check_events(*file, bytes, file->events(), file->tempo_map());
  for (unsigned i = 0; i < file->header().tracks && i < 16; ++i)
    check_events(*file, bytes, file->events(i), file->tempo_map(i));
  check_writer(*file, bytes);
  check_music(*file);

  if (!song) {
    require(song.error().code == errc::midi_too_many && song.error().detail <= bytes.size());
    return true;
  }
  nanoseconds last{0};
  for (const auto& e : song->events) {
    require(e.time >= last && e.time <= song->duration);
    last = e.time;
  }
  return true;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const bytes_view bytes{data, size};
  check_file(bytes);
  if (size >= 3) require(check_file(file_around(bytes)));
  // Without a header in front the same bytes give more events.
  if (size >= 25) require(check_file(file_around(bytes.subspan(22))));
  return 0;
}
