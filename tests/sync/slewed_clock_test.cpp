#include <jamnet/sync/slewed_clock.hpp>

#include <doctest/doctest.h>
#include <jamnet/sync/clock_estimator.hpp>
#include <jamnet/testing/probed_peer.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

using map_type = slewed_clock::map_type;
constexpr host_time boot{5000s};

map_type offset_by(nanoseconds offset, double skew = 0) {
  return {boot, session_time{boot.time_since_epoch() + offset}, 0, skew, 1000, 1e-8};
}

} // namespace

TEST_CASE("the first estimate sets the clock") {
  slewed_clock clock;
  CHECK_FALSE(clock.running());
  clock.follow(offset_by(-7s), boot + 1s);
  CHECK(clock.running());
  CHECK(clock.map()(boot + 2s) == session_time{4995s});
  CHECK(clock.steps() == 0);
}

TEST_CASE("a small gap closes with the time constant, at 500 ppm at most") {
  slewed_clock clock;
  clock.follow(offset_by(0s), boot);
  const auto best = offset_by(2ms);
  double rate = 0;
  for (host_time t = boot; t < boot + 10s; t += 50ms) {
    clock.follow(best, t);
    rate = std::max(rate, clock.map().skew);
  }
  CHECK(rate <= 501e-6);
  CHECK(best(boot + 10s) - clock.map()(boot + 10s) < 1us);
  CHECK(clock.steps() == 0);
  CHECK(clock.large_gaps() == 0);
}

TEST_CASE("a large gap closes quickly, forwards or backwards, without a step") {
  for (const nanoseconds gap : {nanoseconds{200ms}, nanoseconds{-200ms}}) {
    slewed_clock clock;
    clock.follow(offset_by(0s), boot);
    session_time last = clock.map()(boot);
    for (host_time t = boot; t < boot + 12s; t += 20ms) {
      clock.follow(offset_by(gap), t);
      REQUIRE(clock.map()(t) >= last);
      REQUIRE(clock.map()(t + 20ms) > clock.map()(t));
      last = clock.map()(t + 20ms);
    }
    CHECK(clock.gap() < 10us);
    CHECK(clock.gap() > -10us);
    CHECK(clock.steps() == 0);
    CHECK(clock.large_gaps() == 1);
  }
}

TEST_CASE("where steps are allowed, a large gap is one, and counted") {
  slewed_clock clock{{.may_step = true}};
  clock.follow(offset_by(0s), boot);
  clock.follow(offset_by(-2ms), boot + 1s);
  CHECK(clock.steps() == 0);
  clock.follow(offset_by(-4s), boot + 2s);
  CHECK(clock.steps() == 1);
  CHECK(clock.map()(boot + 2s) == session_time{4998s});
}

TEST_CASE("the bound covers the gap until it is closed") {
  slewed_clock clock;
  clock.follow(offset_by(0s), boot);
  const auto best = offset_by(1ms, 20e-6);
  for (host_time t = boot; t < boot + 5s; t += 100ms) {
    clock.follow(best, t);
    for (host_time u = t; u < t + 3s; u += 10ms) { // also when nobody follows for a while
      auto gap = best(u) - clock.map()(u);
      if (gap < 0ns) gap = -gap;
      REQUIRE(clock.map().bound(u) + 1ns >= best.bound(u) + gap);
    }
  }
}

TEST_CASE("the image never runs back, whatever the estimates and whenever they come") {
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    CAPTURE(seed);
    random_source random{seed};
    slewed_clock clock;
    host_time now = testing::probed_peer::start;
    session_time last = session_time::min();
    for (int i = 0; i < 100; ++i) {
      now += nanoseconds{static_cast<std::int64_t>(random.uniform(0, 3e8))};
      map_type best{now, session_time{now.time_since_epoch()}, random.uniform(-0.5, 0.5),
                    random.uniform(-200e-6, 200e-6)};
      best.to += nanoseconds{static_cast<std::int64_t>(random.uniform(-2e6, 2e6))};
      if (random.next() % 20 == 0) best.to += 50ms;
      if (clock.running()) last = clock.map()(now);
      clock.follow(best, now);
      REQUIRE(clock.map()(now) >= last);
    }
    CHECK(clock.steps() == 0);
  }
}

TEST_CASE("behind a path that loses one packet in five the clock is steady for 1,000 seeds") {
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    CAPTURE(seed);
    const auto path = testing::all_paths[seed % testing::all_paths.size()];
    testing::probed_peer peer{{path, seed, 6, 0.2}};
    clock_estimator estimator;
    slewed_clock clock;
    session_time last = session_time::min();
    while (const auto exchange = peer.next_train(6)) {
      estimator.add(*exchange);
      if (!estimator.ready()) continue;
      const auto now = exchange->t4;
      if (clock.running()) last = clock.map()(now);
      clock.follow(estimator.map(), now);
      REQUIRE(clock.map()(now) >= last);
      REQUIRE(clock.map().skew > -0.06);
    }
    REQUIRE(clock.running());
    CHECK(clock.steps() == 0);
  }
}

TEST_CASE("following allocates nothing") {
  slewed_clock clock;
  testing::rt_guard guard;
  for (int i = 0; i < 10; ++i) clock.follow(offset_by(i * 1ms), boot + i * 100ms);
  (void)clock.map()(boot);
}
