#include <jamnet/latency/stamped_audio_block.hpp>

#include <atomic>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/platform/posix_shm.hpp>
#include <jamnet/ring/shm_ring.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace std::chrono_literals;

TEST_CASE("a frame of a block is as much later as its rate says, to the nanosecond") {
  constexpr audio_header header{.rate = 44'100, .frames = 512};
  CHECK(header.offset_of(0) == 0ns);
  CHECK(header.offset_of(1) == 22'676ns);
  CHECK(header.offset_of(44'100) == 1s);
  CHECK(audio_header{.rate = 1}.offset_of(0xffff'ffff) == 4'294'967'295s);
  CHECK(audio_header{}.offset_of(5) == 0ns);
}

TEST_CASE("a block takes what it has room for, and gives no more than that, whatever it says") {
  std::vector<float> samples(2 * 65, 0.5f);
  stamped_audio_block<2, 64> block;
  using view = interleaved_block<const float>;
  CHECK(block.try_assign({.rate = 48'000}, view{samples.data(), 2, 10}));
  CHECK(block.frames().frames() == 10);
  CHECK(block.frames().sample(1, 9) == 0.5f);
  CHECK_FALSE(block.try_assign({}, view{samples.data(), 2, 65}));
  CHECK_FALSE(block.try_assign({}, view{samples.data(), 1, 64}));
  CHECK(block.head.rate == 48'000);
  CHECK(block.try_assign({}, view{samples.data(), 2, 64}));
  std::memset(static_cast<void*>(&block.head), 0xff, sizeof block.head); // by another process
  CHECK(block.frames().frames() == 64);
  CHECK(block.head.offset_of(~0u) >= 0ns);
  block.room().sample(0, 63) = 1;
  CHECK(block.frames().sample(0, 63) == 1);
}

#if defined(__linux__)

TEST_CASE("blocks go from one mapping of shared memory to another whole, with their moments") {
  using block = stamped_audio_block<2, 64>;
  const std::string name = "/jamnet-" + std::to_string(process_id()) + "-stamped";
  posix_shm::remove(name.c_str());
  const auto ours = posix_shm::create(name.c_str(), shm_ring<block>::bytes_for(8));
  const auto theirs = posix_shm::open(name.c_str());
  posix_shm::remove(name.c_str());
  REQUIRE(ours);
  REQUIRE(theirs);
  auto in = shm_ring<block>::create(ours->bytes(), 8)->attach_producer(1, 10s);
  auto out = shm_ring<block>::open(theirs->bytes())->attach_consumer(2, 10s);
  REQUIRE(in);
  REQUIRE(out);

  constexpr std::uint32_t count = 50'000;
  std::atomic<bool> stop{false};
  std::thread producer{[&] {
    testing::rt_guard guard;
    block b;
    for (std::uint32_t i = 0; i < count && !stop.load(); ++i) {
      b.head = {.at = {.host = host_time{nanoseconds{i}}, .gpu = i, .known = i},
                .rate = i,
                .frames = i % 65};
      b.samples.fill(static_cast<float>(i));
      while (!in->try_push(b) && !stop.load()) std::this_thread::yield();
    }
  }};
  long torn = 0;
  {
    testing::rt_guard guard;
    block b;
    for (std::uint32_t i = 0; i < count; ++i) {
      while (!out->try_pop(b)) std::this_thread::yield();
      torn += b.head.at.host != host_time{nanoseconds{i}} || b.head.at.gpu != i ||
              b.head.at.known != i || b.head.rate != i || b.frames().frames() != i % 65;
      for (const float sample : b.samples) torn += sample != static_cast<float>(i);
    }
  }
  stop = true;
  producer.join();
  CHECK(torn == 0);
}

#endif
