#include <jamnet/ring/shm_ring.hpp>

#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/testing/rt_guard.hpp>

#include "message.hpp"

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

// Memory as a mapping gives it, to the byte, so that a sanitizer sees one byte too far.
class memory {
public:
  explicit memory(std::size_t size) : bytes_{new(std::align_val_t{128}) std::byte[size]{}, size} {}
  ~memory() { ::operator delete[](bytes_.data(), std::align_val_t{128}); }
  memory(const memory&) = delete;
  memory& operator=(const memory&) = delete;
  std::span<std::byte> bytes() const { return bytes_; }
  template <class T>
  void set(std::size_t at, T value) const {
    std::memcpy(bytes_.data() + at, &value, sizeof value);
  }
  template <class T>
  T get(std::size_t at) const {
    T value;
    std::memcpy(&value, bytes_.data() + at, sizeof value);
    return value;
  }

private:
  std::span<std::byte> bytes_;
};

constexpr std::size_t version_at = 8, element_size_at = 12, capacity_at = 16;
constexpr std::size_t pushed_at = 128 + 8, popped_at = 256 + 8;
constexpr auto dead = [](shm_owner) { return true; };

// A ring with both ends attached, by processes 1 and 2, at 10 s.
template <class T>
struct attached_ring {
  explicit attached_ring(std::size_t capacity)
      : segment{shm_ring<T>::bytes_for(capacity)},
        ring{*shm_ring<T>::create(segment.bytes(), capacity)},
        in{*ring.attach_producer(1, 10s)},
        out{*ring.attach_consumer(2, 10s)} {}

  memory segment;
  shm_ring<T> ring;
  typename shm_ring<T>::producer in;
  typename shm_ring<T>::consumer out;
};

} // namespace

TEST_CASE("a ring in memory holds exactly its capacity, in order, however often it wraps") {
  attached_ring<int> r{4};
  int out = -1;
  CHECK_FALSE(r.out.try_pop(out));
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 4; ++i) REQUIRE(r.in.try_push(round * 4 + i));
    CHECK_FALSE(r.in.try_push(-1));
    for (int i = 0; i < 4; ++i) {
      REQUIRE(r.out.try_pop(out));
      CHECK(out == round * 4 + i);
    }
    CHECK_FALSE(r.out.try_pop(out));
  }
}

TEST_CASE("in memory, too, bulk and single transfers mix at any sizes") {
  random_source random{1};
  attached_ring<std::uint64_t> r{16};
  std::uint64_t pushed = 0, popped = 0;
  for (int step = 0; step < 5000; ++step) {
    CAPTURE(step);
    std::vector<std::uint64_t> block(random.next() % 20);
    for (std::size_t i = 0; i < block.size(); ++i) block[i] = pushed + i;
    pushed += r.in.push(block);
    if (r.in.try_push(pushed)) ++pushed;
    std::vector<std::uint64_t> out(random.next() % 20);
    const auto count = r.out.pop(out);
    for (std::size_t i = 0; i < count; ++i) REQUIRE(out[i] == popped++);
    if (std::uint64_t one = 0; r.out.try_pop(one)) REQUIRE(one == popped++);
    REQUIRE(pushed - popped <= 16);
  }
  CHECK(popped > 5000);
}

TEST_CASE("a ring is where it was made: another view of the memory finds what waits") {
  memory segment{shm_ring<int>::bytes_for(8)};
  REQUIRE(shm_ring<int>::create(segment.bytes(), 8));
  {
    auto in = shm_ring<int>::open(segment.bytes())->attach_producer(1, 10s);
    REQUIRE(in->try_push(5));
  }
  auto out = shm_ring<int>::open(segment.bytes())->attach_consumer(2, 10s);
  int got = 0;
  CHECK(out->try_pop(got));
  CHECK(got == 5);
}

TEST_CASE("ends come and go: each goes on where the one before it stopped") {
  attached_ring<int> r{8};
  std::array<int, 8> out{};
  for (int i = 0; i < 3; ++i) REQUIRE(r.in.try_push(i));
  r.in.detach();
  CHECK_FALSE(r.in.attached());
  CHECK_FALSE(r.in.try_push(-1));
  CHECK(r.in.push(std::array{-1}) == 0);
  REQUIRE(r.out.pop(std::span{out}.first(2)) == 2);
  r.out.detach();
  CHECK(r.out.pop(out) == 0);
  r.in = *r.ring.attach_producer(3, 11s);
  r.out = *r.ring.attach_consumer(4, 11s);
  const std::array more{3, 4, 5, 6, 7, 8, 9, 10};
  REQUIRE(r.in.push(more) == 7);
  REQUIRE(r.out.pop(out) == 8);
  CHECK(out == std::array{2, 3, 4, 5, 6, 7, 8, 9});
}

TEST_CASE("what is made must be a power of two and have room") {
  memory segment{shm_ring<std::uint64_t>::bytes_for(8)};
  using ring = shm_ring<std::uint64_t>;
  CHECK(segment.bytes().size() == 384 + 64);
  for (const std::size_t bad : {0u, 3u, 16u, 1u << 31})
    CHECK(ring::create(segment.bytes(), bad).error() ==
          failure{errc::shm_capacity, static_cast<std::uint32_t>(bad)});
  if constexpr (sizeof(std::size_t) == 8)
    CHECK(ring::create(segment.bytes(), std::size_t{1} << 61).error() ==
          failure{errc::shm_capacity, 0xffffffff});
  CHECK(ring::create({}, 1).error() == failure{errc::shm_truncated, 0});
  CHECK(ring::create(segment.bytes().first(391), 1).error() == failure{errc::shm_truncated, 391});
  CHECK(ring::create(segment.bytes().first(392), 1));
  CHECK(ring::create(segment.bytes(), 8)->capacity() == 8);
  CHECK(ring::bytes_for(std::numeric_limits<std::size_t>::max() / 8) ==
        std::numeric_limits<std::size_t>::max());
}

TEST_CASE("what is opened must be a whole ring of this version, element and size") {
  using ring = shm_ring<std::uint64_t>;
  memory segment{ring::bytes_for(8)};
  const auto bytes = segment.bytes();
  CHECK(ring::open(bytes).error() == failure{errc::shm_magic, 0});
  REQUIRE(ring::create(bytes, 8));
  CHECK(ring::open(bytes)->capacity() == 8);
  CHECK(ring::open({}).error() == failure{errc::shm_truncated, 0});
  CHECK(ring::open(bytes.first(391)).error() == failure{errc::shm_truncated, 391});
  CHECK(ring::open(bytes.first(bytes.size() - 1)).error() == failure{errc::shm_capacity, 8});
  CHECK(shm_ring<std::uint32_t>::open(bytes).error() == failure{errc::shm_element, 8});
  for (const std::uint64_t bad : {0u, 6u, 16u}) {
    segment.set(capacity_at, bad);
    CHECK(ring::open(bytes).error() ==
          failure{errc::shm_capacity, static_cast<std::uint32_t>(bad)});
  }
  segment.set(capacity_at, std::uint64_t{1} << 63);
  CHECK(ring::open(bytes).error() == failure{errc::shm_capacity, 0xffffffff});
  segment.set(element_size_at, 0u);
  CHECK(ring::open(bytes).error() == failure{errc::shm_element, 0});
  segment.set(version_at, 2u);
  CHECK(ring::open(bytes).error() == failure{errc::shm_version, 2});
  segment.set(0, std::uint64_t{77});
  CHECK(ring::open(bytes).error() == failure{errc::shm_magic, 77});
}

TEST_CASE("indices that contradict each other are found when an end is attached") {
  const auto refused = [](std::uint64_t pushed, std::uint64_t popped, std::uint32_t detail) {
    memory segment{shm_ring<int>::bytes_for(8)};
    const auto ring = *shm_ring<int>::create(segment.bytes(), 8);
    segment.set(pushed_at, pushed);
    segment.set(popped_at, popped);
    CHECK(ring.attach_producer(1, 10s).error() == failure{errc::shm_corrupt, detail});
    CHECK(ring.attach_consumer(1, 10s).error() == failure{errc::shm_corrupt, detail});
    CHECK(ring.producer_owner(10s).pid == 0); // whoever is refused is not in the way
  };
  refused(9, 0, 9);
  refused(0, 1, 0xffffffff);
  refused(std::uint64_t{1} << 40, 0, 0xffffffff);
}

TEST_CASE("the indices may come round") {
  memory segment{shm_ring<int>::bytes_for(4)};
  const auto ring = *shm_ring<int>::create(segment.bytes(), 4);
  segment.set(pushed_at, ~std::uint64_t{0});
  segment.set(popped_at, ~std::uint64_t{1});
  auto in = *ring.attach_producer(1, 10s);
  auto out = *ring.attach_consumer(2, 10s);
  for (int i = 0; i < 3; ++i) REQUIRE(in.try_push(i));
  CHECK_FALSE(in.try_push(3));
  std::array<int, 8> got{};
  CHECK(out.pop(got) == 4);
  CHECK(got[3] == 2);
}

TEST_CASE("an end that a living process holds is refused, and each end sees the other") {
  attached_ring<int> r{4};
  CHECK(r.ring.attach_producer(3, 10'500ms).error() == failure{errc::shm_taken, 1});
  CHECK(r.ring.attach_consumer(3, 10'500ms).error() == failure{errc::shm_taken, 2});
  CHECK(r.in.beat(10'400ms));
  CHECK(r.out.other(10'500ms) == shm_owner{1, 100ms});
  CHECK(r.in.other(10'500ms) == shm_owner{2, 500ms});
  CHECK(r.out.beat(10'500ms));
  CHECK(r.in.other(10'500ms) == shm_owner{2, 0ms});
  r.out.detach();
  CHECK(r.in.other(10'700ms) == shm_owner{0, 200ms});
}

TEST_CASE("a silent end is replaced, and if it was not dead it pushes and pops no more") {
  attached_ring<int> r{4};
  REQUIRE(r.in.try_push(1));
  auto in = r.ring.attach_producer(3, 10'501ms);
  auto out = r.ring.attach_consumer(4, 10'001ms, dead);
  REQUIRE(in);
  REQUIRE(out);
  int got = 0;
  CHECK_FALSE(r.in.try_push(-1));
  CHECK_FALSE(r.out.try_pop(got));
  CHECK(r.in.push(std::array{-1}) == 0);
  CHECK(r.out.pop(std::span{&got, 1}) == 0);
  CHECK_FALSE(r.in.beat(10'501ms));
  CHECK_FALSE(r.out.beat(10'501ms));
  CHECK_FALSE(r.in.attached());
  REQUIRE(in->try_push(2));
  CHECK(out->try_pop(got));
  CHECK(got == 1);
  CHECK(out->try_pop(got));
  CHECK(got == 2);
  r.in.detach(); // not ours any more: nothing happens
  CHECK(in->attached());
}

TEST_CASE("an element whose push, or whose pop, did not come to its end is as if untouched") {
  attached_ring<int> r{4};
  REQUIRE(r.in.push(std::array{1, 2}) == 2);
  const auto pushed = r.segment.get<std::uint64_t>(pushed_at);
  REQUIRE(r.in.try_push(3));
  r.segment.set(pushed_at, pushed); // killed after the slot was written, before it was published
  auto in = *r.ring.attach_producer(3, 10s, dead);
  int got = 0;
  REQUIRE(r.out.try_pop(got));
  const auto popped = r.segment.get<std::uint64_t>(popped_at);
  REQUIRE(r.out.try_pop(got));
  CHECK(got == 2);
  r.segment.set(popped_at, popped); // killed after the copy, before it was handed back
  auto out = *r.ring.attach_consumer(4, 10s, dead);
  REQUIRE(in.try_push(4));
  REQUIRE(out.try_pop(got));
  CHECK(got == 2);
  REQUIRE(out.try_pop(got));
  CHECK(got == 4);
  CHECK_FALSE(out.try_pop(got));
}

TEST_CASE("push, pop, beat, attach and open are rt-safe") {
  memory segment{shm_ring<int>::bytes_for(2)};
  std::array<int, 2> block{1, 2};
  bool ok = false;
  std::size_t count = 0;
  int one = 0;
  {
    const testing::rt_guard guard;
    ok = shm_ring<int>::create(segment.bytes(), 2).has_value();
    const auto ring = shm_ring<int>::open(segment.bytes());
    auto in = ring->attach_producer(1, 10s);
    auto out = ring->attach_consumer(2, 10s);
    ok = ok && in->try_push(1) && out->try_pop(one) && in->beat(11s) && out->beat(11s);
    ok = ok && in->attached() && out->attached() && in->other(11s).pid == out->other(11s).pid + 1;
    count = in->push(block) + out->pop(block);
  }
  CHECK(ok);
  CHECK(count == 4);
}

// The sanitizers are the judges: any access outside the memory shows.
TEST_CASE("whatever another process writes into the indices, nobody leaves the memory") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    random_source random{seed};
    attached_ring<std::uint64_t> r{16};
    std::array<std::uint64_t, 24> block{};
    for (std::uint64_t step = 0; step < 2000; ++step) {
      const auto at = random.next() % 2 == 0 ? pushed_at : popped_at;
      const auto bit = std::uint64_t{1} << random.next() % 64;
      const auto old = r.segment.get<std::uint64_t>(at);
      if (random.next() % 4 == 0) r.segment.set(at, old ^ bit);
      if (random.next() % 16 == 0) r.segment.set(at, random.next());
      if (random.next() % 8 == 0) r.segment.set(at, old + random.next() % 64 - 32);
      r.segment.set(capacity_at, random.next());
      REQUIRE(r.in.push(std::span{block}.first(random.next() % 25)) <= 16);
      REQUIRE(r.out.pop(std::span{block}.first(random.next() % 25)) <= 16);
      if (r.in.try_push(step) && r.out.try_pop(block[0])) continue;
      if (auto in = r.ring.attach_producer(1, 10s, dead)) r.in = *std::move(in);
      if (auto out = r.ring.attach_consumer(2, 10s, dead)) r.out = *std::move(out);
    }
  }
}

TEST_CASE("an index that another spoiled is told anew by the next push or pop") {
  attached_ring<int> r{8};
  REQUIRE(r.in.push(std::array{1, 2, 3}) == 3);
  r.segment.set(pushed_at, std::uint64_t{1000});
  int got = 0;
  CHECK_FALSE(r.out.try_pop(got));
  REQUIRE(r.in.try_push(4));
  std::array<int, 8> out{};
  CHECK(r.out.pop(out) == 4);
  CHECK(out[3] == 4);
}

// A small ring, so that both sides often find it full or empty and refresh what they know.
TEST_CASE("two threads on one memory: nothing lost, repeated, reordered or torn") {
  constexpr std::uint64_t total = 200'000;
  attached_ring<message> r{16};
  std::thread producer{[&] {
    for (std::uint64_t n = 0; n < total; ++n)
      while (!r.in.try_push(message{n})) std::this_thread::yield();
  }};
  std::uint64_t wrong = 0;
  for (std::uint64_t n = 0; n < total; ++n) {
    message m;
    while (!r.out.try_pop(m)) std::this_thread::yield();
    if (!m.is(n)) ++wrong;
  }
  producer.join();
  CHECK(wrong == 0);
}

TEST_CASE("four threads that take turns at the two ends, in bulk: nothing lost or torn") {
  constexpr std::uint64_t total = 100'000;
  memory segment{shm_ring<message>::bytes_for(32)};
  const auto ring = *shm_ring<message>::create(segment.bytes(), 32);
  std::uint64_t pushed = 0, popped = 0, wrong = 0; // each guarded by the end that counts it
  const auto end = [&](bool produces, std::uint32_t pid) {
    random_source random{pid};
    std::array<message, 24> block;
    for (bool done = false; !done; std::this_thread::yield()) {
      auto in = produces ? ring.attach_producer(pid, 10s) : errc::refused;
      auto out = produces ? errc::refused : ring.attach_consumer(pid, 10s);
      for (auto turn = random.next() % 40; turn > 0 && (in || out) && !done; --turn) {
        const auto some = std::span{block}.first(random.next() % 24);
        if (in) {
          for (std::size_t i = 0; i < some.size(); ++i) some[i] = message{pushed + i};
          pushed += in->push(some);
          done = pushed >= total;
        } else {
          const auto count = out->pop(some);
          for (std::size_t i = 0; i < count; ++i)
            if (!some[i].is(popped++)) ++wrong;
          done = popped >= total;
        }
      }
    }
  };
  std::vector<std::thread> threads;
  for (std::uint32_t pid = 1; pid <= 4; ++pid) threads.emplace_back(end, pid % 2 == 0, pid);
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("who opens a ring while it is made finds none, or all of it") {
  for (int round = 0; round < 300; ++round) {
    memory segment{shm_ring<int>::bytes_for(8)};
    std::thread maker{[&] {
      auto in = shm_ring<int>::create(segment.bytes(), 8)->attach_producer(1, 10s);
      while (!in->try_push(5)) std::this_thread::yield();
    }};
    int got = 0;
    for (bool done = false; !done; std::this_thread::yield())
      if (const auto ring = shm_ring<int>::open(segment.bytes()))
        done = ring->attach_consumer(2, 10s)->try_pop(got);
      else
        REQUIRE(ring.error() == failure{errc::shm_magic, 0});
    maker.join();
    REQUIRE(got == 5);
  }
}
