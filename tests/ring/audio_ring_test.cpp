#include <jamnet/ring/audio_ring.hpp>

#include <algorithm>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/testing/rt_guard.hpp>

#include "audio_signal.hpp"

using namespace jamnet;

TEST_CASE("capacity is rounded up to a power of two, and all of it can be filled") {
  audio_ring<float> ring{2, 100};
  CHECK(ring.capacity() == 128);
  CHECK(ring.channels() == 2);
  CHECK(ring.write_available() == 128);
  const std::vector<float> block(2 * 200);
  CHECK(ring.write(block) == 128);
  CHECK(ring.write_available() == 0);
  CHECK(ring.read_available() == 128);
}

TEST_CASE_TEMPLATE("what is read is what was written, at any block sizes and channel counts",
                   Layout, interleaved<>, planar<>) {
  for (const std::size_t channels : {1u, 2u, 3u, 6u}) {
    CAPTURE(channels);
    random_source random{channels};
    audio_ring<float, Layout> ring{channels, 64};
    block_of<Layout> block{channels, 80};
    std::size_t written = 0, read = 0;
    for (int step = 0; step < 2000; ++step) {
      const auto in = block.first(random.next() % 80);
      fill(in, written);
      written += ring.write(in);
      const auto out = block.first(random.next() % 80);
      const auto count = ring.read(out);
      REQUIRE(wrong(out.part(0, count), read) == 0);
      read += count;
      REQUIRE(ring.read_available() == written - read);
      REQUIRE(ring.write_available() == 64 - (written - read));
    }
    CHECK(read > 2000);
  }
}

TEST_CASE("interleaved audio is read and written as plain samples, too") {
  audio_ring<float> ring{2, 8};
  std::vector<float> in(2 * 6), out(2 * 8, -1.f);
  fill(interleaved_block<float>{in, 2}, 0);
  CHECK(ring.write(in) == 6);
  CHECK(ring.read(out) == 6);
  CHECK(std::equal(in.begin(), in.end(), out.begin()));
  CHECK(out[12] == -1); // untouched
}

TEST_CASE_TEMPLATE("lent memory is filled and played in place, in two pieces where it wraps",
                   Layout, interleaved<2>, planar<2>) {
  audio_ring<float, Layout> ring{2, 8};
  block_of<Layout> block{2, 8};
  REQUIRE(ring.write(block.first(6)) == 6);
  REQUIRE(ring.read(block.first(6)) == 6);

  const auto to = ring.prepare_write(5);
  CHECK(to.first.frames() == 2);
  CHECK(to.second.frames() == 3);
  fill(to.first, 0);
  fill(to.second, 2);
  CHECK(ring.read_available() == 0);
  ring.commit_write(4); // one fewer than lent

  const auto from = ring.prepare_read(100);
  CHECK(from.frames() == 4);
  CHECK(wrong(from.first, 0) == 0);
  CHECK(wrong(from.second, 2) == 0);
  CHECK(ring.write_available() == 4);
  ring.commit_read(4);
  CHECK(ring.write_available() == 8);
}

TEST_CASE_TEMPLATE("writing, reading and lending are rt-safe", Layout, interleaved<>, planar<>) {
  audio_ring<float, Layout> ring{2, 64};
  block_of<Layout> memory{2, 32};
  const auto block = memory.first(32);
  std::size_t moved = 0;
  {
    const testing::rt_guard guard;
    moved += ring.write(block) + ring.read_available() + ring.read(block);
    ring.commit_write(ring.prepare_write(8).frames());
    ring.commit_read(ring.prepare_read(8).frames());
    moved += ring.write_available();
  }
  CHECK(moved == 32 + 32 + 32 + 64);
}

TEST_CASE_TEMPLATE("two threads: no frame lost, repeated, reordered or torn", Layout, interleaved<>,
                   planar<>) {
  constexpr std::size_t total = 100'000, channels = 3;
  audio_ring<float, Layout> ring{channels, 64};
  std::thread producer{[&] {
    random_source random{1};
    block_of<Layout> block{channels, 48};
    for (std::size_t n = 0; n < total;) {
      const auto in = block.first(std::min<std::size_t>(random.next() % 48, total - n));
      fill(in, n);
      const auto count = ring.write(in);
      n += count;
      if (count == 0) std::this_thread::yield();
    }
  }};
  random_source random{2};
  block_of<Layout> block{channels, 48};
  std::size_t errors = 0;
  for (std::size_t n = 0; n < total;) {
    std::size_t count = 0;
    if (random.next() % 2 == 0) {
      const auto from = ring.prepare_read(random.next() % 48);
      errors += wrong(from.first, n) + wrong(from.second, n + from.first.frames());
      ring.commit_read(count = from.frames());
    } else {
      const auto out = block.first(random.next() % 48);
      count = ring.read(out);
      errors += wrong(out.part(0, count), n);
    }
    n += count;
    if (count == 0) std::this_thread::yield();
  }
  producer.join();
  CHECK(errors == 0);
}
