#include <jamnet/midi/standard_midi_file.hpp>

#include <vector>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

using bytes = std::vector<std::uint8_t>;

bytes header(unsigned format, unsigned tracks, unsigned division) {
  bytes b{'M', 'T', 'h', 'd', 0, 0, 0, 6};
  for (const unsigned n : {format, tracks, division}) {
    b.push_back(static_cast<std::uint8_t>(n >> 8));
    b.push_back(static_cast<std::uint8_t>(n));
  }
  return b;
}

bytes chunk(const char* type, const bytes& data) {
  bytes b(type, type + 4);
  for (const int shift : {24, 16, 8, 0})
    b.push_back(static_cast<std::uint8_t>(data.size() >> shift));
  b.insert(b.end(), data.begin(), data.end());
  return b;
}

bytes join(std::initializer_list<bytes> parts) {
  bytes b;
  for (const auto& part : parts) b.insert(b.end(), part.begin(), part.end());
  return b;
}

bytes file_of(unsigned format, std::initializer_list<bytes> tracks, unsigned division = 96) {
  auto b = header(format, static_cast<unsigned>(tracks.size()), division);
  for (const auto& track : tracks) b = join({b, chunk("MTrk", track)});
  return b;
}

failure failure_of(const bytes& file) {
  const auto opened = smf_file::open(file);
  return opened ? failure{} : opened.error();
}

} // namespace

TEST_CASE("the header says format, tracks and division") {
  const auto musical = file_of(1, {{}, {}}, 480);
  const auto file = smf_file::open(musical);
  REQUIRE(file);
  CHECK(file->header().format == 1);
  CHECK(file->header().tracks == 2);
  CHECK(file->header().division == smf_division{.ticks = 480});
  CHECK(file->tracks().size() == 2);

  for (const unsigned frames : {24u, 25u, 29u, 30u}) {
    const auto smpte = file_of(0, {{}}, (0x100 - frames) << 8 | 40);
    const auto opened = smf_file::open(smpte);
    REQUIRE(opened);
    CHECK(opened->header().division ==
          smf_division{.ticks = 40, .frames = static_cast<std::uint8_t>(frames)});
  }
}

TEST_CASE("a longer header, unknown chunks and bytes after the last track are skipped") {
  auto long_header = header(1, 2, 96);
  long_header[7] = 8;
  const auto b = join({long_header,
                       {1, 2},
                       chunk("XFIH", {1, 2, 3}),
                       chunk("MTrk", {}),
                       chunk("MThd", {}),
                       chunk("MTrk", {0, 0xc0, 1}),
                       {9, 9, 9}});
  const auto file = smf_file::open(b);
  REQUIRE(file);
  CHECK(file->tracks().size() == 2);
  CHECK(file->tracks()[1].data.size() == 3);
}

TEST_CASE("tracks are merged by tick, at one tick in the order of tracks, each in its own") {
  const auto b = file_of(1, {{0, 0xc0, 0, 0, 1, 10, 2, 0, 0xff, 0x2f, 0},
                             {},
                             {0, 0xc0, 3, 5, 4, 5, 5, 5, 6},
                             {10, 0xc0, 7}});
  const auto file = smf_file::open(b);
  REQUIRE(file);
  struct seen {
    std::uint64_t tick;
    unsigned track, value;
    bool operator==(const seen&) const = default;
  };
  std::vector<seen> all;
  auto events = file->events();
  for (smf_event e; events.try_next(e);)
    all.push_back({e.tick, e.track, e.kind() == smf_kind::meta ? 255u : e.data[0]});
  CHECK(all == std::vector<seen>{{0, 0, 0},
                                 {0, 0, 1},
                                 {0, 2, 3},
                                 {5, 2, 4},
                                 {10, 0, 2},
                                 {10, 0, 255},
                                 {10, 2, 5},
                                 {10, 3, 7},
                                 {15, 2, 6}});
  CHECK(file->end_tick() == 15);
  CHECK(file->tracks()[0].end_tick == 10);
}

TEST_CASE("the merge of any tracks is sorted, complete and stable") {
  random_source random{1};
  for (int round = 0; round < 100; ++round) {
    CAPTURE(round);
    const auto tracks = 1 + random.next() % 40;
    auto b = header(1, static_cast<unsigned>(tracks), 96);
    std::size_t total = 0;
    for (std::uint64_t i = 0; i < tracks; ++i) {
      bytes track;
      for (auto n = random.next() % 50; n > 0; --n, ++total)
        track.insert(track.end(), {static_cast<std::uint8_t>(random.next() % 4), 0xc0, 0});
      b = join({b, chunk("MTrk", track)});
    }
    const auto file = smf_file::open(b);
    REQUIRE(file);
    auto events = file->events();
    smf_event last, e;
    for (; events.try_next(e); --total) {
      CHECK((e.tick > last.tick || (e.tick == last.tick && e.track >= last.track)));
      if (e.track == last.track && last.data.data()) CHECK(e.data.data() > last.data.data());
      last = e;
    }
    CHECK(total == 0);
  }
}

TEST_CASE("a track counts the notes it starts and knows its last tick") {
  const auto b = file_of(0, {{0, 0x90, 60, 1, 4, 60, 0, 4, 61, 1, 4, 0x80, 61, 1}});
  const auto file = smf_file::open(b);
  REQUIRE(file);
  CHECK(file->tracks()[0].notes == 2);
  CHECK(file->end_tick() == 12);
}

TEST_CASE("the tempo map follows the changes of all tracks; a pattern only its own") {
  const bytes slow{96, 0xff, 0x51, 3, 0x0f, 0x42, 0x40}; // 1 s from the second quarter note on
  const bytes fast{0, 0xff, 0x51, 3, 0x03, 0xd0, 0x90};  // 250 ms
  const auto together = file_of(1, {slow, fast});
  CHECK(smf_file::open(together)->tempo_map().time_at(192) == 1250ms);
  const auto patterns = file_of(2, {slow, fast});
  const auto file = smf_file::open(patterns);
  REQUIRE(file);
  CHECK(file->tempo_map(0).time_at(192) == 1500ms);
  CHECK(file->tempo_map(1).time_at(192) == 500ms);
  auto events = file->events(1);
  smf_event e;
  REQUIRE(events.try_next(e));
  CHECK(e.track == 1);
  CHECK(e.tick == 0);
  CHECK_FALSE(events.try_next(e));
}

TEST_CASE("whatever is no Standard MIDI File is refused, with the offset") {
  struct {
    bytes file;
    failure why;
  } const cases[] = {
      {{}, {errc::midi_header, 0}},
      {{'R', 'I', 'F', 'F'}, {errc::midi_header, 0}},
      {{'M', 'T', 'h', 'd'}, {errc::midi_truncated, 4}},
      {{'M', 'T', 'h', 'd', 0, 0, 0, 5, 0, 0, 0, 1, 0}, {errc::midi_length, 4}},
      {{'M', 'T', 'h', 'd', 0, 0, 0, 6, 0, 0}, {errc::midi_truncated, 10}},
      {{'M', 'T', 'h', 'd', 0xff, 0xff, 0xff, 0xff, 0, 1, 0, 1, 0, 96}, {errc::midi_truncated, 14}},
      {header(3, 1, 96), {errc::midi_format, 8}},
      {header(0, 2, 96), {errc::midi_format, 10}},
      {header(1, 1, 0), {errc::midi_division, 12}},
      {header(1, 1, 0xe200), {errc::midi_division, 12}},
      {header(1, 1, 0xe528), {errc::midi_division, 12}},
      {header(1, 1, 96), {errc::midi_format, 14}},      // a track is missing
      {header(1, 0xffff, 96), {errc::midi_format, 14}}, // 65535 are
      {join({header(1, 1, 96), {'M', 'T', 'r', 'k', 0}}), {errc::midi_truncated, 19}},
      {join({header(1, 1, 96), {'M', 'T', 'r', 'k', 0, 0x98, 0x96, 0x80, 0}}),
       {errc::midi_length, 18}}, // ten million bytes
      {join({header(1, 1, 96), chunk("MTrk", {0, 0x90, 60, 0x80})}), {errc::midi_data, 25}},
      {join({header(1, 2, 96), chunk("MTrk", {0, 0xc0, 1}), chunk("MTrk", {0, 1})}),
       {errc::midi_status, 34}},
  };
  for (const auto& c : cases) {
    CAPTURE(&c - cases);
    CHECK(failure_of(c.file) == c.why);
  }
}

TEST_CASE("every beginning of a file is refused or is a file") {
  const auto whole = file_of(1, {{0, 0xc0, 1, 0, 0xff, 0x2f, 0}, {0, 0xf0, 2, 1, 0xf7}});
  CHECK(failure_of(whole) == failure{});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto why = failure_of({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
    CHECK(why.code != errc{});
    CHECK(why.detail <= size);
  }
}

TEST_CASE("taking events from a cursor never allocates") {
  const auto b = file_of(1, {{0, 0xc0, 0, 5, 1}, {0, 0xc1, 0, 3, 1}});
  const auto file = smf_file::open(b);
  REQUIRE(file);
  auto events = file->events();
  unsigned count = 0;
  {
    testing::rt_guard guard;
    for (smf_event e; events.try_next(e);) ++count;
  }
  CHECK(count == 4);
}
