#include <jamnet/toast/replay_window.hpp>

#include <set>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>

using namespace jamnet;
using namespace jamnet::toast;

TEST_CASE("a counter counts once, and not when it comes 1,024 too late") {
  replay_window w;
  for (std::uint64_t i = 0; i < 5000; ++i) {
    CHECK(w.is_new(i));
    w.take(i);
    CHECK_FALSE(w.is_new(i));
  }
  CHECK_FALSE(w.is_new(0));
  w.take(10'000);
  CHECK(w.is_new(10'001 - 1'024));
  CHECK_FALSE(w.is_new(10'000 - 1'024));
  CHECK_FALSE(w.is_new(~std::uint64_t{0}));
  w.take(~std::uint64_t{1});
  CHECK_FALSE(w.is_new(~std::uint64_t{1}));
  CHECK_FALSE(w.is_new(10'001));
}

TEST_CASE("a window can begin anywhere") {
  for (const std::uint64_t next : {1u, 63u, 64u, 100u, 5000u}) {
    replay_window w{next};
    for (std::uint64_t i = next - std::min<std::uint64_t>(next, 1500); i < next; ++i)
      CHECK_FALSE(w.is_new(i));
    for (std::uint64_t i = next; i < next + 3000; ++i) {
      REQUIRE(w.is_new(i));
      w.take(i);
      REQUIRE_FALSE(w.is_new(i));
    }
  }
}

TEST_CASE("in any order, it says what a set of all counters would say") {
  for (const std::uint64_t spread : {3u, 100u, 900u, 3000u, 10'000u}) {
    random_source random{spread};
    replay_window w;
    std::set<std::uint64_t> seen;
    std::uint64_t base = 0;
    for (int i = 0; i < 20'000; ++i) {
      base += random.next() % 3 * (random.next() % 50 == 0 ? spread : 1);
      const std::uint64_t back = std::min(base, random.next() % spread);
      const std::uint64_t counter = base - back;
      const bool late = !seen.empty() && counter + 1'024 <= *seen.rbegin();
      REQUIRE(w.is_new(counter) == (!late && !seen.contains(counter)));
      if (w.is_new(counter)) w.take(counter), seen.insert(counter);
    }
  }
}
