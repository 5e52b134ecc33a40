#include <jamnet/toast/rate_limit.hpp>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace jamnet::toast;
using namespace std::chrono_literals;

namespace {

address at(std::uint64_t number, std::uint16_t port = 1) {
  return address::v4(
      static_cast<std::uint8_t>(number >> 24), static_cast<std::uint8_t>(number >> 16),
      static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number), port);
}

} // namespace

TEST_CASE("a burst at once, then so many a second, whatever the port and the steps of time") {
  for (const nanoseconds step : {1'500us, 7'000us, 100'000us}) {
    rate_limit limit{8, 20, {1, 2}};
    host_time now{1000s};
    int at_once = 0, later = 0;
    for (std::uint16_t i = 0; i < 50; ++i) at_once += limit.try_take(at(1, i), now);
    CHECK(at_once == 8);
    for (const auto end = now + 10s; now < end;) {
      now += step;
      for (int i = 0; i < 5; ++i) later += limit.try_take(at(1), now);
    }
    CHECK(later >= 199);
    CHECK(later <= 201);
    CHECK(limit.try_take(at(2), now));
  }
}

TEST_CASE("what is given back can be taken again, but never more than a burst") {
  rate_limit limit{2, 1, {1, 2}};
  const host_time now{1s};
  CHECK(limit.try_take(at(1), now));
  limit.give_back(at(1));
  limit.give_back(at(1));
  limit.give_back(at(2)); // who took none
  CHECK(limit.try_take(at(1), now));
  CHECK(limit.try_take(at(1), now));
  CHECK_FALSE(limit.try_take(at(1), now));
}

TEST_CASE("a network of IPv6 counts as one") {
  rate_limit limit{4, 1, {1, 2}};
  address a{.port = 1, .via = carrier::udp};
  a.ip[0] = 0x20;
  int taken = 0;
  for (int i = 0; i < 100; ++i) {
    a.ip[15] = static_cast<std::uint8_t>(i);
    taken += limit.try_take(a, host_time{1s});
  }
  CHECK(taken == 4);
}

TEST_CASE("a flood of forged addresses neither starves others nor gets much for one of them") {
  rate_limit limit{8, 8, {3, 4}};
  random_source random{5};
  host_time now{1000s};
  int honest = 0, victim = 0;
  const testing::rt_guard guard;
  for (int i = 0; i < 100'000; ++i, now += 100us) {
    (void)limit.try_take(at(random.next() >> 33), now);
    victim += limit.try_take(at(0xffff0001), now); // in whose name each second datagram comes
    if (i % 2500 == 0) honest += limit.try_take(at(0xffff0002), now); // each 250 ms
  }
  CHECK(honest == 40);
  CHECK(victim <= 8 * (1 + 10 + 100'000 / 256 * 2)); // of 200,000
}
