#include <jamnet/ring/audio_ring.hpp>

#include <algorithm>
#include <array>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;

namespace {

// Frame n of a signal whose every sample says where it belongs.
void fill(std::span<float> samples, std::size_t channels, std::size_t frame) {
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] = static_cast<float>((frame + i / channels) * 8 + i % channels);
}
std::size_t wrong(std::span<const float> samples, std::size_t channels, std::size_t frame) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < samples.size(); ++i)
    if (samples[i] != static_cast<float>((frame + i / channels) * 8 + i % channels)) ++count;
  return count;
}

} // namespace

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

TEST_CASE("what is read is what was written, at any block sizes and channel counts") {
  for (const std::size_t channels : {1u, 2u, 3u, 6u}) {
    CAPTURE(channels);
    random_source random{channels};
    audio_ring<float> ring{channels, 64};
    std::vector<float> block(channels * 80);
    std::size_t written = 0, read = 0;
    for (int step = 0; step < 2000; ++step) {
      const auto in = std::span{block}.first(channels * (random.next() % 80));
      fill(in, channels, written);
      written += ring.write(in);
      const auto out = std::span{block}.first(channels * (random.next() % 80));
      const auto count = ring.read(out);
      REQUIRE(wrong(out.first(count * channels), channels, read) == 0);
      read += count;
      REQUIRE(ring.read_available() == written - read);
      REQUIRE(ring.write_available() == 64 - (written - read));
    }
    CHECK(read > 2000);
  }
}

TEST_CASE("lent memory is filled and played in place, in two pieces where it wraps") {
  audio_ring<float> ring{2, 8};
  std::vector<float> block(2 * 6);
  REQUIRE(ring.write(block) == 6);
  REQUIRE(ring.read(block) == 6);

  const auto to = ring.prepare_write(5);
  CHECK(to.first.size() == 2 * 2);
  CHECK(to.second.size() == 2 * 3);
  fill(to.first, 2, 0);
  fill(to.second, 2, 2);
  CHECK(ring.read_available() == 0);
  ring.commit_write(4); // one fewer than lent

  const auto from = ring.prepare_read(100);
  CHECK(from.size() == 2 * 4);
  CHECK(wrong(from.first, 2, 0) == 0);
  CHECK(wrong(from.second, 2, 2) == 0);
  CHECK(ring.write_available() == 4);
  ring.commit_read(4);
  CHECK(ring.write_available() == 8);
}

TEST_CASE("writing, reading and lending are rt-safe") {
  audio_ring<float> ring{2, 64};
  std::vector<float> block(2 * 32);
  std::size_t moved = 0;
  {
    const testing::rt_guard guard;
    moved += ring.write(block) + ring.read_available() + ring.read(block);
    ring.commit_write(ring.prepare_write(8).size() / 2);
    ring.commit_read(ring.prepare_read(8).size() / 2);
    moved += ring.write_available();
  }
  CHECK(moved == 32 + 32 + 32 + 64);
}

TEST_CASE("two threads: no frame lost, repeated, reordered or torn") {
  constexpr std::size_t total = 100'000, channels = 3;
  audio_ring<float> ring{channels, 64};
  std::thread producer{[&] {
    random_source random{1};
    std::vector<float> block(channels * 48);
    for (std::size_t n = 0; n < total;) {
      const auto in =
          std::span{block}.first(channels * std::min<std::size_t>(random.next() % 48, total - n));
      fill(in, channels, n);
      const auto count = ring.write(in);
      n += count;
      if (count == 0) std::this_thread::yield();
    }
  }};
  random_source random{2};
  std::size_t errors = 0;
  for (std::size_t n = 0; n < total;) {
    const auto from = ring.prepare_read(random.next() % 48);
    errors += wrong(from.first, channels, n);
    errors += wrong(from.second, channels, n + from.first.size() / channels);
    const auto count = from.size() / channels;
    ring.commit_read(count);
    n += count;
    if (count == 0) std::this_thread::yield();
  }
  producer.join();
  CHECK(errors == 0);
}
