#include <jamnet/latency/stamped_audio_ring.hpp>

#include <atomic>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

using stamped_stereo = stamped_audio_ring<float>;

audio_header stamped_header(std::uint64_t number) {
  return {.at = {.host = host_time{nanoseconds{static_cast<std::int64_t>(number)}}, .gpu = number},
          .rate = 48'000};
}

} // namespace

TEST_CASE("blocks of any length come out as they went in, each with its header") {
  stamped_stereo ring{*audio_shape::of(2, 256)};
  std::vector<float> in(2 * 256), out(2 * 256);
  audio_header header;
  CHECK_FALSE(ring.try_next(header));
  std::uint64_t number = 0;
  for (std::size_t frames = 0; frames < 200; ++frames, ++number) { // they wrap
    for (std::size_t i = 0; i < 2 * frames; ++i) in[i] = static_cast<float>(number + i);
    REQUIRE(ring.try_write(stamped_header(number), {in.data(), 2, frames}));
    REQUIRE(ring.try_next(header));
    REQUIRE(ring.try_next(header)); // it stays
    REQUIRE(header.frames == frames);
    if (frames > 0) REQUIRE_FALSE(ring.try_read(header, {out.data(), 2, frames - 1}));
    REQUIRE(ring.try_read(header, {out.data(), 2, 256}));
    REQUIRE(header.at == stamped_header(number).at);
    for (std::size_t i = 0; i < 2 * frames; ++i) REQUIRE(out[i] == in[i]);
  }
  CHECK_FALSE(ring.try_read(header, {out.data(), 2, 256}));
}

TEST_CASE("a block goes in whole or not at all, and so do its frames where headers have no room") {
  stamped_audio_ring<float, planar<>, 4> ring{*audio_shape::of(2, 64)};
  std::vector<float> left(65), right(65);
  float* const rows[]{left.data(), right.data()};
  const auto block = [&](std::size_t frames) { return planar_block<float>{rows, 2, frames}; };
  audio_header header;
  CHECK_FALSE(ring.try_write({}, block(65)));
  CHECK(ring.try_write(stamped_header(1), block(40)));
  CHECK_FALSE(ring.try_write(stamped_header(2), block(25)));
  CHECK(ring.try_write(stamped_header(3), block(24)));
  CHECK(ring.try_read(header, block(64)));
  CHECK(header.frames == 40);
  CHECK(ring.try_write(stamped_header(4), block(1)));
  CHECK(ring.try_write(stamped_header(5), block(0)));
  while (ring.try_write(stamped_header(6), block(1))) {
  }
  std::uint64_t got = 0, frames = 0; // four headers, and as many frames as they say
  for (; ring.try_read(header, block(64)); ++got) frames += header.frames;
  CHECK(got >= 3);
  CHECK(got <= 4);
  CHECK(frames >= 25);
  CHECK(ring.try_write(stamped_header(7), block(64)));
  CHECK(ring.try_read(header, block(64)));
  CHECK(header.at.gpu == 7);
}

TEST_CASE("between threads no header comes without its frames, nor frames without their header") {
  stamped_stereo ring{*audio_shape::of(2, 512)};
  constexpr std::uint64_t count = 50'000;
  std::atomic<bool> stop{false};
  std::thread producer{[&] {
    std::vector<float> in(2 * 100);
    testing::rt_guard guard;
    for (std::uint64_t n = 0; n < count; ++n) {
      for (float& sample : in) sample = static_cast<float>(n);
      while (!ring.try_write(stamped_header(n), {in.data(), 2, n % 100}) && !stop.load())
        std::this_thread::yield();
    }
  }};
  long torn = 0;
  std::vector<float> out(2 * 100);
  {
    testing::rt_guard guard;
    audio_header header;
    for (std::uint64_t n = 0; n < count; ++n) {
      while (!ring.try_read(header, {out.data(), 2, 100})) std::this_thread::yield();
      torn += header.at.gpu != n || header.frames != n % 100;
      for (std::size_t i = 0; i < 2 * header.frames; ++i) torn += out[i] != static_cast<float>(n);
    }
  }
  stop = true;
  producer.join();
  CHECK(torn == 0);
}
