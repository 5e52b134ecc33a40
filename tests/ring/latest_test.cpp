#include <jamnet/ring/latest.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <thread>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;

namespace {

struct state { // words that must agree, and an odd size
  std::array<std::uint32_t, 15> copies{};

  state() = default;
  explicit state(std::uint32_t n) { copies.fill(n); }
  bool whole() const {
    for (const auto copy : copies)
      if (copy != copies[0]) return false;
    return true;
  }
};

} // namespace

TEST_CASE("a reader sees the first value, and then always the newest") {
  latest<state> cell{state{7}};
  CHECK(cell.read().copies[14] == 7);
  for (std::uint32_t n = 0; n < 100; ++n) {
    cell.store(state{n});
    state out;
    REQUIRE(cell.try_read(out));
    CHECK(out.copies[0] == n);
    CHECK(out.whole());
  }
}

TEST_CASE("values smaller than a word and larger than a cache line are kept whole") {
  latest<char> small{'a'};
  small.store('b');
  CHECK(small.read() == 'b');
  latest<std::array<std::uint64_t, 40>> large;
  std::array<std::uint64_t, 40> value{};
  value[39] = 1;
  large.store(value);
  CHECK(large.read() == value);
}

TEST_CASE("storing and reading are rt-safe") {
  latest<state> cell;
  state out;
  bool read = false;
  {
    const testing::rt_guard guard;
    cell.store(state{3});
    read = cell.try_read(out);
  }
  CHECK(read);
  CHECK(out.copies[14] == 3);
}

TEST_CASE("one writer, two readers: never a torn value, never an older one than before") {
  constexpr std::uint32_t total = 100'000;
  latest<state> cell;
  std::atomic<int> errors{0};
  const auto watch = [&] {
    for (std::uint32_t last = 0; last < total;) {
      state now;
      if (!cell.try_read(now)) {
        std::this_thread::yield();
        continue;
      }
      if (!now.whole() || now.copies[0] < last) ++errors;
      last = now.copies[0];
    }
  };
  std::thread first{watch}, second{watch};
  for (std::uint32_t n = 1; n <= total; ++n) {
    cell.store(state{n});
    if (n % 64 == 0) std::this_thread::yield();
  }
  first.join();
  second.join();
  CHECK(errors == 0);
}
