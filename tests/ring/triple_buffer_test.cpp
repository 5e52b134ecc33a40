#include <jamnet/ring/triple_buffer.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;

namespace {

struct state { // words that must agree; its copying is its own
  std::array<std::uint32_t, 16> copies{};

  state() = default;
  explicit state(std::uint32_t n) { copies.fill(n); }
  state(const state& other) noexcept : copies{other.copies} {}
  state& operator=(const state& other) noexcept {
    copies = other.copies;
    return *this;
  }
  bool is(std::uint32_t n) const {
    for (const auto copy : copies)
      if (copy != n) return false;
    return true;
  }
};

template <class T>
concept can_store = requires(triple_buffer<T> buffer, const T& value) { buffer.store(value); };
static_assert(can_store<state>);
static_assert(!can_store<std::string>, "its assignment may allocate; fill it in place");

} // namespace

TEST_CASE("before anything is published the reader sees the first value, and nothing new") {
  triple_buffer<state> buffer{state{7}};
  CHECK(buffer.front().is(7));
  CHECK_FALSE(buffer.update());
  CHECK(buffer.front().is(7));
  const triple_buffer<int> zero;
  CHECK(zero.front() == 0);
}

TEST_CASE("the reader gets the newest value, once") {
  triple_buffer<state> buffer;
  for (std::uint32_t n = 1; n < 50; ++n) {
    CAPTURE(n);
    for (std::uint32_t i = 0; i < n % 5; ++i) buffer.store(state{100 + i});
    buffer.store(state{n});
    CHECK(buffer.update());
    CHECK(buffer.front().is(n));
    CHECK_FALSE(buffer.update());
    CHECK(buffer.front().is(n));
  }
}

TEST_CASE("what the reader holds stays as it is, however much is published") {
  triple_buffer<state> buffer;
  buffer.store(state{1});
  REQUIRE(buffer.update());
  const state* const held = &buffer.front();
  for (std::uint32_t n = 2; n < 10; ++n) {
    CHECK(&buffer.back() != held);
    buffer.store(state{n});
    CHECK(held->is(1));
    CHECK(&buffer.front() == held);
  }
  CHECK(buffer.update());
  CHECK(buffer.front().is(9));
}

TEST_CASE("what is filled in is not seen before it is published") {
  triple_buffer<std::vector<int>> buffer{std::vector<int>(3)}; // memory for all time to come
  buffer.back().assign(3, 5);
  CHECK_FALSE(buffer.update());
  CHECK(buffer.front() == std::vector{0, 0, 0});
  buffer.publish();
  CHECK(buffer.update());
  CHECK(buffer.front() == std::vector{5, 5, 5});
}

TEST_CASE("in any order of stores and updates the reader has the value of its last update") {
  constexpr std::uint64_t seed = 1;
  CAPTURE(seed);
  random_source random{seed};
  triple_buffer<state> buffer;
  std::uint32_t newest = 0, held = 0;
  for (std::uint32_t step = 1; step < 10'000; ++step) {
    CAPTURE(step);
    if (random.next() % 2 == 0) {
      buffer.store(state{newest = step});
    } else {
      REQUIRE(buffer.update() == (newest != held));
      held = newest;
    }
    REQUIRE(buffer.front().is(held));
  }
}

TEST_CASE("storing, publishing and updating are rt-safe") {
  triple_buffer<state> buffer;
  bool first = false, second = false;
  {
    const testing::rt_guard guard;
    buffer.store(state{1});
    first = buffer.update() && buffer.front().is(1);
    buffer.back() = state{2};
    buffer.publish();
    second = buffer.update() && buffer.front().is(2);
  }
  CHECK(first);
  CHECK(second);
}

TEST_CASE("two threads: never a torn value, never an older one than before, and the last arrives") {
  constexpr std::uint32_t total = 200'000;
  triple_buffer<state> buffer;
  std::thread writer{[&] {
    for (std::uint32_t n = 1; n <= total; ++n) {
      buffer.back().copies.fill(n);
      buffer.publish();
      if (n % 64 == 0) std::this_thread::yield();
    }
  }};
  std::uint32_t wrong = 0;
  for (std::uint32_t last = 0; last < total;) {
    if (!buffer.update()) {
      std::this_thread::yield();
      continue;
    }
    const auto now = buffer.front().copies[0];
    if (!buffer.front().is(now) || now <= last) ++wrong;
    last = now;
  }
  writer.join();
  CHECK(wrong == 0);
}
