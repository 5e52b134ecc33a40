#include <jamnet/sync/delay_histogram.hpp>

#include <vector>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace std::chrono_literals;

TEST_CASE("a step begins right after the one before and ends at its upper edge") {
  for (std::size_t i = 0; i < delay_histogram::steps; ++i) {
    CAPTURE(i);
    const auto edge = delay_histogram::upper_edge(i);
    REQUIRE(delay_histogram::step(edge) == i);
    if (i + 1 < delay_histogram::steps) {
      REQUIRE(delay_histogram::step(edge + 1ns) == i + 1);
      REQUIRE(delay_histogram::upper_edge(i + 1) - edge <= edge / 16);
    }
  }
}

TEST_CASE("sixteen steps are an octave") {
  for (std::size_t i = 0; i + 16 < delay_histogram::steps; ++i)
    REQUIRE(delay_histogram::upper_edge(i + 16) == 2 * delay_histogram::upper_edge(i));
}

TEST_CASE("what is shorter than the first step or longer than the last counts as that one") {
  constexpr auto last = delay_histogram::steps - 1;
  for (const auto delay : {nanoseconds::min(), nanoseconds{-1}, 0ns, 1ns, nanoseconds{17us}})
    CHECK(delay_histogram::step(delay) == 0);
  for (const auto delay : {nanoseconds{3s}, nanoseconds{1h}, nanoseconds::max()})
    CHECK(delay_histogram::step(delay) == last);
}

TEST_CASE("all but so many delays are within the step, as if all had been sorted") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    random_source random{seed};
    delay_histogram histogram{100'000};
    std::vector<nanoseconds> all;
    for (int i = 0; i < 3000; ++i) {
      all.push_back(
          nanoseconds{static_cast<std::int64_t>(random.next() >> (33 + random.next() % 16))});
      histogram.add(all.back());
    }
    std::sort(all.begin(), all.end());
    for (const std::uint32_t few : {0u, 1u, 2u, 30u, 1500u, 2999u}) {
      CAPTURE(few);
      CHECK(histogram.all_but(few) == delay_histogram::step(all[all.size() - 1 - few]));
    }
    CHECK(histogram.all_but(3000) == 0);
    CHECK(histogram.size() == 3000);
  }
}

TEST_CASE("a window forgets what came before it, and remembers half of itself at least") {
  for (const std::uint32_t window : {2u, 10u, 4096u, 131'070u}) {
    CAPTURE(window);
    delay_histogram histogram{window};
    histogram.add(1s);
    for (std::uint32_t i = 0; i < window / 2; ++i) {
      REQUIRE(histogram.all_but(0) == delay_histogram::step(1s));
      histogram.add(1ms);
    }
    for (std::uint32_t i = window / 2; i < window; ++i) histogram.add(1ms);
    CHECK(histogram.all_but(0) == delay_histogram::step(1ms));
    CHECK(histogram.size() > window / 2);
    CHECK(histogram.size() <= window);
  }
}

TEST_CASE("any window is one of 2 to 131,070 delays, and counts cannot overflow") {
  for (const std::uint32_t window : {0u, 1u, 0xFFFF'FFFFu}) {
    delay_histogram histogram{window};
    for (int i = 0; i < 300'000; ++i) histogram.add(1ms);
    CHECK(histogram.size() >= 1);
    CHECK(histogram.size() <= 131'070);
    CHECK(histogram.all_but(0) == delay_histogram::step(1ms));
    CHECK(histogram.all_but(histogram.size() - 1) == delay_histogram::step(1ms));
  }
}

TEST_CASE("a histogram neither allocates nor locks") {
  testing::rt_guard guard;
  delay_histogram histogram{100};
  for (int i = 0; i < 1000; ++i) histogram.add(i * 1ms);
  CHECK(histogram.all_but(1) > 0);
}
