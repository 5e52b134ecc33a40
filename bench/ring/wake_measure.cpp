// How soon does a consumer that was idle hold what was pushed, and what did its idleness cost?
//
// Every way of waiting takes its turn, in several rounds of one run. Between pushes pass 0.5 to
// 1.5 ms, so that a consumer that can sleep does; the time counts from before the push to when the
// element is out. The processor time is the consumer's, as a part of the time it waited.
//
//   wake_measure [--json] [--smoke | --full]
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstring>
#include <ctime>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "../rows.hpp"
#include <jamnet/core/random.hpp>
#include <jamnet/platform/eventfd_signal.hpp>
#include <jamnet/ring/condition_signal.hpp>
#include <jamnet/ring/signalled_ring.hpp>
#include <jamnet/ring/spsc_ring.hpp>
#include <jamnet/time/steady_source.hpp>
#if __has_include(<readerwriterqueue/readerwriterqueue.h>)
#include <readerwriterqueue/readerwriterqueue.h>
#endif

using namespace jamnet;
using jamnet_bench::row;

namespace {

constexpr std::size_t capacity = 1024;

struct element { // as large as a midi_event
  std::int64_t pushed_at = 0;
  std::array<std::uint64_t, 3> rest{};
};

template <class Signal>
struct ours {
  signalled_ring<spsc_ring<element, capacity>, Signal> ring;
  bool push(const element& e) { return ring.try_push(e); }
  void pop(element& e) {
    while (!ring.wait_pop(e, forever)) {
    }
  }
};
#if __has_include(<readerwriterqueue/readerwriterqueue.h>)
struct moodycamel_queue {
  moodycamel::BlockingReaderWriterQueue<element> ring{capacity};
  bool push(const element& e) { return ring.try_enqueue(e); }
  void pop(element& e) { ring.wait_dequeue(e); }
};
#endif

std::int64_t now_ns() { return steady_source{}.now().time_since_epoch().count(); }

double thread_seconds() {
  std::timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

struct found {
  std::vector<double> latency_us, push_us, in_and_out_ns;
  double cpu_seconds = 0, wall_seconds = 0;
};

template <class Queue>
void wake(found& all, std::size_t count, random_source& random) {
  const auto queue = std::make_unique<Queue>();
  std::vector<double> latency_us;
  double cpu_seconds = 0;
  std::thread consumer{[&] {
    const double before = thread_seconds();
    for (std::size_t i = 0; i < count; ++i) {
      element e;
      queue->pop(e);
      latency_us.push_back(static_cast<double>(now_ns() - e.pushed_at) * 1e-3);
    }
    cpu_seconds = thread_seconds() - before;
  }};
  const auto began = now_ns();
  for (std::size_t i = 0; i < count; ++i) {
    std::this_thread::sleep_for(
        std::chrono::nanoseconds{500'000 + static_cast<std::int64_t>(random.uniform(0, 1e6))});
    element e;
    e.pushed_at = now_ns();
    while (!queue->push(e)) std::this_thread::yield();
    all.push_us.push_back(static_cast<double>(now_ns() - e.pushed_at) * 1e-3);
  }
  consumer.join();
  all.wall_seconds += static_cast<double>(now_ns() - began) * 1e-9;
  all.cpu_seconds += cpu_seconds;
  all.latency_us.insert(all.latency_us.end(), latency_us.begin(), latency_us.end());
}

// What a push costs beside a consumer that is awake: with its pop, on one thread.
template <class Queue>
void in_and_out(found& all, std::size_t count) {
  const auto queue = std::make_unique<Queue>();
  element e;
  const auto began = now_ns();
  for (std::size_t i = 0; i < count; ++i) {
    if (!queue->push(e)) return;
    queue->pop(e);
  }
  all.in_and_out_ns.push_back(static_cast<double>(now_ns() - began) / static_cast<double>(count));
}

double quantile(std::vector<double>& values, double q) {
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(values.size())));
  return values.empty() ? 0 : values[std::max<std::size_t>(rank, 1) - 1];
}

void add(std::vector<row>& rows, const std::string& who, found& all) {
  const std::string name = "wake/" + who;
  rows.push_back({name + "/p50_us", quantile(all.latency_us, 0.5), "us"});
  rows.push_back({name + "/p99_us", quantile(all.latency_us, 0.99), "us"});
  rows.push_back({name + "/max_us", quantile(all.latency_us, 1), "us"});
  rows.push_back({name + "/cpu_percent", 100 * all.cpu_seconds / all.wall_seconds, "%"});
  rows.push_back({name + "/waking_push_p50_us", quantile(all.push_us, 0.5), "us"});
  rows.push_back({name + "/in_and_out_ns", quantile(all.in_and_out_ns, 0.5), "ns"});
}

struct contestant {
  const char* who;
  void (*wake)(found&, std::size_t, random_source&);
  void (*in_and_out)(found&, std::size_t);
  found all;
};

template <class Queue>
contestant enter(const char* who) {
  return {who, wake<Queue>, in_and_out<Queue>, {}};
}

} // namespace

int main(int argc, char** argv) {
  bool json = false;
  std::size_t count = 150, rounds = 7;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--json") == 0) json = true;
    if (std::strcmp(argv[i], "--smoke") == 0) count = 20, rounds = 1;
    if (std::strcmp(argv[i], "--full") == 0) count = 1'000;
  }
  std::vector<contestant> contestants{enter<ours<polling>>("polling"),
                                      enter<ours<condition_signal>>("condition")};
#if defined(__linux__)
  contestants.push_back(enter<ours<eventfd_signal>>("eventfd"));
#endif
#if __has_include(<readerwriterqueue/readerwriterqueue.h>)
  contestants.push_back(enter<moodycamel_queue>("moodycamel"));
#endif
  random_source random{1};
  for (std::size_t round = 0; round < rounds; ++round)
    for (auto& c : contestants) {
      c.wake(c.all, count, random);
      c.in_and_out(c.all, 1000 * count);
    }
  std::vector<row> rows;
  for (auto& c : contestants) add(rows, c.who, c.all);
  jamnet_bench::print(rows, json);
  return 0;
}
