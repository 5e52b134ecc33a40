#include <jamnet/toast/pacer.hpp>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace jamnet::toast;
using namespace std::chrono_literals;

namespace {

constexpr host_time t0{50s};

// How many datagrams of 1,000 bytes leave from `now` on in so long.
int leave_in(pacer& p, host_time now, nanoseconds time) {
  int count = 0;
  for (const auto end = now + time; std::max(now, p.next()) <= end; ++count)
    p.sent(1000, now = std::max(now, p.next()));
  return count;
}

} // namespace

TEST_CASE("some datagrams leave at once, the others evenly, and the pause is made up for") {
  pacer p;
  p.measured(20ms, 20ms, 20ms, t0);
  const int at_once = leave_in(p, t0, 0ms);
  CHECK(at_once >= 10);
  CHECK(at_once <= 14);
  const int rate = leave_in(p, t0, 100ms);
  CHECK(rate >= 375); // twice the window in each round trip
  CHECK(rate <= 395);
  CHECK(leave_in(p, t0 + 1s, 0ms) == at_once);
}

TEST_CASE("the window doubles while it is full, shrinks where something is lost, never below") {
  pacer p;
  p.measured(20ms, 20ms, 20ms, t0);
  p.acknowledged(p.window(), false);
  CHECK(p.window() == pacer::initial);
  p.acknowledged(p.window(), true);
  CHECK(p.window() == 2 * pacer::initial);
  p.congested(t0 + 1s);
  const auto less = p.window();
  CHECK(less < 2 * pacer::initial);
  p.congested(t0 + 1s + 10ms); // the same loss
  CHECK(p.window() == less);
  p.acknowledged(p.window(), true); // a datagram a round trip now
  CHECK(p.window() > less + datagram_limit / 2);
  CHECK(p.window() < less + 2 * datagram_limit);
  for (int i = 0; i < 100; ++i) p.congested(t0 + 2s + i * 100ms);
  CHECK(p.window() == pacer::floor);
  for (int i = 0; i < 1000; ++i) p.acknowledged(p.window(), true);
  p.stalled();
  CHECK(p.window() == pacer::floor);
}

TEST_CASE("on a long path the floor is a rate that no music reaches") {
  pacer p;
  p.measured(400ms, 400ms, 400ms, t0);
  for (int i = 0; i < 100; ++i) p.congested(t0 + i * 1s);
  CHECK(p.window() == 100'000);
}

TEST_CASE("the rate stays within its limits, and shows") {
  pacer p{{.least = 10'000, .most = 50'000}};
  p.measured(20ms, 20ms, 20ms, t0);
  CHECK(p.rate() >= 49'900);
  CHECK(p.rate() <= 50'100);
  (void)leave_in(p, t0, 0ms);
  CHECK(leave_in(p, t0, 1s) >= 49);
  CHECK(leave_in(p, t0 + 1s, 1s) <= 51);
  pacer open;
  open.measured(20ms, 20ms, 20ms, t0);
  CHECK(open.rate() > 3'800'000);
  CHECK(open.rate() < 3'900'000);
}

TEST_CASE("queues that grow count as loss") {
  pacer p;
  p.measured(20ms, 20ms, 20ms, t0);
  p.measured(44ms, 23ms, 20ms, t0 + 1s);
  CHECK(p.window() == pacer::initial);
  p.measured(46ms, 25ms, 20ms, t0 + 2s);
  CHECK(p.window() < pacer::initial);
}

TEST_CASE("pacing is rt-safe") {
  pacer p;
  const testing::rt_guard guard;
  p.measured(0ms, 0ms, 0ms, t0);
  p.sent(1000, t0);
  p.acknowledged(1000, true);
  p.congested(t0);
}
