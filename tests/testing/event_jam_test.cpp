#include <jamnet/testing/event_jam.hpp>

#include <doctest/doctest.h>

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

namespace {

adaptive_delay_options always(nanoseconds delay) {
  return {.smallest = delay, .largest = delay, .initial = delay};
}

} // namespace

TEST_CASE("a seed replays a jam") {
  const event_path_options path{path_kind::wifi_home, 0.01};
  const auto jam = event_jam::play(path, 3), again = event_jam::play(path, 3);
  CHECK(jam.settled == again.settled);
  CHECK(jam.best_fixed == again.best_fixed);
  CHECK(jam.late == again.late);
  CHECK(jam.settled != event_jam::play(path, 4).settled);
}

TEST_CASE("at a delay that is fixed, exactly 1 in 1000 events exceed the best one") {
  const event_path_options path{path_kind::wan, 0.01};
  const auto best = event_jam::play(path, 5, always(100ms)).best_fixed;
  CAPTURE(best.count());
  const auto jam = event_jam::play(path, 5, always(best));
  CHECK(jam.best_fixed == best);
  CHECK(jam.settled == best);
  CHECK(jam.late == doctest::Approx(0.001).epsilon(0.01));
  CHECK(event_jam::play(path, 5, always(best - 1ms)).late > 0.001);
  CHECK(event_jam::play(path, 5, always(best + 1ms)).late < 0.001);
}

TEST_CASE("a delay that follows its path is near the best fixed one") {
  const auto jam = event_jam::play({path_kind::wan}, 6);
  CAPTURE(jam.settled.count());
  CAPTURE(jam.best_fixed.count());
  CHECK(jam.late < 0.001);
  CHECK(jam.settled >= jam.best_fixed);
  CHECK(jam.settled < jam.best_fixed * 3 / 2);
}
