#include <jamnet/midi/smf_tempo_map.hpp>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace std::chrono_literals;

TEST_CASE("without a tempo a quarter note lasts half a second") {
  const smf_tempo_map map{{.ticks = 96}};
  CHECK(map.time_at(0) == 0s);
  CHECK(map.time_at(96) == 500ms);
  CHECK(map.time_at(1) == 5208333ns); // rounded down
  CHECK(map.time_at(96ull * 2 * 3600 * 1000) == 1000h);
}

TEST_CASE("each tempo holds from its tick on, and of several at one tick the last counts") {
  smf_tempo_map map{{.ticks = 480}};
  map.set_tempo(480, 100'000);
  map.set_tempo(480, 1'000'000);
  map.set_tempo(960, 250'000);
  CHECK(map.points().size() == 3);
  CHECK(map.time_at(480) == 500ms);
  CHECK(map.time_at(720) == 1s);
  CHECK(map.time_at(960) == 1500ms);
  CHECK(map.time_at(1440) == 1750ms);
}

TEST_CASE("a tempo at the first tick replaces the default, a tempo of 0 means nothing") {
  smf_tempo_map map{{.ticks = 480}};
  map.set_tempo(0, 0);
  CHECK(map.time_at(480) == 500ms);
  map.set_tempo(0, 600'000);
  map.set_tempo(480, 0);
  CHECK(map.time_at(960) == 1200ms);
}

TEST_CASE("parts of a frame have a fixed length, whatever the tempo") {
  for (const unsigned frames : {24u, 25u, 30u}) {
    CAPTURE(frames);
    smf_tempo_map map{{.ticks = 80, .frames = static_cast<std::uint8_t>(frames)}};
    map.set_tempo(10, 1);
    CHECK(map.points().size() == 1);
    CHECK(map.time_at(frames * 80) == 1s);
    CHECK(map.time_at(frames * 80 * 3600) == 1h);
    CHECK(map.tick_at(1h) == frames * 80 * 3600);
  }
  const smf_tempo_map drop{{.ticks = 100, .frames = 29}};
  CHECK(drop.time_at(3000) == 1001ms);
  CHECK(drop.time_at(3000ull * 3600) == 3603600ms);
  CHECK(drop.tick_at(1001ms) == 3000);
  CHECK(drop.tick_at(1001ms - 1ns) == 2999);
}

TEST_CASE("a million tempo changes accumulate no error") {
  // A third of a microsecond a tick: no change falls on a whole nanosecond.
  smf_tempo_map map{{.ticks = 3}};
  std::uint64_t parts = 0; // thirds of a nanosecond
  for (std::uint64_t tick = 0; tick < 1'000'000; ++tick) {
    const auto tempo = static_cast<std::uint32_t>(1 + tick % 2);
    map.set_tempo(tick, tempo);
    parts += tempo * 1000;
  }
  CHECK(map.time_at(1'000'000) == nanoseconds{static_cast<std::int64_t>(parts / 3)});
}

TEST_CASE("tick_at gives the last tick that has begun: the inverse of time_at") {
  random_source random{1};
  for (int round = 0; round < 200; ++round) {
    CAPTURE(round);
    const auto pick = [&](std::uint64_t below) { return random.next() % below; };
    smf_tempo_map map{{.ticks = static_cast<std::uint16_t>(1 + pick(0x7fff))}};
    std::uint64_t tick = 0;
    for (int i = 0; i < 20; ++i, tick += pick(5000))
      map.set_tempo(tick, static_cast<std::uint32_t>(33 + pick(0xffffff - 33)));
    for (int i = 0; i < 100; ++i) {
      const auto t = pick(tick + 5000);
      CHECK(map.tick_at(map.time_at(t)) == t);
      CHECK(map.tick_at(map.time_at(t + 1) - 1ns) == t);
    }
  }
  CHECK(smf_tempo_map{}.tick_at(-1ns) == 0);
}

TEST_CASE("a tick beyond 292 years is at the end of time, not before the start") {
  smf_tempo_map map{{.ticks = 1}};
  map.set_tempo(0, 0xffffff);
  map.set_tempo(std::uint64_t{1} << 62, 0xfffffe);
  CHECK(map.time_at(~std::uint64_t{0}) == nanoseconds::max());
  CHECK(map.time_at(std::uint64_t{1} << 61) == nanoseconds::max());
  CHECK(map.tick_at(nanoseconds::max() - 1ns) < std::uint64_t{1} << 61);
}

TEST_CASE("asking for a time or a tick never allocates") {
  smf_tempo_map map;
  map.set_tempo(10, 1000);
  testing::rt_guard guard;
  CHECK(map.tick_at(map.time_at(100)) == 100);
}
