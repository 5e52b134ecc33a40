// What one exchange and one question of the time cost.
#include <jamnet/sync/clock_estimator.hpp>

#include <vector>

#include <benchmark/benchmark.h>
#include <jamnet/core/random.hpp>
#include <jamnet/sync/slewed_clock.hpp>

using namespace jamnet;

namespace {

// A LAN at five exchanges a second, 40 ppm apart.
std::vector<clock_exchange> exchanges(std::size_t count) {
  random_source random{1};
  std::vector<clock_exchange> all;
  std::int64_t t = 1'700'000'000'000'000'000;
  for (std::size_t i = 0; i < count; ++i, t += 200'000'000) {
    const auto offset = static_cast<std::int64_t>(static_cast<double>(i) * 8000);
    const auto there = static_cast<std::int64_t>(random.uniform(100e3, 150e3));
    const auto back = static_cast<std::int64_t>(random.uniform(100e3, 150e3));
    all.push_back({host_time{nanoseconds{t}}, session_time{nanoseconds{t + offset + there}},
                   session_time{nanoseconds{t + offset + there + 30'000}},
                   host_time{nanoseconds{t + there + 30'000 + back}}});
  }
  return all;
}

void add(benchmark::State& state) {
  const auto all = exchanges(1 << 16);
  clock_estimator estimator;
  std::size_t i = 0;
  for (auto _ : state) {
    if (i == all.size()) {
      i = 0;
      estimator = clock_estimator{};
    }
    estimator.add(all[i++]);
  }
  benchmark::DoNotOptimize(estimator.skew_ppm());
}

void query(benchmark::State& state) {
  clock_estimator estimator;
  slewed_clock clock;
  host_time now{};
  for (const auto& x : exchanges(100)) {
    estimator.add(x);
    now = x.t4;
  }
  clock.follow(estimator.map(), now);
  const auto map = clock.map();
  for (auto _ : state) {
    now += nanoseconds{20'833};
    benchmark::DoNotOptimize(map(now));
    benchmark::DoNotOptimize(map.bound(now));
  }
}

void follow(benchmark::State& state) {
  clock_estimator estimator;
  slewed_clock clock;
  host_time now{};
  for (const auto& x : exchanges(100)) {
    estimator.add(x);
    now = x.t4;
  }
  for (auto _ : state) {
    now += nanoseconds{100'000};
    clock.follow(estimator.map(), now);
    benchmark::DoNotOptimize(clock.map());
  }
}

BENCHMARK(add)->Name("sync/cost/update_ns");
BENCHMARK(query)->Name("sync/cost/query_ns");
BENCHMARK(follow)->Name("sync/cost/follow_ns");

} // namespace
