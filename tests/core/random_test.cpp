#include <jamnet/core/random.hpp>

#include <array>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;

TEST_CASE("the numbers are SplitMix64's, the same everywhere") {
  random_source random{1234567};
  CHECK(random.next() == 6457827717110365317u);
  CHECK(random.next() == 3203168211198807973u);
  CHECK(random.next() == 9817491932198370423u);
}

TEST_CASE("a seed replays its numbers, another seed does not") {
  random_source a{1}, b{1}, c{2};
  CHECK(a.next() == b.next());
  CHECK(a.next() != c.next());
}

TEST_CASE("uniform numbers stay in their half-open range and fill it evenly") {
  random_source random{3};
  std::array<int, 10> bins{};
  for (int i = 0; i < 10'000; ++i) {
    const double x = random.uniform(-2, 3);
    REQUIRE(x >= -2);
    REQUIRE(x < 3);
    ++bins[static_cast<std::size_t>((x + 2) * 2)];
  }
  for (const int count : bins) CHECK(count == doctest::Approx(1000).epsilon(0.15));
}

TEST_CASE("drawing numbers is rt-safe") {
  random_source random{4};
  double sum = 0;
  {
    const testing::rt_guard guard;
    for (int i = 0; i < 10; ++i) sum += random.uniform();
  }
  CHECK(sum > 0);
}
