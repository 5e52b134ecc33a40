#include <jamnet/core/chrono.hpp>

#include <doctest/doctest.h>

using namespace std::chrono_literals;

TEST_CASE("durations, time points, steady_clock and literals are there") {
  static_assert(1s == std::chrono::milliseconds{1000});
  static_assert(std::chrono::duration_cast<std::chrono::microseconds>(1500ns) == 1us);
  using point = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;
  static_assert(point{5ns} - point{2ns} == 3ns);
  CHECK(std::chrono::steady_clock::is_steady);
}
