#include <jamnet/midi/smf_music.hpp>

#include <vector>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/midi/smf_writer.hpp>

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

using bytes = std::vector<std::uint8_t>;

// A file that is written tick by tick.
struct score {
  explicit score(unsigned format = 1, unsigned tracks = 1, smf_division division = {})
      : out{{static_cast<std::uint16_t>(format), static_cast<std::uint16_t>(tracks), division}} {}

  void meta(std::uint64_t tick, std::uint8_t type, const bytes& data, unsigned track = 0) {
    REQUIRE(
        out.try_add({.tick = tick, .track = track, .status = 0xff, .meta = type, .data = data}));
  }
  void tempo(std::uint64_t tick, std::uint32_t us, unsigned track = 0) {
    meta(tick, 0x51,
         {static_cast<std::uint8_t>(us >> 16), static_cast<std::uint8_t>(us >> 8),
          static_cast<std::uint8_t>(us)},
         track);
  }
  void signature(std::uint64_t tick, std::uint8_t beats, std::uint8_t power, unsigned track = 0) {
    meta(tick, 0x58, {beats, power, 24, 8}, track);
  }
  const bytes& file() {
    written = *out.finish();
    return written;
  }
  smf_writer out;
  bytes written;
};

failure failure_of(score& s) {
  const auto file = smf_file::open(s.file());
  REQUIRE(file);
  const auto map = music_of(*file);
  return map ? failure{} : map.error();
}

} // namespace

TEST_CASE("tempi and signatures of all tracks make a map with the file's ticks") {
  score s{1, 2, {.ticks = 480}};
  s.tempo(0, 500'000);
  s.tempo(960, 400'000);
  s.tempo(960, 250'000); // of several the last counts
  s.signature(0, 3, 2, 1);
  s.signature(1440, 6, 3, 1);
  const auto file = smf_file::open(s.file());
  REQUIRE(file);
  const auto map = music_of(*file);
  REQUIRE(map);
  CHECK(map->ppq() == 480);
  CHECK(map->time_at({960}) == 1s);
  CHECK(map->time_at({1440}) == 1250ms);
  CHECK(to_text(map->position_at(1250ms)).view() == "002.01.000");
  CHECK(map->meter().signature_at({1440}) == time_signature{6, 8});
  CHECK(map->tempo().bpm_at({960}) == 240);
}

TEST_CASE("without any there are 120 quarter notes a minute, four to the bar") {
  score s;
  s.tempo(0, 0);              // means nothing
  s.meta(0, 0x58, {3, 2, 9}); // nor does this
  const auto file = smf_file::open(s.file());
  const auto map = music_of(*file);
  REQUIRE(map);
  CHECK(map->time_at({480}) == 500ms);
  CHECK(map->meter().signature_at({0}) == time_signature{4, 4});
}

TEST_CASE("ticks and times are those of the file's own map, both ways, after hours of changes") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    CAPTURE(seed);
    random_source random{seed};
    score s{0, 1, {.ticks = static_cast<std::uint16_t>(1 + random.next() % 32'767)}};
    std::uint64_t end = 0;
    std::vector<std::uint32_t> tempi;
    for (int i = 0; i < 500; ++i, end += random.next() % 1'000'000) {
      tempi.push_back(static_cast<std::uint32_t>(60'061 + random.next() % 2'000'000));
      s.tempo(end, tempi.back());
    }
    const auto file = smf_file::open(s.file());
    const auto exact = file->tempo_map();
    const auto map = music_of(*file);
    REQUIRE(map);
    for (int i = 0; i < 2000; ++i) {
      const auto tick = random.next() % end;
      CAPTURE(tick);
      const ticks t{static_cast<std::int64_t>(tick)};
      const nanoseconds ours = map->time_at(t), theirs = exact.time_at(tick); // rounded down
      REQUIRE(ours >= theirs);
      REQUIRE(ours <= theirs + 1ns);
      REQUIRE(map->tick_at(ours) == t);
      REQUIRE(exact.tick_at(theirs) == tick);
    }
    for (const auto& point : exact.points())
      REQUIRE(nearest(60e6 / map->tempo().bpm_at({static_cast<std::int64_t>(point.tick)})) ==
              point.tempo);
  }
}

TEST_CASE("what is no music is refused by name") {
  score smpte{0, 1, {.ticks = 40, .frames = 25}};
  CHECK(failure_of(smpte) == failure{errc::midi_division, 12});
  score patterns{2, 2};
  patterns.tempo(0, 250'000, 1);
  CHECK(failure_of(patterns) == failure{errc::midi_format, 8});
  const auto file = smf_file::open(patterns.written);
  CHECK(music_of(*file, 0)->time_at({480}) == 500ms);
  CHECK(music_of(*file, 1)->time_at({480}) == 250ms);

  score fast;
  fast.tempo(0, 500'000);
  fast.tempo(9, 60'060); // 999.001
  CHECK(failure_of(fast) == failure{errc::tempo_range, 1});
  score slow;
  slow.tempo(0, 0xff'ffff); // 3.6
  CHECK(failure_of(slow) == failure{});
  for (const auto& [beats, power] : {std::pair{0, 2}, {4, 7}, {4, 8}, {4, 255}}) {
    score odd;
    odd.signature(0, static_cast<std::uint8_t>(beats), static_cast<std::uint8_t>(power));
    CHECK(failure_of(odd) == failure{errc::signature_range, 0});
  }
  score coarse{1, 1, {.ticks = 5}};
  coarse.signature(0, 7, 3); // an eighth is 2.5 ticks
  CHECK(failure_of(coarse) == failure{errc::signature_range, 0});
  score endless{1, 1, {.ticks = 1}};
  for (std::uint64_t i = 1; i <= 3; ++i) endless.tempo(i * 0xfff'ffff, 0xff'ffff);
  CHECK(failure_of(endless) == failure{errc::position_range, 0});
}
