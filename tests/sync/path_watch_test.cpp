#include <jamnet/sync/path_watch.hpp>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>

using namespace jamnet;

TEST_CASE("both ways late for 5 s is a longer path, by the least of the lateness") {
  longer_path_watch watch;
  double longer = 0;
  int calls = 0;
  for (; longer == 0 && calls < 100; ++calls)
    longer = watch.add(0.2, {9e6 + 1e3 * calls, 8e6 + 1e3 * calls}, 1e5);
  CHECK(longer == 8e6);
  CHECK(calls == 26);
}

TEST_CASE("one exchange in time, in either direction, shows that the path is the old one") {
  longer_path_watch watch;
  for (int i = 0; i < 100; ++i) CHECK(watch.add(0.2, {9e6, i % 20 == 0 ? 1e4 : 8e6}, 1e5) == 0);
}

TEST_CASE("both ways early is a shorter path; one way alone is not") {
  CHECK(shorter_path({-2e6, -3e6}, 1e4) == -3e6);
  CHECK(shorter_path({-2e6, 1e3}, 1e4) == 0);
  CHECK(shorter_path({-5e4, -6e4}, 1e4) == 0); // within the noise
  CHECK(shorter_path({-1e5, -3e6}, 1e4) == 0); // too uneven
}

TEST_CASE("one way early and the other late by as much, six times, is a step of the clock") {
  clock_step_watch watch;
  for (int i = 0; i < 6; ++i) {
    CHECK_FALSE(watch.certain());
    watch.add(0.2, {-5e6, 5e6}, 1e4, 1e3);
    CHECK(watch.suspects());
    CHECK(watch.drift().size == 0);
  }
  CHECK(watch.certain());
  watch.add(0.2, {0, 0}, 1e4, 1e3);
  CHECK_FALSE(watch.suspects());
  CHECK_FALSE(watch.certain());
}

TEST_CASE("a step that causality proves needs no more than to be seen three times") {
  clock_step_watch watch;
  watch.prove(); // of what nothing else tells
  watch.add(2, {5e6, -5e6}, 1e4, 1e3);
  watch.prove();
  watch.add(2, {5e6, -5e6}, 1e4, 1e3);
  CHECK_FALSE(watch.certain());
  watch.add(2, {5e6, -5e6}, 1e4, 1e3);
  CHECK(watch.certain());
  watch.add(2, {0, 0}, 1e4, 1e3);
  for (int i = 0; i < 5; ++i) watch.add(2, {5e6, -5e6}, 1e4, 1e3);
  CHECK_FALSE(watch.certain()); // what was proven is over
}

TEST_CASE("a step that grows is a drift, at the rate at which it grows") {
  clock_step_watch watch;
  for (int i = 1; i <= 3; ++i) {
    CHECK(watch.drift().size == 0);
    watch.add(2, {-2e5 * i, 2e5 * i}, 1e4, 1e3);
  }
  CHECK(watch.drift().size == doctest::Approx(6e5));
  CHECK(watch.drift().rate == doctest::Approx(1e5));
  for (int i = 4; i < 20; ++i) watch.add(2, {-2e5 * i, 2e5 * i}, 1e4, 1e3);
  CHECK_FALSE(watch.certain());
}

TEST_CASE("congestion is never mistaken for a step") {
  random_source random{1};
  clock_step_watch watch;
  for (int i = 0; i < 10000; ++i) {
    watch.add(0.2, {random.uniform(-3e4, 5e6), random.uniform(-3e4, 5e6)}, 1e4, 1e3);
    CHECK_FALSE(watch.certain());
  }
}

TEST_CASE("a little early again and again is a drift, and how fast it grew") {
  early_drift_watch watch;
  drift_finding found;
  int calls = 0;
  for (; found.size == 0 && calls < 100; ++calls) found = watch.add(0.5, {-1e4, 5e4}, 1e4);
  CHECK(found.size == doctest::Approx(1e4));
  CHECK(calls == 13);
  CHECK(found.rate == doctest::Approx(1e4 / 6.5));
}

TEST_CASE("exchanges far apart need only be early twice, if by much") {
  early_drift_watch often, seldom;
  CHECK(often.add(0.2, {-4e4, 5e4}, 1e4).size == 0);
  CHECK(often.add(0.2, {-4e4, 5e4}, 1e4).size == 0);
  CHECK(seldom.add(1.6, {-4e4, 5e4}, 1e4).size == 0);
  CHECK(seldom.add(1.6, {-4e4, 5e4}, 1e4).size == doctest::Approx(4e4));
}

TEST_CASE("noise seldom looks like a drift") {
  random_source random{2};
  early_drift_watch watch;
  int found = 0;
  for (int i = 0; i < 10000; ++i)
    found += watch.add(0.2, {random.uniform(-1e4, 2e4), random.uniform(-1e4, 2e4)}, 1e4).size > 0;
  CHECK(found == 0);
}
