// Our queues and those people use today, each with the same push and pop. Who is not installed is
// `void`, and does not take part.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include <jamnet/core/config.hpp>
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

namespace jamnet_bench {

inline constexpr std::size_t capacity = 1024;
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
using our_spsc = ours<T, jamnet::spsc_ring<T, capacity>>;
using our_event_ring = ours<word, jamnet::event_ring<word, capacity>>;
using our_mpmc = ours<word, jamnet::mpmc_queue<word, capacity>>;

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
#else
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
  alignas(jamnet::cache_line_size) std::atomic<word> last{0};
  alignas(jamnet::cache_line_size) word seen = 0;
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

} // namespace jamnet_bench
