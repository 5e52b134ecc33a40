#include <jamnet/time/meter_map.hpp>

#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;

namespace {

meter_map meter_of(const std::vector<meter_change>& changes, std::uint32_t ppq = 960) {
  auto meter = meter_map::make(changes, ppq);
  REQUIRE(meter);
  return *std::move(meter);
}
failure why_no_meter(const std::vector<meter_change>& changes, std::uint32_t ppq = 960) {
  const auto meter = meter_map::make(changes, ppq);
  return meter ? failure{} : meter.error();
}
failure why_not_there(const meter_map& meter, const musical_position& position) {
  const auto t = meter.ticks_at(position);
  return t ? failure{} : t.error();
}
time_signature random_signature(random_source& random) {
  return {static_cast<std::uint8_t>(1 + (random.next() >> random.next() % 64) % 255),
          static_cast<std::uint8_t>(1u << random.next() % 7)};
}
std::vector<meter_change> random_changes(random_source& random, int count) {
  std::vector<meter_change> changes;
  for (std::int64_t at = 0; std::cmp_less(changes.size(), count);
       at += 1 + static_cast<std::int64_t>(random.next() % 100'000))
    changes.push_back({{at}, random_signature(random)});
  return changes;
}

// Counts ticks one by one, as a child would.
struct counter {
  const std::vector<meter_change>& changes;
  musical_position now{};
  std::int64_t tick = 0, beat_ticks = 0;
  std::size_t next = 0;
  unsigned beats = 0;

  void begin() {
    if (next < changes.size() && changes[next].at.count == tick) {
      const auto signature = changes[next++].signature;
      beat_ticks = 4 * 960 / signature.denominator;
      beats = signature.numerator;
      if (tick != 0 && now != musical_position{now.bar, 1, 0}) now = {now.bar + 1, 1, 0};
    }
  }
  void step() {
    ++tick;
    if (++now.tick == beat_ticks) ++now.beat, now.tick = 0;
    if (now.beat > beats) ++now.bar, now.beat = 1;
    begin();
  }
};

} // namespace

TEST_CASE("positions are those that somebody counts tick by tick") {
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    random_source random{seed};
    auto changes = random_changes(random, 10);
    if (seed == 0) changes = {{ticks{}, {4, 4}}, {ticks{5'760}, {4, 4}}, {ticks{7'680}, {6, 8}}};
    const auto meter = meter_of(changes);
    counter count{changes};
    CAPTURE(seed);
    for (count.begin(); count.tick < changes.back().at.count + 20'000; count.step()) {
      CAPTURE(count.tick);
      REQUIRE(meter.position_at({count.tick}) == count.now);
      if (count.tick % 7 == 0) REQUIRE(*meter.ticks_at(count.now) == ticks{count.tick});
    }
  }
}

TEST_CASE("a beat is the note that the signature names") {
  const auto meter = meter_of({{ticks{}, {6, 8}}, {ticks_in(6), {3, 2}}});
  CHECK(meter.position_at(ticks_in(2.5)) == musical_position{1, 6, 0});
  CHECK(meter.position_at(ticks_in(3.25)) == musical_position{2, 1, 240});
  CHECK(meter.position_at(ticks_in(9.5)) == musical_position{3, 2, 1440});
  CHECK(meter.signature_at(ticks_in(5.9)) == time_signature{6, 8});
  CHECK(meter.signature_at(ticks_in(6)) == time_signature{3, 2});
  CHECK(meter.signature_at({-1}) == time_signature{6, 8});
}

TEST_CASE("a count-in is in bar 000, and bars go on backwards from there") {
  const auto meter = meter_of({{ticks{}, {3, 4}}});
  CHECK(meter.position_at(ticks_in(-1)) == musical_position{0, 3, 0});
  CHECK(meter.position_at({-1}) == musical_position{0, 3, 959});
  CHECK(meter.position_at(ticks_in(-3)) == musical_position{0, 1, 0});
  CHECK(meter.position_at(ticks_in(-4)) == musical_position{-1, 3, 0});
  CHECK(*meter.ticks_at({-1, 3, 0}) == ticks_in(-4));
}

TEST_CASE("a change in the middle of a bar begins the next; the bar it cuts short counts") {
  const auto meter = meter_of({{ticks{}, {4, 4}}, {ticks_in(6), {3, 4}}});
  CHECK(meter.position_at(ticks_in(5)) == musical_position{2, 2, 0});
  CHECK(meter.position_at(ticks_in(6)) == musical_position{3, 1, 0});
  CHECK(meter.next_bar(ticks_in(5)) == ticks_in(6));
  CHECK(why_not_there(meter, {2, 2, 959}) == failure{});
  CHECK(why_not_there(meter, {2, 3, 0}) == failure{errc::position_range, 1});
  const auto pick_up = meter_of({{ticks{}, {1, 4}}, {ticks_in(1), {4, 4}}});
  CHECK(pick_up.position_at(ticks_in(1)) == musical_position{2, 1, 0});
  const auto again = meter_of({{ticks{}, {4, 4}}, {ticks_in(2), {4, 4}}});
  CHECK(again.position_at(ticks_in(2)) == musical_position{2, 1, 0});
}

TEST_CASE("a signature that is repeated at a bar line changes nothing") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    random_source random{seed};
    auto changes = random_changes(random, 5);
    const auto plain = meter_of(changes);
    const ticks line = plain.next_bar(changes[2].at + ticks{1});
    if (line >= changes[3].at) continue;
    changes.insert(changes.begin() + 3, {line, changes[2].signature});
    const auto repeated = meter_of(changes);
    for (int i = 0; i < 100; ++i) {
      const ticks t{static_cast<std::int64_t>(random.next() % 500'000)};
      REQUIRE(repeated.position_at(t) == plain.position_at(t));
    }
  }
}

TEST_CASE("lines are found by looking at every tick") {
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    random_source random{seed};
    const auto changes = random_changes(random, 6);
    const auto meter = meter_of(changes);
    const ticks step{static_cast<std::int64_t>(1 + random.next() % 1'000)};
    const auto is_bar = [&](ticks t) {
      return meter.position_at(t) == musical_position{meter.position_at(t).bar, 1, 0};
    };
    const auto is_beat = [&](ticks t) { return meter.position_at(t).tick == 0; };
    const auto is_step = [&](ticks t) {
      const musical_position bar{meter.position_at(t).bar, 1, 0};
      return (t - *meter.ticks_at(bar)).count % step.count == 0;
    };
    const auto check = [&](auto is_line, auto next, auto closest) {
      ticks before = {-600'000};
      for (ticks t = before; t.count < changes.back().at.count + 100'000; t = t + ticks{1}) {
        if (!is_line(t)) continue;
        if (before.count > -600'000) {
          const ticks middle{before.count + (t - before).count / 2};
          REQUIRE(next(before) == before);
          REQUIRE(next(before + ticks{1}) == t);
          REQUIRE(next(t) == t);
          REQUIRE(closest(t) == t);
          REQUIRE(closest(before) == before);
          const bool even = (t - before).count % 2 == 0;
          REQUIRE(closest(middle) == (even ? t : before));
          REQUIRE(closest(middle + ticks{1}) == t);
        }
        before = t;
      }
    };
    CAPTURE(seed);
    check(
        is_bar, [&](ticks t) { return meter.next_bar(t); },
        [&](ticks t) { return meter.nearest_bar(t); });
    check(
        is_beat, [&](ticks t) { return meter.next_beat(t); },
        [&](ticks t) { return meter.nearest_beat(t); });
    check(
        is_step, [&](ticks t) { return meter.next_step(t, step); },
        [&](ticks t) { return meter.nearest_step(t, step); });
  }
}

TEST_CASE("what is no signature, out of order or too far is refused by name") {
  for (const time_signature bad : {time_signature{0, 0}, {7, 3}, {0, 4}, {4, 0}, {4, 128}})
    CHECK(why_no_meter({{ticks{}, {4, 4}}, {ticks{960}, bad}}) ==
          failure{errc::signature_range, 1});
  CHECK(why_no_meter({{ticks{}, {4, 64}}}, 24) == failure{errc::signature_range, 0}); // 1.5 ticks
  CHECK(why_no_meter({{ticks{}, {4, 32}}}, 24) == failure{});
  CHECK(why_no_meter({{ticks{-1}, {4, 4}}}) == failure{errc::change_order, 0});
  CHECK(why_no_meter({{ticks{7}, {4, 4}}, {ticks{7}, {3, 4}}}) == failure{errc::change_order, 1});
  CHECK(why_no_meter({{ticks{INT64_MAX}, {4, 4}}}) == failure{errc::position_range, 0});
  CHECK(why_no_meter({}, 0) == failure{errc::ppq_range, 0});
  CHECK(why_no_meter({}, 40'000) == failure{errc::ppq_range, 40'000});
}

TEST_CASE("a position that no bar has is refused by name") {
  const meter_map meter;
  CHECK(why_not_there(meter, {1, 4, 959}) == failure{});
  CHECK(why_not_there(meter, {1, 0, 0}) == failure{errc::position_range, 1});
  CHECK(why_not_there(meter, {1, 5, 0}) == failure{errc::position_range, 1});
  CHECK(why_not_there(meter, {1, 1, 960}) == failure{errc::position_range, 2});
  CHECK(why_not_there(meter, {INT64_MAX, 1, 0}) == failure{errc::position_range, 0});
  CHECK(why_not_there(meter, {INT64_MIN, 1, 0}) == failure{errc::position_range, 0});
}

TEST_CASE("what is beyond 2^53 ticks counts as 2^53, and nothing allocates") {
  random_source random{1};
  const auto meter = meter_of(random_changes(random, 100));
  const ticks end{std::int64_t{1} << 53};
  const testing::rt_guard guard;
  CHECK(meter.position_at({INT64_MAX}) == meter.position_at(end));
  CHECK(meter.position_at({INT64_MIN}) == meter.position_at(ticks{} - end));
  CHECK(meter.next_bar({INT64_MAX}) == meter.next_bar(end));
  CHECK(meter.nearest_step({INT64_MIN}, {INT64_MAX}) ==
        meter.nearest_step(ticks{} - end, {INT64_MAX}));
  CHECK(*meter.ticks_at(meter.position_at({12'345})) == ticks{12'345});
}
