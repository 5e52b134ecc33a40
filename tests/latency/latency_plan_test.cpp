#include <jamnet/latency/latency_plan.hpp>

#include <limits>

#include <doctest/doctest.h>

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

failure refused(const latency_options& wish) { return latency_plan::of(wish).error(); }

} // namespace

TEST_CASE("50 ms are meant unless something else is said, to the nearest frame") {
  CHECK(latency_plan::of({.rate = 48'000})->latency() == 2400);
  CHECK(latency_plan::of({.rate = 44'100})->latency() == 2205);
  CHECK(latency_plan::of({.rate = 22'050})->latency() == 1103); // 1102.5
  CHECK(latency_plan::of({.rate = 192'000})->latency() == 9600);
}

TEST_CASE("the capacity is the power of two at or above four times the largest latency") {
  CHECK(latency_plan::of({.rate = 48'000})->shape().capacity() == 16'384);
  CHECK(latency_plan::exactly(1, {})->shape().capacity() == 4);
  CHECK(latency_plan::exactly(1024, {})->shape().capacity() == 4096);
  CHECK(latency_plan::exactly(1025, {})->shape().capacity() == 8192);
  CHECK(latency_plan::exactly(1, {.largest = 50ms})->shape().capacity() == 16'384);
}

TEST_CASE("a block longer than that gets room, too") {
  CHECK(latency_plan::exactly(1, {.block = 4096})->shape().capacity() == 8192);
}

TEST_CASE("frames and durations are exact in whole numbers of either") {
  const auto plan = *latency_plan::of({.rate = 44'100});
  CHECK(plan.duration(44'100) == 1s);
  CHECK(plan.frames(1s) == 44'100);
  CHECK(plan.duration(1) == 22'676ns);
}

TEST_CASE("a wish that cannot be met is refused with the number that is wrong") {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  CHECK(refused({.rate = 0}) == failure{errc::audio_rate, 0});
  CHECK(refused({.rate = -48'000}) == failure{errc::audio_rate, 0});
  CHECK(refused({.rate = nan}) == failure{errc::audio_rate, 0});
  CHECK(refused({.rate = infinity}) == failure{errc::audio_rate, 0});
  CHECK(refused({.rate = 20e6}) == failure{errc::audio_rate, 20'000'000});
  CHECK(refused({.rate = 1e300}).code == errc::audio_rate);
  CHECK(refused({.channels = 0}) == failure{errc::audio_channels, 0});
  CHECK(refused({.channels = 1025}) == failure{errc::audio_channels, 1025});
  CHECK(refused({.latency = 0ms}) == failure{errc::latency_range, 0});
  CHECK(refused({.latency = -50ms}) == failure{errc::latency_range, 0});
  CHECK(refused({.latency = 1us}) == failure{errc::latency_range, 0}); // less than half a frame
  CHECK(refused({.latency = 60ms, .largest = 50ms}) == failure{errc::latency_range, 2880});
  CHECK(refused({.latency = 10'000h}).code == errc::latency_range);
  CHECK(refused({.largest = 10'000h}).code == errc::latency_range);
  CHECK(refused({.largest = -1s}).code == errc::latency_range);
  CHECK(refused({.block = 0}) == failure{errc::audio_block, 0});
  CHECK(refused({.block = SIZE_MAX}) == failure{errc::audio_block, UINT32_MAX});
  CHECK(latency_plan::exactly(0, {}).error() == failure{errc::latency_range, 0});
  CHECK(latency_plan::exactly(-7, {}).error() == failure{errc::latency_range, 0});
  CHECK(latency_plan::exactly(INT64_MAX, {}).error().code == errc::latency_range);
}
