#include <jamnet/toast/event_log.hpp>

#include <cstdint>
#include <deque>
#include <string>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace jamnet::toast;

TEST_CASE("a new log is empty and counts from 0") {
  const event_log log;
  CHECK(log.low() == 0);
  CHECK(log.next() == 0);
}

TEST_CASE("the log keeps the newest events, whole, and forgets the oldest first") {
  event_log log;
  random_source random{11};
  std::deque<std::string> truth; // all that were appended since log.low()
  std::uint64_t first = 0;
  for (int i = 0; i < 20'000; ++i) {
    const bool large = random.uniform() < 0.02;
    std::string event(1 + random.next() % (large ? 60'000 : 200),
                      static_cast<char>('a' + random.next() % 26));
    log.append(as_bytes(event), i % 3 == 0);
    truth.push_back(event);
    while (first < log.low()) {
      truth.pop_front();
      ++first;
    }
    REQUIRE(log.next() == static_cast<std::uint64_t>(i) + 1);
    REQUIRE(log.next() - log.low() == truth.size());
    REQUIRE(as_text(log[log.low()]) == truth.front());
    REQUIRE(as_text(log[log.next() - 1]) == truth.back());
    const auto any = log.low() + random.next() % truth.size();
    REQUIRE(as_text(log[any]) == truth[static_cast<std::size_t>(any - first)]);
    REQUIRE(log.is_urgent(any) == (any % 3 == 0));
  }
}

TEST_CASE("small events fill the log to its full count") {
  event_log log;
  for (std::size_t i = 0; i < 3 * event_log::capacity; ++i) log.append(as_bytes("event"), false);
  CHECK(log.next() - log.low() == event_log::capacity);
}

TEST_CASE("appending is rt-safe") {
  event_log log;
  const testing::rt_guard guard;
  for (int i = 0; i < 10'000; ++i) log.append(as_bytes("an event of some length"), false);
}
