#include <jamnet/toast/gap_requests.hpp>

#include <array>
#include <initializer_list>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace jamnet::toast;
using namespace std::chrono_literals;

namespace {

constexpr host_time start{1000s};

} // namespace

TEST_CASE("nothing is asked for while nothing is missing") {
  random_source random{1};
  gap_requests gaps;
  CHECK(gaps.deadline() == host_time::max());
  gaps.watch(true, 7, start, random);
  gaps.watch(false, 9, start, random);
  gaps.overheard(start, random);
  CHECK(gaps.deadline() == host_time::max());
}

TEST_CASE("a gap is asked for 2 to 10 ms after it was noticed, by few of many soon") {
  random_source random{1};
  int soon = 0;
  for (int i = 0; i < 1000; ++i) {
    gap_requests gaps;
    gaps.watch(true, 7, start, random);
    const auto at = gaps.deadline();
    CHECK(at >= start + 2ms);
    CHECK(at < start + 10ms);
    soon += at < start + 3ms ? 1 : 0;
    gaps.watch(true, 7, start + 1ms, random); // it is the same gap
    CHECK(gaps.deadline() == at);
  }
  CHECK(soon < 40); // an eighth of the time, and a quarter of the eighth of those
}

TEST_CASE(
    "requests that are not answered come less and less often, after two to the sender alone") {
  random_source random{2};
  gap_requests gaps;
  gaps.watch(true, 7, start, random);
  auto now = gaps.deadline();
  CHECK_FALSE(gaps.asks_alone());
  for (const auto wait : {20ms, 40ms, 80ms, 160ms, 320ms, 320ms, 320ms}) {
    gaps.asked(now, random);
    CHECK(gaps.deadline() >= now + wait);
    CHECK(gaps.deadline() < now + wait + 8ms);
    CHECK(gaps.asks_alone() == (wait > 20ms));
    now = gaps.deadline();
  }
  gaps.watch(true, 8, now, random); // there was progress: another gap
  CHECK(gaps.deadline() < now + 10ms);
  CHECK_FALSE(gaps.asks_alone());
}

TEST_CASE("another's request counts as one's own, but only where it could be answered") {
  random_source random{3};
  gap_requests gaps;
  gaps.watch(true, 7, start, random);
  gaps.overheard(start + 1ms, random);
  CHECK(gaps.deadline() >= start + 21ms);
  gaps.overheard(start + 2ms, random);
  CHECK(gaps.asks_alone());
  const auto at = gaps.deadline();
  for (int i = 0; i < 100; ++i) gaps.overheard(at, random);
  CHECK(gaps.deadline() == at);
}

TEST_CASE("what another asks for covers what is missing, or it does not") {
  const std::array<seq_range, 2> asked{{{3, 5}, {8, 8}}};
  const auto covered = [&](std::initializer_list<seq_range> missing) {
    return covers(asked, {missing.begin(), missing.size()});
  };
  CHECK(covered({{3, 5}, {8, 8}}));
  CHECK(covered({{4, 4}}));
  CHECK_FALSE(covered({{3, 6}}));
  CHECK_FALSE(covered({{8, 8}, {9, 9}}));
}

TEST_CASE("asking is rt-safe") {
  random_source random{4};
  gap_requests gaps;
  const testing::rt_guard guard;
  gaps.watch(true, 7, start, random);
  gaps.asked(start, random);
  gaps.overheard(start, random);
}
