#include <jamnet/midi/midi_clip_file.hpp>

#include <vector>

#include <doctest/doctest.h>
#include <jamnet/midi/message.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;

namespace {

using bytes = std::vector<std::uint8_t>;

bytes clip_of(std::initializer_list<ump> packets) {
  bytes b{'S', 'M', 'F', '2', 'C', 'L', 'I', 'P'};
  for (const auto& p : packets)
    for (std::size_t i = 0; i < p.size(); ++i) {
      b.resize(b.size() + 4);
      store_be(b.data() + b.size() - 4, p.words[i]);
    }
  return b;
}

constexpr ump after(std::uint32_t ticks) { return {{0x0040'0000 | ticks}}; }
constexpr ump noop{}, quarter{{0x0030'0000 | 960}};
constexpr ump start{{0xf020'0000}}, end{{0xf021'0000}};
constexpr ump tempo{{0xd010'0000, 50'000'000}}, four_four{{0xd010'0001, 0x0402'0800}};
constexpr ump note = note_on{.note = 60}, off = note_off{.note = 60};
constexpr ump note2{{0x4090'3c00, 0x8000'0000}};
constexpr ump profile1{{0x3016'7e7f, 0x0d22'0201}}, profile2{{0x3026'0203, 0x0405'0607}},
    profile3{{0x3036'0809, 0x0a0b'0c0d}};
constexpr ump text{{0x3003'0102, 0x0300'0000}};

struct timed {
  std::uint64_t tick;
  ump packet;
  bool shared = false;
  bool operator==(const timed&) const = default;
};

std::vector<timed> all(midi_clip_cursor cursor) {
  std::vector<timed> events;
  for (midi_clip_event e; cursor.try_next(e);) events.push_back({e.tick, e.packet, e.shared});
  return events;
}

failure failure_of(const bytes& file) {
  const auto opened = midi_clip_file::open(file);
  return opened ? failure{} : opened.error();
}

} // namespace

TEST_CASE("the smallest clip file is a resolution, a start and an end") {
  const auto b = clip_of({after(0), quarter, after(0), start, after(1920), end});
  const auto clip = midi_clip_file::open(b);
  REQUIRE(clip);
  CHECK(clip->ticks_per_quarter_note() == 960);
  CHECK(clip->configuration_ticks() == 0);
  CHECK(clip->end_tick() == 1920);
  CHECK(all(clip->profiles()).empty());
  CHECK(all(clip->configuration()).empty());
  CHECK(all(clip->events()).empty());
}

TEST_CASE("profiles come first, then the configuration and the clip, each with its own ticks") {
  const auto b = clip_of({profile1, profile2,   profile3, after(0), quarter,  after(0),   tempo,
                          after(0), four_four,  after(5), text,     after(7), start,      after(0),
                          note,     after(960), off,      after(1), note2,    after(100), end});
  const auto clip = midi_clip_file::open(b);
  REQUIRE(clip);
  CHECK(all(clip->profiles()) ==
        std::vector<timed>{{0, profile1, true}, {0, profile2, true}, {0, profile3, true}});
  CHECK(all(clip->configuration()) == std::vector<timed>{{0, tempo}, {0, four_four}, {5, text}});
  CHECK(clip->configuration_ticks() == 12);
  CHECK(all(clip->events()) == std::vector<timed>{{0, note}, {960, off}, {961, note2}});
  CHECK(clip->end_tick() == 1061);
}

TEST_CASE("packets due at once may share a clockstamp, as those of the standard's own order do") {
  const auto b = clip_of({after(0), quarter, tempo, four_four, after(0), start, tempo, four_four,
                          after(3), note, note2, after(0), end});
  const auto clip = midi_clip_file::open(b);
  REQUIRE(clip);
  CHECK(all(clip->configuration()) == std::vector<timed>{{0, tempo, true}, {0, four_four, true}});
  CHECK(all(clip->events()) ==
        std::vector<timed>{{0, tempo, true}, {0, four_four, true}, {3, note}, {3, note2, true}});
}

TEST_CASE("a pause beyond twenty bits is several clockstamps, with or without packets between") {
  const auto b = clip_of({after(0), quarter, after(0), start, after(0xfffff), noop, after(1), note,
                          after(0xfffff), after(0xfffff), off, after(0xfffff), noop, noop,
                          after(0xfffff), end});
  const auto clip = midi_clip_file::open(b);
  REQUIRE(clip);
  CHECK(all(clip->events()) == std::vector<timed>{{0x100000, note}, {0x2ffffe, off}});
  CHECK(clip->end_tick() == 0x4ffffc);
}

TEST_CASE("reserved bits mean nothing, and packets of reserved types are handed on") {
  const ump future{{0x6000'0000}};
  const auto b = clip_of({{{0x0f40'0000}},
                          {{0x0f3f'0018}},
                          after(0),
                          {{0xf020'1234, 5, 6, 7}},
                          after(1),
                          future,
                          after(0),
                          end});
  const auto clip = midi_clip_file::open(b);
  REQUIRE(clip);
  CHECK(clip->ticks_per_quarter_note() == 24);
  CHECK(all(clip->events()) == std::vector<timed>{{1, future}});
}

TEST_CASE("whatever is no clip file is refused, with the offset") {
  CHECK(failure_of(bytes{}) == failure{errc::midi_header, 0});
  CHECK(failure_of(bytes{'S', 'M', 'F', '2'}) == failure{errc::midi_header, 0});
  CHECK(failure_of(bytes{'S', 'M', 'F', '2', 'C', 'O', 'N', 'T'}) == failure{errc::midi_header, 0});
  CHECK(failure_of(bytes{'M', 'T', 'h', 'd', 0, 0, 0, 6}) == failure{errc::midi_header, 0});

  struct {
    const char* what;
    failure why;
    bytes file;
  } const cases[] = {
      {"nothing", {errc::midi_truncated, 8}, clip_of({})},
      {"no resolution", {errc::midi_division, 12}, clip_of({after(0), start, after(0), end})},
      {"it is 0", {errc::midi_division, 12}, clip_of({after(0), {{0x0030'0000}}})},
      {"it is late", {errc::midi_time, 8}, clip_of({after(1), quarter})},
      {"it has no clockstamp", {errc::midi_time, 8}, clip_of({quarter})},
      {"it comes twice", {errc::midi_order, 20}, clip_of({after(0), quarter, after(0), quarter})},
      {"a note before it", {errc::midi_time, 8}, clip_of({note})},
      {"another SysEx", {errc::midi_time, 8}, clip_of({text, after(0), quarter})},
      {"a profile's end", {errc::midi_time, 8}, clip_of({profile3, after(0), quarter})},
      {"its start twice", {errc::midi_time, 16}, clip_of({profile1, profile1})},
      {"a start only", {errc::midi_order, 16}, clip_of({profile1, after(0), quarter})},
      {"no start", {errc::midi_order, 20}, clip_of({after(0), quarter, after(0), end})},
      {"two",
       {errc::midi_order, 40},
       clip_of({after(0), quarter, after(0), start, after(0), start})},
      {"no clockstamp", {errc::midi_time, 16}, clip_of({after(0), quarter, start})},
      {"no end",
       {errc::midi_truncated, 44},
       clip_of({after(0), quarter, after(0), start, after(0), note})},
      {"without clockstamp",
       {errc::midi_time, 36},
       clip_of({after(0), quarter, after(0), start, end})},
      {"late tempo", {errc::midi_order, 20}, clip_of({after(0), quarter, after(1), tempo})},
      {"tempo after others",
       {errc::midi_order, 32},
       clip_of({after(0), quarter, after(0), text, after(0), tempo})},
      {"two tempos",
       {errc::midi_order, 40},
       clip_of({after(0), quarter, after(0), tempo, after(0), tempo})},
      {"no tempo", {errc::midi_order, 20}, clip_of({after(0), quarter, after(0), four_four})},
  };
  for (const auto& c : cases) {
    CAPTURE(c.what);
    CHECK(failure_of(c.file) == c.why);
  }
}

TEST_CASE("nothing may follow the end of the clip, not even half a word") {
  auto b = clip_of({after(0), quarter, after(0), start, after(0), end});
  CHECK(failure_of(b) == failure{});
  const auto size = static_cast<std::uint32_t>(b.size());
  for (int i = 0; i < 5; ++i) {
    b.push_back(0);
    CHECK(failure_of(b) == failure{errc::midi_order, size});
  }
}

TEST_CASE("every beginning of a clip file is refused at its end") {
  const auto whole = clip_of({profile1, profile2, profile3, after(0), quarter, after(0), tempo,
                              after(1), start, after(0), note2, after(9), end});
  CHECK(failure_of(whole) == failure{});
  for (std::size_t size = 8; size < whole.size(); ++size) {
    const bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK(failure_of(part) == failure{errc::midi_truncated, static_cast<std::uint32_t>(size)});
  }
}

TEST_CASE("opening and reading a clip file never allocates") {
  const auto b = clip_of({after(0), quarter, after(0), start, after(0), note, after(1), end});
  unsigned count = 0;
  {
    testing::rt_guard guard;
    const auto clip = midi_clip_file::open(b);
    auto events = clip->events();
    for (midi_clip_event e; events.try_next(e);) ++count;
  }
  CHECK(count == 1);
}
