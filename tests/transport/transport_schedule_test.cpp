#include <jamnet/transport/transport_schedule.hpp>

#include <vector>

#include <doctest/doctest.h>
#include <jamnet/ring/latest.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace std::chrono_literals;

namespace schedule_laws { // beside the other tests in one program
namespace {

constexpr session_time at_s(double seconds) {
  return session_time{nanoseconds{static_cast<std::int64_t>(seconds * 1e9)}};
}
constexpr transport_state rolls(double since, double position, double bpm) {
  transport_state s;
  s.mode = transport_mode::playing;
  s.since = at_s(since);
  s.position = quarter_notes::from(position);
  s.bpm = bpm;
  return s;
}
// Stands; from 1 s on at 120, at 60 from bar 2, back to 0 in the middle of a beat, stops.
transport_schedule song() {
  transport_schedule s;
  s.add(rolls(1, 0, 120));
  s.add(rolls(3, 4, 60));
  s.add(rolls(5.5, 0, 60));
  auto end = rolls(7, 1.5, 60);
  end.mode = transport_mode::stopped;
  s.add(end);
  return s;
}

} // namespace

TEST_CASE("what holds at a time is the latest state that has begun by then") {
  const auto s = song();
  CHECK(s.at(at_s(-5)).mode == transport_mode::stopped);
  CHECK(s.at(at_s(0.999)).mode == transport_mode::stopped);
  CHECK(s.at(at_s(1)).bpm == 120);
  CHECK(s.at(at_s(3)).bpm == 60);
  CHECK(s.at(at_s(99)).mode == transport_mode::stopped);
  CHECK(s.position_at(at_s(2)) == quarter_notes::from(2));
  CHECK(s.position_at(at_s(5)) == quarter_notes::from(6));
  CHECK(s.position_at(at_s(6)) == quarter_notes::from(0.5));
  CHECK(s.position_at(at_s(99)) == quarter_notes::from(1.5));
  CHECK(to_text(s.bar_at(at_s(4))).view() == "002.02.000");
  CHECK(s.sooner_by(50ms).position_at(at_s(1.95)) == quarter_notes::from(2));
  CHECK(transport_schedule{}.states().size() == 1);
}

TEST_CASE("beats come in their order across changes, none twice and none left out") {
  const auto s = song();
  std::vector<double> times, positions;
  transport_moment beat;
  for (auto t = at_s(0); s.try_next_beat(t, beat); t = beat.time + 1ns) {
    times.push_back(static_cast<double>(beat.time.time_since_epoch().count()) * 1e-9);
    positions.push_back(beat.position.count());
  }
  CHECK(times == std::vector<double>{1, 1.5, 2, 2.5, 3, 4, 5, 5.5, 6.5});
  CHECK(positions == std::vector<double>{0, 1, 2, 3, 4, 5, 6, 0, 1});
  REQUIRE(s.try_next_bar(at_s(1.1), beat));
  CHECK(beat == transport_moment{at_s(3), quarter_notes::from(4)});
  REQUIRE(s.try_next_bar(at_s(3.1), beat));
  CHECK(beat == transport_moment{at_s(5.5), quarter_notes{}});
  CHECK_FALSE(s.try_next_bar(at_s(5.6), beat));
  CHECK(beat.time == at_s(5.5)); // untouched
  REQUIRE(s.try_next(quarter_notes::from(1.25), at_s(2), beat));
  CHECK(beat.time == at_s(6.75));
  CHECK_FALSE(s.try_next(quarter_notes::from(7), at_s(0), beat)); // sought away from before
}

TEST_CASE("a frame of a block has the time that its number says, before the block too") {
  const auto s = song();
  const auto block = at_s(1);
  CHECK(s.position_at(block, 24'000, 48'000) == quarter_notes::from(1));
  CHECK(transport_schedule::time_of(block, 1, 48'000) == block + 20'833ns);
  CHECK(transport_schedule::time_of(block, 2, 48'000) == block + 41'667ns);
  CHECK(transport_schedule::time_of(block, -2, 48'000) == block - 41'667ns);
  CHECK(transport_schedule::time_of(block, 48'000ll * 86'400, 48'000) == block + 24h);
}

TEST_CASE("an audio thread reads and asks a schedule without waiting") {
  latest<transport_schedule> shared{song()};
  testing::rt_guard guard;
  transport_schedule s;
  transport_moment beat;
  CHECK(shared.try_read(s));
  CHECK(s.try_next_beat(at_s(2.1), beat));
  CHECK(s.position_at(at_s(2), 480, 48'000) > quarter_notes::from(2));
}

} // namespace schedule_laws
