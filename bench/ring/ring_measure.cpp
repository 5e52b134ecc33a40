// What do the rings cost beside the queues people use today?
//
// The two cores of a machine are sometimes near and sometimes far, which moves a figure by a
// factor from one second to the next. So everything is compared in pairs: in each round every
// contestant takes its turn, in random order; a figure is the median over the rounds, and
// `times_slower` the median of what a contestant took to what jamnet took in the same round.
//
// All do the same work: what goes in is checked as it comes out. All wait alike where a queue is
// full or empty: a pause instruction after each poll, the rest of the time slice after 200.
//
//   ring_measure [--json] [--smoke | --full]
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <vector>

#include "../rows.hpp"
#include <jamnet/core/random.hpp>
#include <jamnet/midi/midi_event.hpp>
#include <jamnet/ring/audio_ring.hpp>
#include <jamnet/ring/event_ring.hpp>
#include <jamnet/ring/mpmc_queue.hpp>
#include <jamnet/ring/spsc_ring.hpp>
#if __has_include(<boost/lockfree/spsc_queue.hpp>)
#include <boost/lockfree/queue.hpp>
#include <boost/lockfree/spsc_queue.hpp>
#endif
#if __has_include(<readerwriterqueue/readerwriterqueue.h>)
#include <readerwriterqueue/readerwriterqueue.h>
#endif
#if __has_include(<concurrentqueue/concurrentqueue.h>)
#include <concurrentqueue/concurrentqueue.h>
#endif
#if defined(JAMNET_BENCH_JACK) // its library was found, too
#include <jack/ringbuffer.h>
#endif
#if defined(__linux__)
#include <pthread.h>
#endif

using namespace jamnet;
using jamnet_bench::row;

namespace {

// ------------------------------------------------------------------------------- the contestants

constexpr std::size_t capacity = 1024;
using word = std::uint64_t;

template <class T, class Ring>
struct ours {
  static constexpr const char* who = "jamnet";
  using element = T;
  Ring ring;
  bool push(const T& value) { return ring.try_push(value); }
  bool pop(T& value) { return ring.try_pop(value); }
  std::size_t push(std::span<const T> values) { return ring.push(values); }
  std::size_t pop(std::span<T> values) { return ring.pop(values); }
};
template <class T>
using our_spsc = ours<T, spsc_ring<T, capacity>>;
using our_event_ring = ours<word, event_ring<word, capacity>>;
using our_mpmc = ours<word, mpmc_queue<word, capacity>>;

// The index ring among those made for latency.
struct our_spsc_too : our_spsc<word> {
  static constexpr const char* who = "jamnet_spsc_ring";
};

#if __has_include(<boost/lockfree/spsc_queue.hpp>)
template <class T, template <class, class...> class Queue>
struct boost_queue {
  static constexpr const char* who = "boost";
  using element = T;
  Queue<T, boost::lockfree::capacity<capacity>> queue;
  bool push(const T& value) { return queue.push(value); }
  bool pop(T& value) { return queue.pop(value); }
  std::size_t push(std::span<const T> values) { return queue.push(values.data(), values.size()); }
  std::size_t pop(std::span<T> values) { return queue.pop(values.data(), values.size()); }
};
template <class T>
using boost_spsc = boost_queue<T, boost::lockfree::spsc_queue>;
using boost_mpmc = boost_queue<word, boost::lockfree::queue>;
#else // who is absent does not take part
template <class T>
using boost_spsc = void;
using boost_mpmc = void;
#endif

template <class T, class Queue>
struct moodycamel_queue {
  static constexpr const char* who = "moodycamel";
  using element = T;
  Queue queue{capacity}; // holds 2,044 then: at least what was asked for, in blocks of 511
  bool push(const T& value) { return queue.try_enqueue(value); }
  bool pop(T& value) { return queue.try_dequeue(value); }
};
#if __has_include(<readerwriterqueue/readerwriterqueue.h>)
template <class T>
using moodycamel_spsc = moodycamel_queue<T, moodycamel::ReaderWriterQueue<T>>;
struct moodycamel_as_small : moodycamel_spsc<word> { // holds 1,023
  static constexpr const char* who = "moodycamel_as_small";
  moodycamel_as_small() { queue = moodycamel::ReaderWriterQueue<word>{capacity / 2}; }
};
#else
template <class T>
using moodycamel_spsc = void;
using moodycamel_as_small = void;
#endif
#if __has_include(<concurrentqueue/concurrentqueue.h>)
using moodycamel_mpmc = moodycamel_queue<word, moodycamel::ConcurrentQueue<word>>;
#else
using moodycamel_mpmc = void;
#endif

// The least that one number from thread to thread can cost. It tells whether the cores are near.
struct bare_atomic {
  static constexpr const char* who = "bare_atomic";
  using element = word;
  alignas(cache_line_size) std::atomic<word> last{0};
  alignas(cache_line_size) word seen = 0;
  bool push(word value) {
    last.store(value + 1, std::memory_order_release);
    return true;
  }
  bool pop(word& value) {
    const word now = last.load(std::memory_order_acquire);
    value = now - 1;
    return std::exchange(seen, now) != now;
  }
};

// A block goes in and comes out in pieces, counted in what the ring counts.
struct alignas(64) block : std::array<float, 128> {};
constexpr std::size_t block_size = 128, audio_capacity = 32 * block_size;

struct our_audio {
  static constexpr const char* who = "jamnet";
  static constexpr std::size_t whole = block_size;
  audio_ring<float, interleaved<1>> ring{1, audio_capacity};
  std::size_t write(const block& from, std::size_t at) {
    return ring.write(std::span<const float>{from}.subspan(at));
  }
  std::size_t read(block& to, std::size_t at) {
    return ring.read(std::span<float>{to}.subspan(at));
  }
};
#if defined(JAMNET_BENCH_JACK)
struct jack_audio {
  static constexpr const char* who = "jack";
  static constexpr std::size_t whole = sizeof(block);
  std::unique_ptr<jack_ringbuffer_t, decltype(&jack_ringbuffer_free)> ring{
      jack_ringbuffer_create(audio_capacity * sizeof(float)), &jack_ringbuffer_free};
  std::size_t write(const block& from, std::size_t at) {
    const auto* bytes = reinterpret_cast<const char*>(from.data());
    return jack_ringbuffer_write(ring.get(), bytes + at, whole - at);
  }
  std::size_t read(block& to, std::size_t at) {
    return jack_ringbuffer_read(ring.get(), reinterpret_cast<char*>(to.data()) + at, whole - at);
  }
};
#else
using jack_audio = void;
#endif
#if __has_include(<boost/lockfree/spsc_queue.hpp>)
struct boost_audio {
  static constexpr const char* who = "boost";
  static constexpr std::size_t whole = block_size;
  boost::lockfree::spsc_queue<float, boost::lockfree::capacity<audio_capacity>> queue;
  std::size_t write(const block& from, std::size_t at) {
    return queue.push(from.data() + at, whole - at);
  }
  std::size_t read(block& to, std::size_t at) { return queue.pop(to.data() + at, whole - at); }
};
#else
using boost_audio = void;
#endif

// ------------------------------------------------------------------------------ the same for all

void pause_once() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

template <class Poll>
void wait_until(Poll poll) {
  for (int in_vain = 1; !poll(); ++in_vain)
    if (in_vain % 200 == 0)
      std::this_thread::yield();
    else
      pause_once();
}

// Moves everything, in as many pieces as `move(from where)` needs; it returns how much it moved.
template <class Move>
void wait_for_all(std::size_t size, Move move) {
  for (std::size_t done = 0, more = 0; done < size; done += more)
    wait_until([&] { return (more = move(done)) > 0; });
}

void stay_on_core(unsigned core) {
#if defined(__linux__)
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core % std::max(1u, std::thread::hardware_concurrency()), &set);
  ::pthread_setaffinity_np(::pthread_self(), sizeof set, &set);
#else
  static_cast<void>(core);
#endif
}

using clock_type = std::chrono::steady_clock;

double nanoseconds_since(clock_type::time_point start) {
  return std::chrono::duration<double, std::nano>(clock_type::now() - start).count();
}

void expect(bool right) {
  if (right) return;
  std::fputs("what came out is not what went in\n", stderr);
  std::exit(EXIT_FAILURE);
}

// Each measurement begins with half as many items unmeasured, which find the caches and, as nobody
// else does, the pages of new memory.
std::size_t warm_up(std::size_t count) { return count / 2; }

// The nanoseconds that `work(count)` takes; it returns whether what came out was right.
template <class Work>
double alone(std::size_t count, Work work) {
  bool right = work(warm_up(count));
  const auto start = clock_type::now();
  right &= work(count);
  const double ns = nanoseconds_since(start);
  expect(right);
  return ns;
}

// The same of two, side by side on two cores, until both are done. They share no memory but the
// queue's, so their captures are copies.
template <class Here, class There>
double side_by_side(std::size_t count, Here here, There there) {
  struct alignas(cache_line_size) {
    std::atomic<int> step{0};
    bool right = true;
  } other;
  const auto other_at = [&other](int step) {
    wait_until([&] { return other.step.load(std::memory_order_acquire) == step; });
  };
  std::thread thread{[&other, &other_at, count, there] {
    stay_on_core(1);
    there(warm_up(count));
    other.step.store(1, std::memory_order_release);
    other_at(2);
    other.right = there(count);
    other.step.store(3, std::memory_order_release);
  }};
  here(warm_up(count));
  other_at(1);
  const auto start = clock_type::now();
  other.step.store(2, std::memory_order_release);
  const bool right = here(count);
  other_at(3);
  const double ns = nanoseconds_since(start);
  thread.join();
  expect(right && other.right);
  return ns;
}

// The elements that go through a queue, made beforehand: what has just been written byte by byte
// would be slow to copy, for all alike.
template <class T>
class elements {
public:
  elements() {
    for (std::size_t i = 0; i < all_.size(); ++i) all_[i].seq = i;
  }
  const T& operator[](std::size_t n) const { return all_[n % all_.size()]; }

private:
  std::array<T, 63> all_{}; // no divisor of the capacity: an old element in a slot shows
};
template <>
class elements<word> {
public:
  word operator[](std::size_t n) const { return n; }
};

// --------------------------------------------------------------------------- what they shall do
// Each returns the nanoseconds that `count` items took.

constexpr auto streamed = []<class Queue>(std::size_t items) {
  using element = typename Queue::element;
  const auto made = std::make_unique<Queue>();
  return side_by_side(
      items,
      [queue = made.get()](std::size_t count) {
        const elements<element> in;
        for (std::size_t n = 0; n < count; ++n)
          wait_until([&, queue] { return queue->push(in[n]); });
        return true;
      },
      [queue = made.get()](std::size_t count) {
        const elements<element> in;
        bool right = true;
        for (std::size_t n = 0; n < count; ++n) {
          element value;
          wait_until([&, queue] { return queue->pop(value); });
          right &= value == in[n];
        }
        return right;
      });
};

constexpr auto streamed_by_64 = []<class Queue>(std::size_t items) {
  const auto made = std::make_unique<Queue>();
  return side_by_side(
      items,
      [queue = made.get()](std::size_t count) {
        std::array<word, 64> values;
        for (std::size_t n = 0; n < count; n += values.size()) {
          std::iota(values.begin(), values.end(), n);
          wait_for_all(values.size(), [&](std::size_t at) {
            return queue->push(std::span<const word>{values}.subspan(at));
          });
        }
        return true;
      },
      [queue = made.get()](std::size_t count) {
        std::array<word, 64> values;
        bool right = true;
        wait_for_all(count, [&](std::size_t n) {
          const std::size_t taken = queue->pop(std::span<word>{values});
          for (std::size_t i = 0; i < taken; ++i) right &= values[i] == n + i;
          return taken;
        });
        return right;
      });
};

constexpr auto in_and_out = []<class Queue>(std::size_t items) {
  const auto queue = std::make_unique<Queue>();
  const elements<typename Queue::element> in;
  return alone(items, [&](std::size_t count) {
    bool right = true;
    for (std::size_t n = 0; n < count; ++n) {
      typename Queue::element value{};
      right &= queue->push(in[n]);
      right &= queue->pop(value);
      right &= value == in[n];
    }
    return right;
  });
};

// To the other thread through one queue and back through another.
constexpr auto round_trip = []<class Queue>(std::size_t items) {
  const auto forth = std::make_unique<Queue>(), back = std::make_unique<Queue>();
  return side_by_side(
      items,
      [to = forth.get(), from = back.get()](std::size_t count) {
        bool right = true;
        for (word n = 0; n < count; ++n) {
          word value = 0;
          right &= to->push(n);
          wait_until([&] { return from->pop(value); });
          right &= value == n;
        }
        return right;
      },
      [to = back.get(), from = forth.get()](std::size_t count) {
        bool right = true;
        for (word n = 0; n < count; ++n) {
          word value = 0;
          wait_until([&] { return from->pop(value); });
          right &= to->push(value);
        }
        return right;
      });
};

// Both threads push and pop; what they took together is what they put in.
constexpr auto contended = []<class Queue>(std::size_t items) {
  const auto made = std::make_unique<Queue>();
  std::atomic<word> in_less_out{0};
  const auto push_and_pop = [queue = made.get()](word first, std::size_t count) {
    word more = 0;
    for (word n = first; n < count; n += 2) {
      word value = 0;
      wait_until([&] { return queue->push(n); });
      wait_until([&] { return queue->pop(value); });
      more += n - value;
    }
    return more;
  };
  const double ns = side_by_side(
      items,
      [push_and_pop, &in_less_out](std::size_t count) {
        in_less_out += push_and_pop(0, count);
        return true;
      },
      [push_and_pop, &in_less_out](std::size_t count) {
        in_less_out += push_and_pop(1, count);
        return true;
      });
  expect(in_less_out == 0);
  return ns;
};

// Four blocks, written beforehand, in turn.
class blocks {
public:
  blocks() {
    for (std::size_t i = 0; i < all_.size(); ++i) all_[i].fill(static_cast<float>(i));
  }
  template <class Ring>
  void write(Ring& ring, std::size_t n) const {
    const block& next = all_[n % all_.size()];
    wait_for_all(Ring::whole, [&](std::size_t at) { return ring.write(next, at); });
  }
  template <class Ring>
  static bool read(Ring& ring, block& next, std::size_t n) {
    wait_for_all(Ring::whole, [&](std::size_t at) { return ring.read(next, at); });
    return next.front() == static_cast<float>(n % 4) && next.back() == next.front();
  }
  // In and out on one thread, where nobody has to wait.
  template <class Ring>
  bool pass(Ring& ring, block& next, std::size_t n) const {
    const auto in = ring.write(all_[n % all_.size()], 0);
    const auto out = ring.read(next, 0);
    return in == Ring::whole && out == Ring::whole && next.back() == static_cast<float>(n % 4);
  }

private:
  std::array<block, 4> all_;
};

constexpr auto audio_in_and_out = []<class Ring>(std::size_t items) {
  const auto ring = std::make_unique<Ring>();
  const blocks in;
  block out{};
  return alone(items, [&](std::size_t count) {
    bool right = true;
    for (std::size_t n = 0; n < count; ++n) right &= in.pass(*ring, out, n);
    return right;
  });
};

constexpr auto audio_streamed = []<class Ring>(std::size_t items) {
  const auto made = std::make_unique<Ring>();
  return side_by_side(
      items,
      [ring = made.get()](std::size_t count) {
        const blocks in;
        for (std::size_t n = 0; n < count; ++n) in.write(*ring, n);
        return true;
      },
      [ring = made.get()](std::size_t count) {
        block out{};
        bool right = true;
        for (std::size_t n = 0; n < count; ++n) right &= blocks::read(*ring, out, n);
        return right;
      });
};

// -------------------------------------------------------------------------------------- the rounds

struct contestant {
  const char* who;
  double (*run)(std::size_t count);
  std::vector<double> ns{}; // an item, round by round
};
struct contest {
  const char* what;
  std::size_t count; // items a round
  std::vector<contestant> all{};
};

template <class... Queues, class Task>
contest compare(const char* what, std::size_t count, Task) {
  contest made{what, count};
  const auto enter = [&made]<class Queue>(std::type_identity<Queue>) {
    if constexpr (!std::is_void_v<Queue>)
      made.all.push_back(
          {Queue::who, [](std::size_t n) { return Task{}.template operator()<Queue>(n); }});
  };
  (enter(std::type_identity<Queues>{}), ...);
  return made;
}

void play_round(contest& c, random_source& random) {
  std::vector<contestant*> waiting;
  for (auto& each : c.all) waiting.push_back(&each);
  while (!waiting.empty()) {
    std::swap(waiting[random.next() % waiting.size()], waiting.back());
    waiting.back()->ns.push_back(waiting.back()->run(c.count) / static_cast<double>(c.count));
    waiting.pop_back();
  }
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

void report(std::vector<row>& rows, const contest& c) {
  for (const auto& each : c.all) {
    const std::string name = std::string{c.what} + "/" + each.who;
    rows.push_back({name, median(each.ns), "ns"});
    if (&each == &c.all.front()) continue;
    std::vector<double> ratios = each.ns;
    for (std::size_t i = 0; i < ratios.size(); ++i) ratios[i] /= c.all.front().ns[i];
    rows.push_back({name + "/times_slower", median(ratios), "x"});
  }
}

} // namespace

int main(int argc, char** argv) {
  bool json = false;
  double seconds = 25; // rounds are played until then
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--json") json = true;
    if (option == "--smoke") seconds = 0.5;
    if (option == "--full") seconds = 240;
  }
  std::vector<contest> contests{
      compare<our_spsc<word>, boost_spsc<word>, moodycamel_spsc<word>, moodycamel_as_small>(
          "spsc", 20'000, streamed),
      compare<our_spsc<midi_event>, boost_spsc<midi_event>, moodycamel_spsc<midi_event>>(
          "spsc_midi_event", 20'000, streamed),
      compare<our_spsc<midi_event>, boost_spsc<midi_event>, moodycamel_spsc<midi_event>>(
          "spsc_midi_event_alone", 4'000, in_and_out),
      compare<our_spsc<word>, boost_spsc<word>>("spsc_by_64", 128'000, streamed_by_64),
      compare<our_event_ring, our_spsc_too, boost_spsc<word>, moodycamel_spsc<word>, bare_atomic>(
          "event_ring", 1'000, round_trip),
      compare<our_audio, jack_audio, boost_audio>("audio_ring", 1'000, audio_in_and_out),
      compare<our_audio, jack_audio, boost_audio>("audio_ring_streamed", 2'000, audio_streamed),
      compare<our_mpmc, boost_mpmc, moodycamel_mpmc>("mpmc", 4'000, in_and_out),
      compare<our_mpmc, boost_mpmc, moodycamel_mpmc>("mpmc_contended", 5'000, contended),
  };
  stay_on_core(0);
  random_source random{1};
  const auto start = clock_type::now();
  do
    for (auto& c : contests) play_round(c, random);
  while (nanoseconds_since(start) < 1e9 * seconds);
  std::vector<row> rows;
  for (const auto& c : contests) report(rows, c);
  jamnet_bench::print(rows, json);
  return EXIT_SUCCESS;
}
