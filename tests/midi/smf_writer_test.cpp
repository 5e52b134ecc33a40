#include <jamnet/midi/smf_writer.hpp>

#include <algorithm>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;

namespace {

using bytes = std::vector<std::uint8_t>;

bytes file_of(unsigned format, std::initializer_list<bytes> tracks) {
  bytes b{'M', 'T',
          'h', 'd',
          0,   0,
          0,   6,
          0,   static_cast<std::uint8_t>(format),
          0,   static_cast<std::uint8_t>(tracks.size()),
          0,   96};
  for (const auto& track : tracks) {
    b.insert(b.end(), {'M', 'T', 'r', 'k', 0, 0, 0, static_cast<std::uint8_t>(track.size())});
    b.insert(b.end(), track.begin(), track.end());
  }
  return b;
}

bytes rewritten(bytes_view original, smf_write_options options = {.end_tracks = false}) {
  const auto file = smf_file::open(original);
  REQUIRE(file);
  smf_writer out{file->header(), options};
  auto events = file->events();
  for (smf_event e; events.try_next(e);) CHECK(out.try_add(e));
  const auto copy = out.finish();
  REQUIRE(copy);
  return *copy;
}

failure failure_of(smf_header header, std::initializer_list<smf_event> events,
                   smf_write_options options = {}) {
  smf_writer out{header, options};
  for (const auto& e : events) out.try_add(e);
  CHECK(out.failed() == !out.finish());
  return out.failed() ? out.error() : failure{};
}

const smf_header one_track{.format = 0, .tracks = 1, .division = {.ticks = 96}};

} // namespace

TEST_CASE("a file is its header and its tracks, each with an end") {
  const bytes note{60, 100};
  smf_writer out{{.format = 1, .tracks = 2, .division = {.ticks = 96}}};
  CHECK(out.try_add({.tick = 200, .track = 1, .status = 0x90, .data = note}));
  CHECK(*out.finish() ==
        file_of(1, {{0, 0xff, 0x2f, 0}, {0x81, 0x48, 0x90, 60, 100, 0, 0xff, 0x2f, 0}}));
}

TEST_CASE("what was read is written again byte for byte, running status as the source had it") {
  for (const auto& file : {
           file_of(0, {{0, 0xc0, 1, 0, 0xff, 0x2f, 0}}),
           file_of(1, {{}, {5, 0xc0, 1}, {}}), // no end of track
           file_of(1, {{0, 0xc0, 0, 0, 1, 10, 0xc0, 2}, {3, 0x91, 60, 1, 4, 60, 0}}),
           file_of(0, {{0, 0xc5, 1, 0, 0xff, 1, 1, 'x', 0, 3}}), // runs on after a meta event
           file_of(0, {{0, 0xf0, 3, 1, 2, 3, 9, 0xf7, 2, 4, 0xf7, 0, 0xf7, 1, 0xfa, 0, 0xf0, 0}}),
           file_of(2, {{0, 0xff, 0, 0}, {0xff, 0xff, 0xff, 0x7f, 0xff, 0x2f, 2, 1, 2}}),
       })
    CHECK(rewritten(file) == file);
}

TEST_CASE("a delta and a length take one to four bytes, never more than they need") {
  struct {
    std::uint32_t delta;
    bytes encoded;
  } const cases[] = {
      {0, {0}},
      {0x7f, {0x7f}},
      {0x80, {0x81, 0x00}},
      {0x3fff, {0xff, 0x7f}},
      {0x4000, {0x81, 0x80, 0x00}},
      {0x1fffff, {0xff, 0xff, 0x7f}},
      {0x200000, {0x81, 0x80, 0x80, 0x00}},
      {0x0fffffff, {0xff, 0xff, 0xff, 0x7f}},
  };
  for (const auto& c : cases) {
    CAPTURE(c.delta);
    const bytes program{1};
    smf_writer out{one_track, {.end_tracks = false}};
    CHECK(out.try_add({.tick = c.delta, .status = 0xc0, .data = program}));
    auto track = c.encoded;
    track.insert(track.end(), {0xc0, 1});
    CHECK(*out.finish() == file_of(0, {track}));
  }
  const bytes text(200, 'x');
  smf_writer out{one_track, {.end_tracks = false}};
  CHECK(out.try_add({.status = 0xff, .meta = 1, .data = text}));
  const auto file = out.finish();
  REQUIRE(file->size() == 14 + 8 + 5 + 200);
  CHECK(bytes(file->begin() + 22, file->begin() + 27) == bytes{0, 0xff, 1, 0x81, 0x48});
}

TEST_CASE("running status is written never, always where the standard allows it, or as marked") {
  const auto marked = file_of(0, {{0, 0xc0, 1, 0, 2, 0, 0xc0, 3, 0, 0xff, 1, 0, 0, 4, 0, 5}});
  CHECK(rewritten(marked) == marked);
  CHECK(rewritten(marked, {.running = smf_running::never, .end_tracks = false}) ==
        file_of(0, {{0, 0xc0, 1, 0, 0xc0, 2, 0, 0xc0, 3, 0, 0xff, 1, 0, 0, 0xc0, 4, 0, 0xc0, 5}}));
  CHECK(rewritten(marked, {.running = smf_running::always, .end_tracks = false}) ==
        file_of(0, {{0, 0xc0, 1, 0, 2, 0, 3, 0, 0xff, 1, 0, 0, 0xc0, 4, 0, 5}}));
}

TEST_CASE("a mark without a like status before it is not followed") {
  const bytes program{1};
  smf_writer out{{.format = 1, .tracks = 2, .division = {.ticks = 96}}, {.end_tracks = false}};
  CHECK(out.try_add({.track = 0, .status = 0xc0, .running = true, .data = program}));
  CHECK(out.try_add({.track = 0, .status = 0xc1, .running = true, .data = program}));
  CHECK(out.try_add({.track = 1, .status = 0xc1, .running = true, .data = program}));
  CHECK(*out.finish() == file_of(1, {{0, 0xc0, 1, 0, 0xc1, 1}, {0, 0xc1, 1}}));
}

TEST_CASE("every division a file may have survives") {
  for (const smf_division division :
       {smf_division{.ticks = 1}, smf_division{.ticks = 0x7fff},
        smf_division{.ticks = 40, .frames = 25}, smf_division{.ticks = 255, .frames = 29}}) {
    const auto file = smf_writer{{.format = 0, .tracks = 1, .division = division}}.finish();
    REQUIRE(file);
    CHECK(smf_file::open(*file)->header().division == division);
  }
}

TEST_CASE("a header that no file may have is refused") {
  CHECK(failure_of({.format = 3, .tracks = 1}, {}) == failure{errc::midi_format, 8});
  CHECK(failure_of({.format = 0, .tracks = 2}, {}) == failure{errc::midi_format, 10});
  for (const smf_division division :
       {smf_division{.ticks = 0}, smf_division{.ticks = 0x8000},
        smf_division{.ticks = 0xe728}, // would read as SMPTE
        smf_division{.ticks = 0, .frames = 25}, smf_division{.ticks = 256, .frames = 25},
        smf_division{.ticks = 40, .frames = 26}})
    CHECK(failure_of({.format = 1, .tracks = 1, .division = division}, {}) ==
          failure{errc::midi_division, 12});
  CHECK(failure_of({.format = 1, .tracks = 0}, {}) == failure{});
}

TEST_CASE("whatever no file can hold is refused, with the byte of the chunk where it would be") {
  const bytes one{1}, two{1, 2}, high{0x80};
  const smf_event program{.tick = 10, .status = 0xc0, .data = one};
  struct {
    smf_event event;
    failure why;
  } const cases[] = {
      {{.tick = 10, .track = 1, .status = 0xc0, .data = one}, {errc::midi_format, 0}},
      {{.tick = 9, .status = 0xc0, .data = one}, {errc::midi_time, 3}},
      {{.tick = 10 + 0x10000000, .status = 0xc0, .data = one}, {errc::midi_time, 3}},
      {{.tick = ~std::uint64_t{0}, .status = 0xc0, .data = one}, {errc::midi_time, 3}},
      {{.tick = 10, .status = 0x7f, .data = one}, {errc::midi_status, 3}},
      {{.tick = 10, .status = 0xf1, .data = one}, {errc::midi_status, 3}},
      {{.tick = 10, .status = 0xfe}, {errc::midi_status, 3}},
      {{.tick = 10, .status = 0xc0, .data = two}, {errc::midi_length, 3}},
      {{.tick = 10, .status = 0x90, .data = one}, {errc::midi_length, 3}},
      {{.tick = 10, .status = 0xc0, .data = high}, {errc::midi_data, 3}},
      {{.tick = 10, .status = 0xff, .meta = 0x80}, {errc::midi_data, 3}},
  };
  for (const auto& c : cases) {
    CAPTURE(&c - cases);
    CHECK(failure_of(one_track, {program, c.event}) == c.why);
    CHECK(failure_of(one_track, {program, c.event, program}) == c.why); // the first one stays
  }
  const smf_event end{.tick = 10, .status = 0xff, .meta = 0x2f};
  CHECK(failure_of(one_track, {program, end}) == failure{});
  CHECK(failure_of(one_track, {program, end, program}) == failure{errc::midi_order, 7});
}

TEST_CASE("a chunk grows up to its limit, with room for its end") {
  const bytes program{1};
  const smf_event e{.status = 0xc0, .data = program};
  CHECK(failure_of(one_track, {e, e}, {.max_chunk = 10}) == failure{});
  CHECK(failure_of(one_track, {e, e}, {.max_chunk = 9}) == failure{errc::midi_length, 3});
  CHECK(failure_of(one_track, {e, e}, {.end_tracks = false, .max_chunk = 6}) == failure{});
  CHECK(failure_of(one_track, {e, e}, {.end_tracks = false, .max_chunk = 5}) ==
        failure{errc::midi_length, 3});
  const smf_event end{.status = 0xff, .meta = 0x2f};
  CHECK(failure_of(one_track, {e, e, end}, {.max_chunk = 10}) == failure{});
  CHECK(failure_of(one_track, {e}, {.max_chunk = 1}) == failure{errc::midi_length, 0});
}

TEST_CASE("any events that are taken read back as the same events, in any style") {
  random_source random{1};
  for (int round = 0; round < 300; ++round) {
    CAPTURE(round);
    const auto below = [&](std::uint64_t n) { return random.next() % n; };
    const auto tracks = static_cast<std::uint16_t>(1 + below(4));
    const smf_write_options options{.running = static_cast<smf_running>(below(3)),
                                    .end_tracks = false};
    smf_writer out{{.format = 1, .tracks = tracks, .division = {.ticks = 96}}, options};
    bytes data(256);
    for (auto& byte : data) byte = static_cast<std::uint8_t>(below(128));
    std::vector<smf_event> events;
    std::uint64_t tick = 0;
    for (auto n = below(60); n > 0; --n) {
      tick += below(3) == 0 ? below(1000) : 0;
      smf_event e{.tick = tick, .track = static_cast<unsigned>(below(tracks))};
      const std::uint8_t longs[]{0xf0, 0xf7, 0xff};
      e.status = below(3) == 0 ? longs[below(3)] : static_cast<std::uint8_t>(0xb0 + below(0x20));
      e.running = below(2) == 0;
      if (e.kind() == smf_kind::meta) e.meta = static_cast<std::uint8_t>(below(0x2f));
      const auto size = e.kind() == smf_kind::channel ? (e.status >= 0xc0 ? 1 : 2) : below(200);
      e.data = bytes_view(data).subspan(below(40), size);
      REQUIRE(out.try_add(e));
      events.push_back(e);
    }
    std::stable_sort(events.begin(), events.end(), [](const smf_event& a, const smf_event& b) {
      return a.tick != b.tick ? a.tick < b.tick : a.track < b.track;
    });
    const auto file = out.finish();
    REQUIRE(file);
    const auto opened = smf_file::open(*file);
    REQUIRE(opened);
    auto cursor = opened->events();
    for (const auto& was : events) {
      smf_event e;
      REQUIRE(cursor.try_next(e));
      CHECK((e.tick == was.tick && e.track == was.track && e.status == was.status &&
             e.meta == was.meta &&
             std::equal(e.data.begin(), e.data.end(), was.data.begin(), was.data.end())));
    }
    smf_event e;
    CHECK_FALSE(cursor.try_next(e));
    CHECK(rewritten(*file) == *file);
  }
}

TEST_CASE("writing into a sink that does not allocate never allocates") {
  const bytes program{1};
  smf_writer out{one_track};
  CHECK(out.try_add({.status = 0xc0, .data = program}));
  std::size_t size = 0;
  bool written = false;
  {
    testing::rt_guard guard;
    written = out.try_write([&](bytes_view piece) { size += piece.size(); });
  }
  CHECK(written);
  CHECK(size == out.finish()->size());
}
