#include <jamnet/toast/round_trip.hpp>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace jamnet::toast;
using namespace std::chrono_literals;

TEST_CASE("the estimate follows a steady path closely, and allows for one that varies") {
  round_trip t;
  CHECK_FALSE(t.known());
  auto now = host_time{};
  for (int i = 0; i < 100; ++i) t.measured(20ms, now += 10ms);
  CHECK(t.smoothed() > 19'900us);
  CHECK(t.smoothed() < 20'100us);
  CHECK(t.longest() < 21'100us);
  random_source random{3};
  int longer = 0;
  for (int i = 0; i < 1000; ++i) {
    const nanoseconds sample{20'000'000 + static_cast<std::int64_t>(random.next() % 10'000'000)};
    longer += sample > t.longest() ? 1 : 0;
    t.measured(sample, now += 10ms);
  }
  CHECK(longer < 20);
  CHECK(t.longest() < 45ms);
}

TEST_CASE("the least is forgotten when it is long ago") {
  round_trip t;
  auto now = host_time{};
  t.measured(1ms, now);
  for (int i = 0; i < 900; ++i) t.measured(5ms, now += 10ms);
  CHECK(t.least() == 1ms);
  for (int i = 0; i < 1200; ++i) t.measured(5ms, now += 10ms);
  CHECK(t.least() == 5ms);
}

TEST_CASE("estimating is rt-safe") {
  round_trip t;
  const testing::rt_guard guard;
  t.measured(-1ms, host_time{});
  CHECK(t.smoothed() == 0ms);
}
