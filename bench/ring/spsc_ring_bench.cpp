// What does it cost to hand values to another thread, beside the queues people use today?
#include <jamnet/ring/spsc_ring.hpp>

#include <array>
#include <atomic>
#include <memory>
#include <thread>

#include <benchmark/benchmark.h>
#include <jamnet/midi/midi_event.hpp>
#if __has_include(<readerwriterqueue/readerwriterqueue.h>)
#include <readerwriterqueue/readerwriterqueue.h>
#endif
#if __has_include(<boost/lockfree/spsc_queue.hpp>)
#include <boost/lockfree/spsc_queue.hpp>
#endif

using namespace jamnet;

namespace {

constexpr std::size_t capacity = 1024;

struct ours {
  spsc_ring<midi_event, capacity> ring;
  bool push(const midi_event& e) { return ring.try_push(e); }
  bool pop(midi_event& e) { return ring.try_pop(e); }
};
#if __has_include(<readerwriterqueue/readerwriterqueue.h>)
struct moodycamel_queue {
  moodycamel::ReaderWriterQueue<midi_event> ring{capacity};
  bool push(const midi_event& e) { return ring.try_enqueue(e); }
  bool pop(midi_event& e) { return ring.try_dequeue(e); }
};
#endif
#if __has_include(<boost/lockfree/spsc_queue.hpp>)
struct boost_queue {
  boost::lockfree::spsc_queue<midi_event, boost::lockfree::capacity<capacity>> ring;
  bool push(const midi_event& e) { return ring.push(e); }
  bool pop(midi_event& e) { return ring.pop(e); }
};
#endif

// One event in and out again, on one thread: the instructions alone.
template <class Queue>
void alone(benchmark::State& state) {
  const auto queue = std::make_unique<Queue>();
  midi_event event;
  for (auto _ : state) {
    benchmark::DoNotOptimize(queue->push(event));
    benchmark::DoNotOptimize(queue->pop(event));
  }
}

// Events streamed from another thread, as fast as both can.
template <class Queue>
void streamed(benchmark::State& state) {
  const auto queue = std::make_unique<Queue>();
  std::atomic<bool> stop{false};
  std::thread producer{[&] {
    for (midi_event event; !stop.load(std::memory_order_relaxed);)
      if (!queue->push(event)) std::this_thread::yield();
  }};
  midi_event event;
  for (auto _ : state)
    while (!queue->pop(event)) std::this_thread::yield();
  stop = true;
  producer.join();
  state.SetItemsProcessed(state.iterations());
}

// The same, sixty-four at a time.
void streamed_in_bulk(benchmark::State& state) {
  const auto ring = std::make_unique<spsc_ring<midi_event, capacity>>();
  std::atomic<bool> stop{false};
  std::thread producer{[&] {
    const std::array<midi_event, 64> block{};
    while (!stop.load(std::memory_order_relaxed))
      if (ring->push(block) == 0) std::this_thread::yield();
  }};
  std::array<midi_event, 64> block;
  std::int64_t count = 0;
  for (auto _ : state) {
    std::size_t taken = 0;
    while ((taken = ring->pop(block)) == 0) std::this_thread::yield();
    count += static_cast<std::int64_t>(taken);
  }
  stop = true;
  producer.join();
  state.SetItemsProcessed(count);
}

BENCHMARK(alone<ours>)->Name("ring_alone/jamnet");
BENCHMARK(streamed<ours>)->Name("ring_streamed/jamnet")->UseRealTime();
BENCHMARK(streamed_in_bulk)->Name("ring_streamed_in_bulk/jamnet")->UseRealTime();
#if __has_include(<readerwriterqueue/readerwriterqueue.h>)
BENCHMARK(alone<moodycamel_queue>)->Name("ring_alone/moodycamel");
BENCHMARK(streamed<moodycamel_queue>)->Name("ring_streamed/moodycamel")->UseRealTime();
#endif
#if __has_include(<boost/lockfree/spsc_queue.hpp>)
BENCHMARK(alone<boost_queue>)->Name("ring_alone/boost");
BENCHMARK(streamed<boost_queue>)->Name("ring_streamed/boost")->UseRealTime();
#endif

} // namespace
