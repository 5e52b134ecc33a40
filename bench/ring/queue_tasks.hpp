// What the queues of queues.hpp shall do. Each task returns the nanoseconds that `items` took.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <numeric>
#include <span>

#include "queues.hpp"
#include "side_by_side.hpp"

namespace jamnet_bench {

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

inline constexpr auto streamed = []<class Queue>(std::size_t items) {
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

inline constexpr auto streamed_by_64 = []<class Queue>(std::size_t items) {
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

inline constexpr auto in_and_out = []<class Queue>(std::size_t items) {
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
inline constexpr auto round_trip = []<class Queue>(std::size_t items) {
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
inline constexpr auto contended = []<class Queue>(std::size_t items) {
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

} // namespace jamnet_bench
