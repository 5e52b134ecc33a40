#include <jamnet/time/tempo_curve.hpp>

#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

#include "tempo_changes.hpp"

using namespace jamnet;
using namespace std::chrono_literals;
using jamnet_test::random_tempi;

namespace {

constexpr double a_day = 86'400;
constexpr auto rates = std::to_array<std::uint32_t>({44'100, 48'000, 96'000, 192'000});

tempo_curve curve_of(const std::vector<tempo_change>& changes, std::uint32_t ppq = 960) {
  auto curve = tempo_curve::make(changes, ppq);
  REQUIRE(curve);
  return *std::move(curve);
}
failure why_no_curve(const std::vector<tempo_change>& changes, std::uint32_t ppq = 960) {
  const auto curve = tempo_curve::make(changes, ppq);
  return curve ? failure{} : curve.error();
}
ticks random_tick(random_source& random, ticks end) {
  return {static_cast<std::int64_t>(random.next() % static_cast<std::uint64_t>(end.count))};
}
// A number of any size, often one at an end.
std::int64_t wild(random_source& random) {
  const auto ends = std::to_array<std::int64_t>({INT64_MIN, INT64_MAX, 0, 1, -1});
  const auto any = static_cast<std::int64_t>(random.next()) >> random.next() % 64;
  return random.next() % 4 == 0 ? ends[random.next() % 5] : any;
}

// The same music in long double, straight from the tempi.
class long_double_curve {
public:
  explicit long_double_curve(const std::vector<tempo_change>& changes) : changes_{changes} {
    starts_.push_back(0);
    for (std::size_t i = 1; i < changes.size(); ++i)
      starts_.push_back(starts_.back() + lasts(i - 1, changes[i].at));
  }
  long double operator()(ticks t) const {
    std::size_t i = changes_.size() - 1;
    while (i > 0 && changes_[i].at > t) --i;
    return starts_[i] + lasts(i, t);
  }

private:
  static constexpr long double per_tick = 60e9L / 960; // ns at one quarter note a minute
  long double lasts(std::size_t i, ticks to) const {
    const auto count = static_cast<long double>((to - changes_[i].at).count);
    const long double from = changes_[i].bpm;
    if (!changes_[i].ramp || i + 1 == changes_.size() || count < 0) return count * per_tick / from;
    const auto whole = static_cast<long double>((changes_[i + 1].at - changes_[i].at).count);
    const long double target = changes_[i + 1].bpm;
    const long double now =
        std::sqrt(from * from + (target * target - from * from) * count / whole);
    return count * per_tick * 2 / (from + now);
  }
  std::vector<tempo_change> changes_;
  std::vector<long double> starts_;
};

} // namespace

TEST_CASE("a day at a tempo takes a day, to the nanosecond, at every tempo and minute") {
  for (int bpm = 1; bpm <= 999; ++bpm) {
    const auto curve = curve_of({{.bpm = static_cast<double>(bpm)}});
    for (std::int64_t minute = -1; minute <= 24 * 60; minute += 131) {
      CAPTURE(bpm);
      REQUIRE(curve.time_at({bpm * minute * 960}) == minute * 60s);
      REQUIRE(curve.tick_at(minute * 60s) == ticks{bpm * minute * 960});
      REQUIRE(curve.frame_at({bpm * minute * 960}, 44'100) == minute * 60 * 44'100);
    }
  }
  const auto odd = curve_of({{.bpm = 97.3}}, 480);
  CHECK(odd.time_at({973 * 24 * 6 * 480}) == 24h); // ten minutes are 973 quarter notes
}

TEST_CASE("tick to time and frame, and back, is exact over a day of 1,000 changes") {
  // JAMNET_POINTS=10000000 asks for that many.
  const char* wish = std::getenv("JAMNET_POINTS");
  const int points = wish != nullptr ? std::atoi(wish) : 400'000;
  for (const double ramps : {0.0, 0.5}) {
    random_source random{1};
    const auto changes = random_tempi(random, 1'000, a_day, ramps);
    const auto curve = curve_of(changes);
    REQUIRE(curve.time_at(changes.back().at) > 20h);
    int wrong = 0;
    for (int i = 0; i < points; ++i) {
      const ticks t = random_tick(random, changes.back().at);
      const auto rate = rates[static_cast<std::size_t>(i) % rates.size()];
      wrong += curve.tick_at(curve.time_at(t)) != t;
      wrong += curve.tick_at_frame(curve.frame_at(t, rate), rate) != t;
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("times and frames are those of long double, rounded") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    random_source random{seed};
    const auto changes = random_tempi(random, 200, a_day, 0.7);
    const auto curve = curve_of(changes);
    const long_double_curve truth{changes};
    for (int i = 0; i < 500; ++i) {
      const ticks t = random_tick(random, {changes.back().at.count + 1'000'000}) - ticks{100'000};
      const long double exact = truth(t);
      CAPTURE(seed);
      CAPTURE(t.count);
      // 0.02 ns are 10^-6 of a frame; the target is 10^-3.
      REQUIRE(std::abs(static_cast<long double>(curve.time_at(t).count()) - exact) < 0.52L);
      for (const auto rate : rates)
        REQUIRE(std::abs(static_cast<long double>(curve.frame_at(t, rate)) - exact * rate / 1e9L) <
                0.5L + 1e-5L);
    }
  }
}

TEST_CASE("a ramp is linear in time, whichever way it goes and however long it is") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    random_source random{seed};
    const double from = random.uniform(1, 999), to = random.uniform(1, 999);
    const ticks end{static_cast<std::int64_t>(std::exp(random.uniform(9, 17)))};
    const auto curve = curve_of({{{}, from, true}, {end, to}});
    const auto length = curve.time_at(end);
    CAPTURE(seed);
    CHECK(static_cast<double>(length.count()) ==
          doctest::Approx(static_cast<double>(end.count) / 960 * 120e9 / (from + to)));
    for (const double part : {0.1, 0.5, 0.9}) {
      const nanoseconds then{nearest(static_cast<double>(length.count()) * part)};
      // Between two ticks the tempo is off by what it changes in a tick.
      CHECK(curve.bpm_at(curve.tick_at(then)) ==
            doctest::Approx(from + (to - from) * part).epsilon(1e-2));
    }
    CHECK(curve.bpm_at({-1}) == from);
    CHECK(curve.bpm_at({0}) == from);
    CHECK(curve.bpm_at(end) == to);
    CHECK(curve.bpm_at(end + ticks{1}) == to);
  }
}

TEST_CASE("the tick at a time is the last that is not later, on ramps and before 0 too") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    random_source random{seed};
    const auto ppq = static_cast<std::uint32_t>(1 + (random.next() >> random.next() % 64) % 32'767);
    const auto changes = random_tempi(random, 20, 600, 0.5, ppq);
    const auto curve = curve_of(changes, ppq);
    for (int i = 0; i < 200; ++i) {
      const auto time = nanoseconds{static_cast<std::int64_t>(random.uniform(-1e11, 8e11))};
      const ticks t = curve.tick_at(time), after = t + ticks{1};
      const std::int64_t frame = time.count() / 21'000;
      const ticks in_frame = curve.tick_at_frame(frame, 48'000);
      CAPTURE(seed);
      CAPTURE(time.count());
      REQUIRE(curve.time_at(t) <= time);
      REQUIRE(curve.time_at(after) > time);
      REQUIRE(curve.frame_at(in_frame, 48'000) <= frame);
      REQUIRE(curve.frame_at(in_frame + ticks{1}, 48'000) > frame);
    }
    for (const tempo_change& change : changes)
      REQUIRE(curve.tick_at(curve.time_at(change.at)) == change.at);
  }
}

TEST_CASE("a change to the tempo there is changes nothing") {
  random_source random{7};
  for (int i = 0; i < 100; ++i) {
    auto changes = random_tempi(random, 30, 3'600, 0);
    const auto curve = curve_of(changes);
    const std::size_t after = random.next() % (changes.size() - 1);
    const tempo_change again{changes[after].at + ticks{1}, changes[after].bpm, i % 2 == 0};
    if (again.ramp) changes[after + 1].bpm = again.bpm; // a ramp to the same tempo is none
    if (again.at >= changes[after + 1].at) continue;
    const auto plain = curve_of(changes);
    changes.insert(changes.begin() + static_cast<std::ptrdiff_t>(after) + 1, again);
    const auto redundant = curve_of(changes);
    for (int j = 0; j < 100; ++j) {
      const ticks t = random_tick(random, changes.back().at);
      REQUIRE(redundant.time_at(t) == plain.time_at(t));
      REQUIRE(redundant.tick_at(plain.time_at(t)) == t);
    }
  }
}

TEST_CASE("120 holds until the first change, and the first tempo before 0") {
  const auto late = curve_of({{ticks_in(4), 60}});
  CHECK(late.time_at(ticks_in(4)) == 2s);
  CHECK(late.time_at(ticks_in(5)) == 3s);
  CHECK(late.bpm_at(ticks_in(3.9)) == 120);
  CHECK(tempo_curve{}.time_at(ticks_in(1)) == 500ms);
  const auto ramp = curve_of({{{}, 60, true}, {ticks_in(4), 240}});
  CHECK(ramp.time_at(ticks_in(-4)) == -4s);
  CHECK(ramp.tick_at(-4s) == ticks_in(-4));
  CHECK(ramp.frame_at(ticks_in(-4), 48'000) == -192'000);
  CHECK(ramp.tick_at_frame(-192'000, 48'000) == ticks_in(-4));
  CHECK(curve_of({{{}, 60, true}}).time_at(ticks_in(4)) == 4s); // nothing to reach
}

TEST_CASE("what is no tempo, out of order or too late is refused by name") {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (const double bpm : {0.0, -120.0, nan, 1e9, infinity, -infinity, 0.999, 999.001})
    CHECK(why_no_curve({{.bpm = 120}, {ticks{960}, bpm}}) == failure{errc::tempo_range, 1});
  CHECK(why_no_curve({{ticks{-1}, 120}}) == failure{errc::change_order, 0});
  CHECK(why_no_curve({{ticks{5}, 120}, {ticks{5}, 60}}) == failure{errc::change_order, 1});
  CHECK(why_no_curve({{ticks{5}, 120}, {ticks{4}, 60}}) == failure{errc::change_order, 1});
  CHECK(why_no_curve({{ticks{INT64_MAX}, 60}}) == failure{errc::position_range, 0});
  CHECK(why_no_curve({{ticks{}, 1, true}, {ticks{INT64_MAX}, 2}}) ==
        failure{errc::position_range, 1});
  const auto quarters = [](int days) { return ticks_in(days * 1440); };
  CHECK(why_no_curve({{.bpm = 1}, {quarters(104), 2}}) == failure{});
  CHECK(why_no_curve({{.bpm = 1}, {quarters(105), 2}}) == failure{errc::position_range, 1});
  CHECK(why_no_curve({}, 0) == failure{errc::ppq_range, 0});
  CHECK(why_no_curve({}, 32'768) == failure{errc::ppq_range, 32'768});
}

TEST_CASE("questions about the ends of time are answered, in order") {
  for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
    random_source random{seed};
    const auto ppq = static_cast<std::uint32_t>(1 + random.next() % 32'767);
    const auto curve = curve_of(random_tempi(random, 5, 1e3, 0.5, ppq), ppq);
    const ticks a{wild(random)}, b{wild(random)};
    const auto rate = static_cast<std::uint32_t>(1 + random.next() % 10'000'000);
    CAPTURE(seed);
    CHECK((a <= b ? curve.time_at(a) <= curve.time_at(b) : curve.time_at(a) >= curve.time_at(b)));
    CHECK((a <= b) <= (curve.frame_at(a, rate) <= curve.frame_at(b, rate)));
    const std::int64_t x = wild(random), y = wild(random);
    CHECK((x <= y) <= (curve.tick_at(nanoseconds{x}) <= curve.tick_at(nanoseconds{y})));
    CHECK((x <= y) <= (curve.tick_at_frame(x, rate) <= curve.tick_at_frame(y, rate)));
    CHECK(curve.bpm_at(a) > 0);
  }
}

TEST_CASE("questions take no allocation and no lock") {
  random_source random{3};
  const auto curve = curve_of(random_tempi(random, 100, 600, 0.5));
  const testing::rt_guard guard;
  for (std::int64_t i = -1'000; i < 100'000; i += 997) {
    const ticks t = curve.tick_at(curve.time_at({i}));
    CHECK(curve.tick_at_frame(curve.frame_at(t, 48'000), 48'000) == ticks{i});
    CHECK(curve.bpm_at(t) >= 1);
  }
}
