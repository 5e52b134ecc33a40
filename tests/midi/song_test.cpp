#include <jamnet/midi/song.hpp>

#include <vector>

#include <doctest/doctest.h>

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

using bytes = std::vector<std::uint8_t>;

bytes file_of(std::uint8_t format, std::initializer_list<bytes> tracks) {
  bytes b{'M', 'T', 'h', 'd', 0, 0, 0, 6, 0, format, 0, static_cast<std::uint8_t>(tracks.size()),
          0,   96};
  for (const auto& t : tracks) {
    b.insert(b.end(), {'M', 'T', 'r', 'k', 0, 0, 0, static_cast<std::uint8_t>(t.size())});
    b.insert(b.end(), t.begin(), t.end());
  }
  return b;
}

const bytes tempo_250ms{0, 0xff, 0x51, 3, 0x03, 0xd0, 0x90, 96, 0xff, 0x2f, 0};
const bytes two_notes{48, 0x90, 60, 100, 48, 60, 0};

} // namespace

TEST_CASE("a song is the packets of all tracks in the order of their times") {
  const auto song = read_song(file_of(1, {tempo_250ms, two_notes, {60, 0xc1, 5}}));
  REQUIRE(song);
  REQUIRE(song->events.size() == 3);
  CHECK(song->events[0].time == 125ms);
  CHECK(song->events[0].track == 1);
  CHECK(song->events[0].packet == midi1(0x90, 60, 100));
  CHECK(song->events[1].time == 156250us);
  CHECK(song->events[1].packet == midi1(0xc1, 5));
  CHECK(song->events[2].time == 250ms);
  CHECK(song->duration == 250ms);
}

TEST_CASE("patterns play one after the other, each at its own tempo") {
  const auto song = read_song(file_of(2, {tempo_250ms, two_notes, two_notes}));
  REQUIRE(song);
  REQUIRE(song->events.size() == 4);
  CHECK(song->events[0].time == 500ms); // after 250 ms, at 120 a minute
  CHECK(song->events[3].time == 1250ms);
  CHECK(song->events[3].track == 2);
  CHECK(song->duration == 1250ms);
}

TEST_CASE("tracks do not mix up each other's SysEx") {
  const auto song = read_song(
      file_of(1, {{0, 0xf0, 7, 1, 2, 3, 4, 5, 6, 7, 2, 0xf7, 1, 0xf7}, {1, 0xf0, 2, 9, 0xf7}}));
  REQUIRE(song);
  REQUIRE(song->events.size() == 3);
  CHECK(song->events[0].packet == ump{{0x30160102, 0x03040506}});
  CHECK(song->events[1].packet == ump{{0x30010900, 0}});
  CHECK(song->events[2].packet == ump{{0x30310700, 0}});
}

TEST_CASE("a song of more packets than allowed is refused at the first too many") {
  const auto file = file_of(0, {two_notes});
  CHECK(read_song(file, 2));
  const auto song = read_song(file, 1);
  REQUIRE_FALSE(song);
  CHECK(song.error() == failure{errc::midi_too_many, 27});
}

TEST_CASE("a broken file is refused for its own reason") {
  CHECK(read_song({}).error() == failure{errc::midi_header, 0});
}

TEST_CASE("times beyond 292 years saturate instead of running backwards") {
  bytes forever{0, 0xff, 0x51, 3, 0xff, 0xff, 0xff};
  for (int i = 0; i < 40; ++i) forever.insert(forever.end(), {0xff, 0xff, 0xff, 0x7f, 0xc0, 1});
  auto file = file_of(2, {forever, forever});
  file[13] = 1; // a tick is 16 seconds
  const auto song = read_song(file);
  REQUIRE(song);
  CHECK(song->events.back().time == song->duration);
  CHECK(song->duration == nanoseconds::max());
  for (std::size_t i = 1; i < song->events.size(); ++i)
    CHECK(song->events[i].time >= song->events[i - 1].time);
}
