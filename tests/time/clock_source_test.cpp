#include <jamnet/time/clock_source.hpp>

#include <doctest/doctest.h>

using namespace jamnet;

namespace {

struct stopped_clock { // the least that is a clock
  host_time now() const noexcept { return {}; }
};
struct other_timeline {
  session_time now() const noexcept { return {}; }
};
struct may_throw {
  host_time now() const { return {}; }
};
struct changes_itself {
  host_time now() noexcept { return {}; }
};
struct not_a_value {
  not_a_value(const not_a_value&) = delete;
  host_time now() const noexcept { return {}; }
};

} // namespace

TEST_CASE("a clock is a value whose now() is a const, non-throwing host_time") {
  static_assert(clock_source<stopped_clock>);
  static_assert(!clock_source<other_timeline>);
  static_assert(!clock_source<may_throw>);
  static_assert(!clock_source<changes_itself>);
  static_assert(!clock_source<not_a_value>);
  static_assert(!clock_source<int>);
}
