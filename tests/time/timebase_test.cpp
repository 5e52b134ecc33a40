#include <jamnet/time/timebase.hpp>

#include <doctest/doctest.h>

using namespace jamnet;

namespace {

struct stopwatch {
  result<timebase_reading> read() noexcept { return timebase_reading{++count, {}, {}}; }
  tick_format format() const noexcept { return {1e6, 8}; }
  std::uint64_t count = 0;
};
static_assert(timebase<stopwatch>);

struct no_failures {
  timebase_reading read() noexcept { return {}; }
  tick_format format() const noexcept { return {}; }
};
static_assert(!timebase<no_failures>);

} // namespace

TEST_CASE("ticks between two counts are the few there may have been, forwards or backwards") {
  for (const unsigned bits : {8u, 32u, 36u, 63u, 64u}) {
    CAPTURE(bits);
    const tick_format counter{1, bits};
    const std::uint64_t last = counter.mask();
    CHECK(counter.between(5, 7) == 2);
    CHECK(counter.between(7, 5) == -2);
    CHECK(counter.between(last, 0) == 1);
    CHECK(counter.between(last - 3, 6) == 10);
    CHECK(counter.between(6, last - 3) == -10);
    CHECK(counter.between(0, last / 2) == static_cast<std::int64_t>(last / 2));
  }
  CHECK(tick_format{1, 36}.mask() == 0xF'FFFF'FFFF);
  CHECK(tick_format{1, 64}.mask() == ~std::uint64_t{0});
}
