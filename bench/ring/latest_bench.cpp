// What does an audio callback pay to read the newest clock map, with and without a busy writer?
#include <jamnet/ring/latest.hpp>

#include <atomic>
#include <thread>

#include <benchmark/benchmark.h>
#include <jamnet/time/clock_map.hpp>

using namespace jamnet;

namespace {

using map = clock_map<host_timeline, session_timeline>;

void read_quiet(benchmark::State& state) {
  latest<map> cell;
  map out;
  for (auto _ : state) benchmark::DoNotOptimize(cell.try_read(out));
}

void read_while_written(benchmark::State& state) {
  latest<map> cell;
  std::atomic<bool> stop{false};
  std::thread writer{[&] {
    for (map next; !stop.load(std::memory_order_relaxed); next.bound_ns += 1) cell.store(next);
  }};
  map out;
  for (auto _ : state) benchmark::DoNotOptimize(out = cell.read());
  stop = true;
  writer.join();
}

void store(benchmark::State& state) {
  latest<map> cell;
  map next;
  for (auto _ : state) {
    next.bound_ns += 1;
    cell.store(next);
  }
}

BENCHMARK(read_quiet)->Name("latest_read_quiet/jamnet");
BENCHMARK(read_while_written)->Name("latest_read_while_written/jamnet")->UseRealTime();
BENCHMARK(store)->Name("latest_store/jamnet");

} // namespace
