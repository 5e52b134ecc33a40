#include <jamnet/transport/transport_state.hpp>

#include <algorithm>
#include <initializer_list>
#include <type_traits>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

session_time at(nanoseconds t) { return session_time{t}; }
quarter_notes quarters(double count) { return quarter_notes::from(count); }

transport_state random_state(random_source& random) {
  const auto somewhere = [&] { return quarters(random.uniform(-100, 1'000)); };
  transport_state s;
  s.mode = static_cast<transport_mode>(random.next() % 4);
  s.signature = {static_cast<std::uint8_t>(1 + random.next() % 12),
                 static_cast<std::uint8_t>(1u << random.next() % 7)};
  s.since = at(nanoseconds{static_cast<std::int64_t>(random.next()) / 4});
  s.position = somewhere();
  s.bpm = random.uniform(1, 999);
  s.bar_line = somewhere();
  s.bar = static_cast<std::int64_t>(random.next() % 1'000) - 500;
  if (random.next() % 2 == 0) s.loop_from = somewhere();
  if (random.next() % 2 == 0) s.loop_to = somewhere();
  return s;
}

} // namespace

TEST_CASE("a state may travel through a latest") {
  static_assert(std::is_trivially_copyable_v<transport_state>);
  CHECK(transport_state{}.valid());
}

TEST_CASE("what plays moves by its tempo from where it was; what does not, stays") {
  transport_state s{.since = at(10s), .position = quarters(16)};
  for (const auto mode : {transport_mode::playing, transport_mode::recording}) {
    s.mode = mode;
    CHECK(s.position_at(at(9s)) == quarters(16)); // not yet
    CHECK(s.position_at(at(10s)) == quarters(16));
    CHECK(s.position_at(at(11s)) == quarters(18));
    CHECK(s.position_at(at(10s + 24h)) == quarters(16 + 120 * 60 * 24));
  }
  for (const auto mode : {transport_mode::stopped, transport_mode::paused}) {
    s.mode = mode;
    CHECK(s.position_at(at(11s)) == quarters(16));
  }
}

TEST_CASE("bars count from the state's bar line, both ways") {
  transport_state s{.mode = transport_mode::playing, .signature = {3, 4}};
  s.bar_line = quarters(64);
  s.bar = 17;
  CHECK(to_text(s.bar_of(quarters(64))).view() == "017.01.000");
  CHECK(to_text(s.bar_of(quarters(68.5))).view() == "018.02.480");
  CHECK(to_text(s.bar_of(quarters(63))).view() == "016.03.000");
  CHECK(to_text(s.bar_of(quarters(0))).view() == "-005.03.000");
  CHECK(s.bar_at(at(33s), 100) == musical_position{17, 3, 0});
  s.signature = {6, 8};
  CHECK(s.bar_of(quarters(66.75)) == musical_position{17, 6, 240});
}

TEST_CASE("a loop repeats what is between its ends, for who is not beyond them") {
  transport_state s{.mode = transport_mode::playing};
  s.loop_from = quarters(4);
  s.loop_to = quarters(8);
  CHECK(s.position_at(at(3s)) == quarters(6)); // played up to it
  CHECK(s.position_at(at(4s)) == quarters(4));
  CHECK(s.position_at(at(5500ms)) == quarters(7));
  CHECK(s.position_at(at(4s + 24h)) == quarters(4));
  s.position = quarters(8); // behind its end
  CHECK(s.position_at(at(1s)) == quarters(10));
  s.position = quarters(0);
  s.loop_to = s.loop_from; // none
  CHECK(s.position_at(at(5s)) == quarters(10));
}

TEST_CASE("the next beat and bar are the first that are not earlier") {
  transport_state s{.mode = transport_mode::playing, .since = at(1s)};
  CHECK(s.next_bar(at(1s)) == transport_moment{at(1s), quarters(0)});
  CHECK(s.next_bar(at(0s)) == transport_moment{at(1s), quarters(0)});
  CHECK(s.next_bar(at(1s + 1ns)) == transport_moment{at(3s), quarters(4)});
  CHECK(s.next_bar(at(3s)) == transport_moment{at(3s), quarters(4)});
  CHECK(s.next_beat(at(3s + 1ns)) == transport_moment{at(3500ms), quarters(5)});
  s.position = quarters(-0.5); // a count-in
  CHECK(s.next_bar(at(1s)) == transport_moment{at(1250ms), quarters(0)});
  s.mode = transport_mode::paused;
  CHECK(s.next_bar(at(2s)) == transport_moment{at(2s), quarters(-0.5)});
}

TEST_CASE("in a loop the next bar may be its start, again") {
  transport_state s{.mode = transport_mode::playing};
  s.loop_to = quarters(6);
  CHECK(s.next_bar(at(2500ms)) == transport_moment{at(3s), quarters(0)});
  CHECK(s.next_bar(at(3s)) == transport_moment{at(3s), quarters(0)});
  CHECK(s.next_bar(at(3s + 1ns)) == transport_moment{at(5s), quarters(4)});
  s.loop_from = quarters(1);
  s.loop_to = quarters(2); // in which no bar begins
  CHECK(s.next_bar(at(600ms)) == transport_moment{at(1s), quarters(1)});
  CHECK(s.next_bar(at(200ms)) == transport_moment{at(500ms), quarters(1)});
  CHECK(s.next_bar(at(500ms)) == transport_moment{at(500ms), quarters(1)});
}

TEST_CASE("a position is reached where it lies ahead, or in the loop") {
  transport_state s{.mode = transport_mode::playing};
  session_time then{};
  REQUIRE(s.try_next(quarters(4), at(0s), then));
  CHECK(then == at(2s));
  REQUIRE(s.try_next(quarters(4), at(2s), then));
  CHECK(then == at(2s));
  CHECK_FALSE(s.try_next(quarters(4), at(2s + 1ns), then));
  REQUIRE(s.try_next(quarters(0), at(-9s), then));
  CHECK(then == at(0s));
  CHECK_FALSE(s.try_next(quarters(-1), at(0s), then));
  CHECK_FALSE(s.try_next({INT64_MAX}, at(0s), then));
  CHECK_FALSE(s.try_next({INT64_MIN}, at(0s), then));
  s.loop_from = quarters(3);
  s.loop_to = quarters(5);
  REQUIRE(s.try_next(quarters(4), at(2s + 1ns), then));
  CHECK(then == at(3s));
  REQUIRE(s.try_next(quarters(3), at(2s), then));
  CHECK(then == at(2500ms));
  CHECK_FALSE(s.try_next(quarters(5), at(2s), then));
  CHECK_FALSE(s.try_next(quarters(2), at(2s), then));
  s.mode = transport_mode::stopped;
  CHECK_FALSE(s.try_next(quarters(4), at(0s), then));
}

TEST_CASE("lines of any state are where the music is when they say, and once found, found again") {
  for (std::uint64_t seed = 0; seed < 5'000; ++seed) {
    random_source random{seed};
    const transport_state s = random_state(random);
    REQUIRE(s.valid());
    const auto t = s.since + nanoseconds{static_cast<std::int64_t>(random.uniform(-1e9, 1e12))};
    CAPTURE(seed);
    for (const auto line : {s.next_bar(t), s.next_beat(t)}) {
      REQUIRE(line.time >= t);
      if (!s.rolling()) continue;
      REQUIRE(line.time >= s.since);
      // A nanosecond has up to 72 parts.
      const auto beyond = (s.position_at(line.time) - line.position).parts;
      REQUIRE(beyond >= 0);
      REQUIRE(beyond < 80);
    }
    if (s.rolling()) {
      const auto bar = s.next_bar(t);
      session_time then{};
      REQUIRE(s.next_bar(bar.time) == bar);
      REQUIRE(s.try_next(bar.position, t, then));
      REQUIRE(then == bar.time);
      REQUIRE(s.next_beat(t).time <= s.next_bar(t).time);
    }
    const auto position = s.position_at(t);
    if (s.looping()) REQUIRE(position < s.loop_to);
    REQUIRE(s.bar_of(position).beat <= s.signature.numerator);
  }
}

TEST_CASE("questions about any time are answered without allocation") {
  random_source random{1};
  for (int i = 0; i < 1'000; ++i) {
    const transport_state s = random_state(random);
    const testing::rt_guard guard;
    for (const auto t : {session_time::min(), session_time::max(), session_time{}}) {
      CHECK(s.next_bar(t).time >= std::min(t, s.since));
      CHECK(s.bar_at(t).beat >= 1);
    }
  }
}
