#include <jamnet/sync/source_trust.hpp>

#include <doctest/doctest.h>
#include <jamnet/core/algorithm.hpp>

using namespace jamnet;
using namespace std::chrono_literals;

TEST_CASE("trust takes its probation without a fault, and one fault to lose") {
  source_trust trust{2s};
  CHECK_FALSE(trust.update(true, host_time{10s}));
  CHECK_FALSE(trust.update(true, host_time{11s}));
  CHECK_FALSE(trust.update(false, host_time{11500ms}));
  CHECK_FALSE(trust.update(true, host_time{12s}));
  CHECK_FALSE(trust.update(true, host_time{13900ms}));
  CHECK(trust.update(true, host_time{14s}));
  CHECK_FALSE(trust.update(false, host_time{15s}));
}

TEST_CASE("each relapse doubles the probation, up to 32 times, and a long good time forgives all") {
  source_trust trust{1s};
  host_time t{1h};
  trust.vouch(t);
  nanoseconds expected{1s};
  for (int i = 0; i < 9; ++i) {
    CHECK(trust.patience() == expected);
    trust.update(false, t += 1s);
    expected = std::min<nanoseconds>(2 * expected, 32s);
    CHECK(trust.patience() == expected);
    trust.update(true, t += 1s);
    CHECK_FALSE(trust.update(true, t += expected - 1ns));
    CHECK(trust.update(true, t += 1ns));
  }
  trust.update(false, t += 320s);
  CHECK(trust.patience() == nanoseconds{1s});
}
