#include <jamnet/sync/time_source.hpp>

#include <initializer_list>
#include <limits>

#include <doctest/doctest.h>

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

constexpr host_time told_at{1h};
constexpr source_reading told{{told_at, source_time{5s}, 0.25, 20e-6, 100, 1e-6}, told_at, true};

template <class Change>
bool possible_with(Change change) {
  source_reading reading = told;
  change(reading);
  return reading.possible(told_at);
}

} // namespace

TEST_CASE("what a clock can say is possible, and nothing else is") {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double infinite = std::numeric_limits<double>::infinity();
  CHECK(told.possible(told_at));
  CHECK(possible_with([](auto& r) { r.map.skew = 15; }));    // a tape wound fast …
  CHECK(possible_with([](auto& r) { r.map.skew = -0.95; })); // … or slowly
  for (const double wrong : {nan, infinite, -infinite, 1e300, -1e300}) {
    CAPTURE(wrong);
    CHECK_FALSE(possible_with([=](auto& r) { r.map.skew = wrong; }));
    CHECK_FALSE(possible_with([=](auto& r) { r.map.residual = wrong; }));
    CHECK_FALSE(possible_with([=](auto& r) { r.map.bound_ns = wrong; }));
    CHECK_FALSE(possible_with([=](auto& r) { r.map.bound_growth = wrong; }));
  }
  CHECK_FALSE(possible_with([](auto& r) { r.map.skew = -1; }));
  CHECK_FALSE(possible_with([](auto& r) { r.map.bound_ns = -1; }));
  CHECK_FALSE(possible_with([](auto& r) { r.map.bound_growth = -1e-9; }));
  CHECK_FALSE(possible_with([](auto& r) { r.confirmed = told_at + 2s; }));
  CHECK_FALSE(possible_with([](auto& r) { r.map.from = told_at - 24h * 105; }));
  for (const auto end : {host_time::min(), host_time::max()}) {
    CHECK_FALSE(possible_with([=](auto& r) { r.map.from = end; }));
    CHECK_FALSE(possible_with([=](auto& r) { r.confirmed = end; }));
    CHECK_FALSE(possible_with([=](auto& r) { r.map.to = source_time{end.time_since_epoch()}; }));
    CHECK_FALSE(told.possible(end));
  }
}

TEST_CASE("a map to any time is one to a source's, with all it says") {
  const clock_map<host_timeline, session_timeline> session{told_at, session_time{7s}, 0.5, 1e-5, 30,
                                                           1e-7};
  const source_map map = as_source(session);
  CHECK(map(told_at + 1h).time_since_epoch() == session(told_at + 1h).time_since_epoch());
  CHECK(map.bound(told_at + 1h) == session.bound(told_at + 1h));
}
