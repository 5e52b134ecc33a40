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
