#include <jamnet/toast/back_off.hpp>

#include <doctest/doctest.h>

using namespace jamnet;
using toast::back_off;

TEST_CASE("waits double from a quarter of a second to five, each with a chance of its own") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    back_off tries{seed};
    nanoseconds wait = back_off::first;
    host_time now{};
    for (int i = 0; i < 10; ++i) {
      const auto next = tries.next(now);
      CHECK(next - now >= wait * 3 / 4);
      CHECK(next - now <= wait);
      now = next;
      wait = std::min(2 * wait, nanoseconds{5'000'000'000});
    }
    tries.reset();
    CHECK(tries.next(now) - now <= back_off::first);
  }
  CHECK(back_off{1}.next(host_time{}) != back_off{2}.next(host_time{}));
}
