#include <jamnet/toast/group_listener.hpp>

#include <initializer_list>

#include <doctest/doctest.h>

using namespace jamnet;
using namespace jamnet::toast;
using namespace std::chrono_literals;

TEST_CASE("who asks for more than an eighth rests, longer each time") {
  group_listener listener;
  host_time now{1000s};
  for (const auto rest : {10s, 20s, 40s, 80s, 160s, 160s}) {
    CHECK_FALSE(listener.rests(now));
    listener.carried(80);
    listener.asked(11);
    listener.judge(now);
    CHECK(listener.rests(now + rest - 1ns));
    now += rest;
  }
  CHECK_FALSE(listener.rests(now));
}

TEST_CASE("who asks for an eighth at most is served on, and few events prove nothing") {
  group_listener listener;
  const host_time now{1000s};
  listener.carried(80);
  listener.asked(10);
  listener.judge(now);
  CHECK_FALSE(listener.rests(now));
  listener.carried(63);
  listener.asked(63);
  listener.judge(now);
  CHECK_FALSE(listener.rests(now));
}

TEST_CASE("the copies that somebody needs follow what it says was lost, within limits") {
  group_listener some{{1, 2}}, fixed{{1, 1}};
  host_time now{1000s};
  CHECK(some.copies() == 1);
  for (std::uint64_t n = 1; n <= 20; ++n, now += 500ms) { // a tenth of 200 datagrams a second
    some.heard({20 * n, 10 * n, 200 * n}, now);
    fixed.heard({20 * n, 10 * n, 200 * n}, now);
  }
  CHECK(some.copies() == 2);
  CHECK(fixed.copies() == 1);
  for (std::uint64_t n = 21; n <= 60; ++n, now += 500ms) some.heard({400, 200, 200 * n}, now);
  CHECK(some.copies() == 1);
}
