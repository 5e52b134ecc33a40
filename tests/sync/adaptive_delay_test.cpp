#include <jamnet/sync/adaptive_delay.hpp>

#include <array>
#include <string>
#include <utility>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/testing/event_jam.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

namespace {

constexpr session_time start{1h};

// Events that all take `took`, 8 a second; returns the time after them.
session_time play(adaptive_delay& delay, session_time from, nanoseconds length, nanoseconds took) {
  session_time t = from;
  for (; t < from + length; t += 125ms) delay.arrived(t, t + took);
  return t;
}

// Allows for the headroom, and for the histogram's steps.
bool follows(nanoseconds delay, nanoseconds took) { return delay >= took && delay <= took * 4 / 3; }

} // namespace

TEST_CASE("until enough events are known, the delay is not below the initial one") {
  adaptive_delay delay;
  CHECK(follows(delay.delay(), 15ms));
  const auto t = play(delay, start, 7875ms, 4ms); // 63 events
  CHECK(follows(delay.delay(), 15ms));
  delay.arrived(t, t + 4ms);
  CHECK(follows(delay.delay(), 4ms));
}

TEST_CASE("the delay is never below the smallest nor above the largest") {
  adaptive_delay delay{{.smallest = 2ms, .largest = 80ms}};
  auto t = play(delay, start, 60s, 10us);
  CHECK(follows(delay.delay(), 2ms));
  t = play(delay, t, 60s, 3s);
  CHECK(delay.delay() == 80ms);
  CHECK(delay.delay(1h) == 80ms);
  adaptive_delay contradictory{{.smallest = 80ms, .largest = 2ms}};
  play(contradictory, start, 60s, 10us);
  CHECK(contradictory.delay() == 80ms);
}

TEST_CASE("a late event makes the delay grow at once, beyond what it took") {
  adaptive_delay delay;
  const auto t = play(delay, start, 1min, 10ms);
  CHECK(delay.delay() < 14ms);
  delay.arrived(t, t + 16ms);
  CHECK(delay.delay() >= 18ms);
  CHECK(follows(delay.delay(), 16ms));
}

TEST_CASE("the delay grows from the smallest, however quick the events were") {
  adaptive_delay delay;
  const auto t = play(delay, start, 1min, 20us);
  delay.arrived(t, t + 1900us);
  CHECK(follows(delay.delay(), 1900us));
}

TEST_CASE("what the initial delay covers does not make it grow") {
  adaptive_delay delay;
  const auto initial = delay.delay();
  play(delay, start, 8s, 14500us);
  CHECK(delay.delay() <= initial);
}

TEST_CASE("a single event that took years only doubles the delay, and is forgiven") {
  adaptive_delay delay;
  auto t = play(delay, start, 1min, 10ms);
  const auto before = delay.delay();
  delay.arrived(t - 24h * 3650, t);
  CHECK(delay.delay() == 2 * before);
  t = play(delay, t, 100s, 10ms);
  CHECK(delay.delay() <= before);
  delay.arrived(session_time::min(), session_time::max());
  CHECK(delay.delay() > before);
}

TEST_CASE("when time runs back, the delay shrinks from there on") {
  adaptive_delay delay;
  play(delay, start, 1min, 5ms);
  const auto later = start + 24h * 365;
  delay.arrived(later, later + 40ms);
  CHECK(delay.delay() > 10ms);
  play(delay, start + 1min, 2min, 5ms);
  CHECK(follows(delay.delay(), 5ms));
}

TEST_CASE("each late event doubles the delay, until it is enough") {
  for (const auto& way : {std::pair{12ms, 1}, {20ms, 2}, {40ms, 3}, {200ms, 5}}) {
    const nanoseconds took = way.first;
    CAPTURE(took.count());
    adaptive_delay delay;
    const auto t = play(delay, start, 10min, 6ms);
    int late = 0;
    for (session_time u = t; u < t + 10s; u += 125ms) {
      late += took > delay.delay() ? 1 : 0;
      delay.arrived(u, u + took);
    }
    CHECK(late >= 1);
    CHECK(late <= way.second);
    CHECK(follows(delay.delay(), took));
  }
}

TEST_CASE("the delay shrinks by a sixteenth of an octave each 5 s, and not while it is needed") {
  adaptive_delay delay;
  auto t = play(delay, start, 20s, 40ms);
  const auto longest = delay.delay();
  t = play(delay, t, 4min, 40ms);
  CHECK(delay.delay() >= 40ms);
  const auto needed = delay.delay();
  CHECK(needed <= longest);
  t = play(delay, t, 4min, 5ms); // 40 ms are in the window
  CHECK(delay.delay() == needed);
  for (auto last = delay.delay(); t < start + 30min; last = delay.delay()) {
    t = play(delay, t, 5s, 5ms);
    REQUIRE(delay.delay() <= last);
    REQUIRE(delay.delay() >= last * 16 / 17);
  }
  CHECK(follows(delay.delay(), 5ms));
}

TEST_CASE("a bad minute is forgotten, whatever its delays were") {
  adaptive_delay delay;
  auto t = play(delay, start, 20min, 5ms);
  t = play(delay, t, 1min, 150ms);
  CHECK(follows(delay.delay(), 150ms));
  t = play(delay, t, 5min, 5ms);
  CHECK(follows(delay.delay(), 150ms));
  t = play(delay, t, 15min, 5ms); // 6144 events in all, and then 80 steps
  CHECK(follows(delay.delay(), 5ms));
}

TEST_CASE("the clock's bound is added to the delay, within the limits") {
  adaptive_delay delay;
  play(delay, start, 1min, 10ms);
  CHECK(delay.delay(300us) == delay.delay() + 300us);
  CHECK(delay.delay(-1s) == delay.delay());
  CHECK(delay.delay(nanoseconds::max()) == 250ms);
}

TEST_CASE("events that arrive before they were played count as quick ones") {
  adaptive_delay delay;
  play(delay, start, 1min, -3ms);
  CHECK(follows(delay.delay(), 1ms));
}

TEST_CASE("whatever times come in, the delay stays within its limits and recovers") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    random_source random{seed};
    const auto any = [&] {
      const auto bits = static_cast<std::int64_t>(random.next());
      return session_time{nanoseconds{bits >> (random.next() % 64)}};
    };
    adaptive_delay delay;
    for (int i = 0; i < 10'000; ++i) {
      delay.arrived(any(), any());
      REQUIRE(delay.delay() >= 1ms);
      REQUIRE(delay.delay() <= 250ms);
    }
    play(delay, start, 25min, 5ms);
    CHECK(follows(delay.delay(), 5ms));
  }
}

TEST_CASE("times at the ends of the scale do not overflow") {
  adaptive_delay delay;
  for (int i = 0; i < 100; ++i)
    for (const auto a : {session_time::min(), session_time{}, session_time::max()})
      for (const auto b : {session_time::min(), session_time{}, session_time::max()})
        delay.arrived(a, b);
  CHECK(delay.delay() == 250ms);
}

TEST_CASE("an hour of events: fewer than 1 in 1000 are late, at the latency the path allows") {
  struct expectation {
    event_path_options path;
    nanoseconds most;
  };
  const std::array expected{
      expectation{{path_kind::lan}, 3ms},
      expectation{{path_kind::wifi_home}, 16ms},
      expectation{{path_kind::wan}, 35ms},
      // A lost datagram goes again after 5 ms; in a queue nothing is quicker than its 30 ms.
      expectation{{path_kind::lan, 0.01}, 8ms},
      expectation{{path_kind::wifi_home, 0.01}, 19ms},
      expectation{{path_kind::wan, 0.01}, 35ms},
      expectation{{path_kind::wifi_home, 0.01, false}, 34ms},
  };
  for (const auto& e : expected)
    for (const std::uint64_t seed : {501u, 511u}) {
      CAPTURE(std::string{name(e.path.kind)});
      CAPTURE(e.path.loss);
      CAPTURE(e.path.overtaking);
      CAPTURE(seed);
      const auto jam = event_jam::play(e.path, seed);
      CHECK(jam.late < 0.001);
      CHECK(jam.settled <= e.most);
    }
}

TEST_CASE("following the delay neither allocates nor locks") {
  rt_guard guard;
  adaptive_delay delay;
  play(delay, start, 20min, 3ms);
  CHECK(follows(delay.delay(), 3ms));
}
