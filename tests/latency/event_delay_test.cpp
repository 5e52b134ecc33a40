#include <jamnet/latency/event_delay.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

struct got {
  std::uint64_t frame, late;
  int event;
  friend bool operator==(const got&, const got&) = default;
};
using everything = std::vector<got>;

// What comes in a block, copied.
template <class Delay, class... Block>
everything take(Delay& delay, Block... block) {
  everything all;
  const std::size_t count =
      delay.for_due(block..., [&](auto e) { all.push_back({e.frame, e.late, e.event}); });
  CHECK(count == all.size());
  return all;
}

host_time at(nanoseconds time) { return host_time{time}; }

// The instant of a frame, to the nearest nanosecond: exact for hours of any rate.
host_time instant(std::int64_t frame, std::int64_t rate) {
  return at(std::chrono::seconds{frame / rate} +
            nanoseconds{(frame % rate * 1'000'000'000 + rate / 2) / rate});
}

constexpr auto earliest = host_time::min(), latest = host_time::max();

} // namespace

TEST_CASE("events come in the order of their times, each in its block and at its frame") {
  event_delay<int, 8> delay;
  for (const int ms : {25, 3, 10, 9, 0}) CHECK(delay.try_push(at(ms * 1ms), ms));
  CHECK(take(delay, at(0ms), 10u, 1000.) == everything{{0, 0, 0}, {3, 0, 3}, {9, 0, 9}});
  CHECK(delay.next_due() == at(10ms));
  CHECK(take(delay, at(10ms), 10u, 1000.) == everything{{0, 0, 10}});
  CHECK(take(delay, at(20ms), 10u, 1000.) == everything{{5, 0, 25}});
  CHECK(delay.size() == 0);
  CHECK_FALSE(delay.next_due());
}

TEST_CASE("events of one time come in the order in which they were pushed") {
  event_delay<int, 100> delay;
  for (int i = 0; i < 100; ++i) CHECK(delay.try_push(at(i % 3 * 1ms), i));
  const auto all = take(delay, at(0ms), 3u, 1000.);
  REQUIRE(all.size() == 100);
  CHECK(std::is_sorted(all.begin(), all.end(), [](const got& a, const got& b) {
    return a.frame != b.frame ? a.frame < b.frame : a.event < b.event;
  }));
}

TEST_CASE("no more than the capacity are held; what is full takes again after a pop or a clear") {
  event_delay<int, 2> delay;
  CHECK(delay.try_push(at(2ms), 1));
  CHECK(delay.try_push(at(1ms), 2));
  CHECK_FALSE(delay.try_push(at(0ms), 3));
  CHECK(delay.size() == 2);
  CHECK(take(delay, at(1ms), 1u, 1000.) == everything{{0, 0, 2}});
  CHECK(delay.try_push(at(0ms), 4));
  CHECK_FALSE(delay.try_push(at(0ms), 5));
  delay.clear();
  CHECK(delay.size() == 0);
  CHECK(take(delay, latest, 1u, 1000.) == everything{});
  CHECK(delay.try_push(at(0ms), 6));
}

TEST_CASE("an event that was due before the block comes first, and it is said how late") {
  event_delay<int, 4> delay;
  CHECK(delay.try_push(at(102ms), 1));
  CHECK(delay.try_push(at(90ms), 2));
  CHECK(delay.try_push(at(99ms), 3));
  CHECK(take(delay, at(100ms), 8u, 1000.) == everything{{0, 10, 2}, {0, 1, 3}, {2, 0, 1}});
}

TEST_CASE("a frame takes half a frame on either side, and half a frame before the next is its") {
  event_delay<int, 8> delay;
  int i = 0;
  for (const auto due : {-1501us, -1500us, -501us, -500us, 499us, 500us, 1499us, 1500us})
    CHECK(delay.try_push(at(due), i++));
  CHECK(take(delay, at(0ms), 2u, 1000.) ==
        everything{{0, 2, 0}, {0, 1, 1}, {0, 1, 2}, {0, 0, 3}, {0, 0, 4}, {1, 0, 5}, {1, 0, 6}});
  CHECK(take(delay, at(2ms), 2u, 1000.) == everything{{0, 0, 7}}); // agreed: not late
}

TEST_CASE("a block of no frames takes nothing") {
  event_delay<int, 4> delay;
  CHECK(delay.try_push(at(0ms), 1));
  CHECK(take(delay, at(5ms), 0u, 1000.) == everything{});
  CHECK(take(delay, at(5ms), 1u, 1000.) == everything{{0, 5, 1}});
}

TEST_CASE("what is due at the rounded instant of a frame sounds there, in blocks of any size") {
  constexpr std::size_t events = 6;
  event_delay<std::int64_t, 3 * events> delay;
  const std::uint64_t seed = 5;
  CAPTURE(seed);
  random_source random{seed};
  for (const int rate : {8'000, 11'025, 22'050, 44'100, 48'000, 88'200, 96'000, 176'400, 192'000}) {
    CAPTURE(rate);
    for (std::size_t block = 1; block <= 4096; block += rate == 44'100 ? 1 : 61) {
      CAPTURE(block);
      const auto first = static_cast<std::int64_t>(random.next() % 10'000'000'000u);
      const auto size = static_cast<std::int64_t>(block);
      std::vector<std::int64_t> due{first, first + size - 1, first + size, first + 3 * size - 1};
      while (due.size() < 3 * events)
        due.push_back(first + static_cast<std::int64_t>(random.next() % (3 * block)));
      for (const auto frame : due) REQUIRE(delay.try_push(instant(frame, rate), frame));
      std::size_t wrong = 0;
      for (auto start = first; start < first + 3 * size; start += size)
        delay.for_due(instant(start, rate), block, rate, [&](auto e) {
          wrong += e.late != 0 || start + static_cast<std::int64_t>(e.frame) != e.event;
        });
      REQUIRE(wrong == 0);
      REQUIRE(delay.size() == 0);
    }
  }
}

TEST_CASE("a start that jitters by less than half a frame moves no event") {
  constexpr std::int64_t rate = 44'100;
  event_delay<std::int64_t, 64> delay;
  const std::uint64_t seed = 11;
  CAPTURE(seed);
  random_source random{seed};
  for (std::int64_t start = 0; start < 640'000; start += 64) {
    for (int i = 0; i < 8; ++i) {
      const auto frame = start + static_cast<std::int64_t>(random.next() % 64);
      REQUIRE(delay.try_push(instant(frame, rate), frame));
    }
    std::size_t wrong = 0;
    const nanoseconds jitter{static_cast<std::int64_t>(random.uniform(-11e3, 11e3))};
    delay.for_due(instant(start, rate) + jitter, 64, rate, [&](auto e) {
      wrong += e.late != 0 || start + static_cast<std::int64_t>(e.frame) != e.event;
    });
    REQUIRE(wrong == 0);
    REQUIRE(delay.size() == 0);
  }
}

TEST_CASE(
    "whatever the blocks begin at, each event comes once, in order, as a sort would have it") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    random_source random{seed};
    struct pushed {
      host_time due;
      int number;
    };
    event_delay<int, 64> delay;
    std::vector<pushed> expected;
    int pushes = 0;
    host_time start{};
    const auto below = [&](std::uint64_t n) {
      return static_cast<std::int64_t>(random.next() % n);
    };
    for (int round = 0; round < 500; ++round) {
      for (auto i = below(12); i > 0; --i) {
        const auto due = start + nanoseconds{below(200) * 1000 - 50'000};
        const bool room = expected.size() < delay.capacity;
        REQUIRE(delay.try_push(due, pushes) == room);
        if (room) expected.push_back({due, pushes++});
      }
      const auto frames = static_cast<std::size_t>(below(64));
      std::stable_sort(expected.begin(), expected.end(),
                       [](const pushed& a, const pushed& b) { return a.due < b.due; });
      std::size_t came = 0, wrong = 0;
      delay.for_due(start, frames, 1e6, [&](auto e) { // a frame is a microsecond
        const auto& [due, number] = expected[came++];
        const std::int64_t place = (due - start) / 1us;
        wrong += e.event != number ||
                 e.frame != static_cast<std::size_t>(std::max<std::int64_t>(place, 0)) ||
                 e.late != static_cast<std::uint64_t>(std::max<std::int64_t>(-place, 0));
      });
      REQUIRE(wrong == 0);
      expected.erase(expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(came));
      REQUIRE(delay.size() == expected.size());
      if (!expected.empty()) REQUIRE(delay.next_due() == expected.front().due);
      if (frames != 0)
        for (const auto& left : expected)
          REQUIRE(left.due >= start + static_cast<std::int64_t>(frames) * 1us);
      start += static_cast<std::int64_t>(frames) * 1us + (below(11) - 5) * 1us; // jitters
    }
  }
}

TEST_CASE("numbers of frames are exact to the last of 2^64") {
  constexpr auto last = std::numeric_limits<std::uint64_t>::max();
  event_delay<int, 8, std::uint64_t> delay;
  CHECK(delay.try_push(last, 1));
  CHECK(delay.try_push(0, 2));
  CHECK(delay.try_push(last - 1, 3));
  CHECK(delay.try_push(1'000, 4));
  CHECK(take(delay, std::uint64_t{936}, 64u) == everything{{0, 936, 2}});
  CHECK(take(delay, std::uint64_t{1'000}, 64u) == everything{{0, 0, 4}});
  CHECK(take(delay, last - 64, 64u) == everything{{63, 0, 3}});
  CHECK(take(delay, last, 64u) == everything{{0, 0, 1}});
  CHECK(delay.try_push(0, 5));
  CHECK(take(delay, last, 64u) == everything{{0, last, 5}});
}

TEST_CASE("numbers of frames may be signed and below zero") {
  using limits = std::numeric_limits<std::int64_t>;
  event_delay<int, 8, std::int64_t> delay;
  CHECK(delay.try_push(limits::max(), 1));
  CHECK(delay.try_push(-3, 2));
  CHECK(delay.try_push(limits::min(), 3));
  CHECK(take(delay, std::int64_t{-5}, 4u) == everything{{0, (1ull << 63) - 5, 3}, {2, 0, 2}});
  CHECK(take(delay, limits::min(), 4u) == everything{});
  CHECK(take(delay, limits::max(), 1u) == everything{{0, 0, 1}});
}

TEST_CASE("the ends of the timeline are times as others") {
  event_delay<int, 8> delay;
  for (const double rate : {1., 44'100., 1e7}) {
    CAPTURE(rate);
    CHECK(delay.try_push(latest, 1));
    CHECK(delay.try_push(earliest, 2));
    CHECK(take(delay, earliest, 1u << 28, rate) == everything{{0, 0, 2}});
    CHECK(take(delay, host_time{}, 1u << 28, rate) == everything{});
    CHECK(take(delay, latest, 1u << 28, rate) == everything{{0, 0, 1}});
    CHECK(delay.try_push(earliest, 3));
    const auto late = take(delay, latest, 1u, rate);
    REQUIRE(late.size() == 1);
    CHECK(static_cast<double>(late[0].late) == doctest::Approx(0x1p64 * rate / 1e9));
  }
}

TEST_CASE("what is due before an instant can be had without a block") {
  event_delay<int, 8, session_time> delay;
  for (const int ms : {3, 1, 2}) CHECK(delay.try_push(session_time{ms * 1ms}, ms));
  std::vector<int> all;
  const auto sink = [&](session_time due, int event) {
    CHECK(due == session_time{event * 1ms});
    all.push_back(event);
  };
  CHECK(delay.pop_before(session_time{3ms}, sink) == 2);
  CHECK(delay.pop_before(session_time{3ms}, sink) == 0);
  CHECK(delay.pop_before(session_time::max(), sink) == 1);
  CHECK(all == std::vector<int>{1, 2, 3});
}

TEST_CASE("a sink may push: what is due in the block comes in the same call") {
  event_delay<int, 1> delay;
  CHECK(delay.try_push(at(0ms), 0));
  std::vector<int> frames;
  delay.for_due(at(0ms), 10, 1000., [&](auto e) {
    frames.push_back(static_cast<int>(e.frame));
    CHECK(delay.try_push(at((e.event + 4) * 1ms), e.event + 4)); // an echo, in the place it left
    CHECK(frames.back() == e.event);
  });
  CHECK(frames == std::vector<int>{0, 4, 8});
  CHECK(delay.next_due() == at(12ms));
}

TEST_CASE("pushing and popping is rt-safe") {
  const auto delay = std::make_unique<event_delay<int, 1024>>();
  std::size_t refused = 0, came = 0;
  {
    const testing::rt_guard guard;
    random_source random{1};
    for (int block = 0; block < 100; ++block) {
      const auto start = at(block * 1ms);
      for (int i = 0; i < 50; ++i)
        refused += !delay->try_push(start + nanoseconds{random.next() % 3'000'000}, i);
      came += delay->for_due(start, 48, 48'000., [](auto) {});
    }
    came += delay->pop_before(*delay->next_due() + 10ms, [](host_time, int) {});
    delay->clear();
  }
  CHECK(refused == 0);
  CHECK(came == 5000);
}
