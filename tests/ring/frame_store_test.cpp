#include <jamnet/ring/frame_store.hpp>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;

TEST_CASE("a shape is sound, or says which number is not") {
  CHECK(audio_shape::of(2, 100)->capacity() == 128);
  CHECK(audio_shape::of(1024, 1)->channels() == 1024);
  CHECK(audio_shape::of(1, 1U << 30)->capacity() == 1U << 30);
  CHECK(audio_shape::of(0, 100).error() == failure{errc::audio_channels, 0});
  CHECK(audio_shape::of(1025, 100).error() == failure{errc::audio_channels, 1025});
  CHECK(audio_shape::of(2, 0).error() == failure{errc::audio_block, 0});
  CHECK(audio_shape::of(2, (1U << 30) + 1).error() == failure{errc::audio_block, (1U << 30) + 1});
  CHECK(audio_shape::of(2, SIZE_MAX).error() == failure{errc::audio_block, UINT32_MAX});
}

TEST_CASE_TEMPLATE("a store is silent at first", Layout, interleaved<>, interleaved<3>, planar<>,
                   planar<3>) {
  frame_store<float, Layout> store{*audio_shape::of(3, 16)};
  const auto all = store.at(5, 16);
  CHECK(all.first.frames() == 11);
  CHECK(all.second.frames() == 5);
  for (std::size_t c = 0; c < 3; ++c) CHECK(all.first.sample(c, 10) + all.second.sample(c, 4) == 0);
}

TEST_CASE_TEMPLATE("frame n is found at n again until a capacity later", Layout, interleaved<>,
                   interleaved<2>, planar<>, planar<2>) {
  random_source random{1};
  frame_store<int, Layout> store{*audio_shape::of(2, 16)}, block{*audio_shape::of(2, 16)};
  std::uint64_t written = 0;
  for (int step = 0; step < 500; ++step) {
    const auto in = block.at(0, random.next() % 17).first;
    for (std::size_t f = 0; f < in.frames(); ++f)
      for (std::size_t c = 0; c < 2; ++c) in.sample(c, f) = static_cast<int>(2 * (written + f) + c);
    store.put(written, in);
    written += in.frames();
    if (written < 16) continue;
    const std::uint64_t from = written - 16 + random.next() % 16;
    const auto out = block.at(0, random.next() % (written - from + 1)).first;
    silence(out);
    store.get(from, out);
    for (std::size_t f = 0; f < out.frames(); ++f)
      for (std::size_t c = 0; c < 2; ++c)
        REQUIRE(out.sample(c, f) == static_cast<int>(2 * (from + f) + c));
  }
}

TEST_CASE("putting and getting are rt-safe") {
  frame_store<float, planar<>> store{*audio_shape::of(2, 16)}, block{*audio_shape::of(2, 16)};
  const auto part = block.at(0, 8).first;
  {
    const testing::rt_guard guard;
    store.put(12, part);
    store.get(12, part);
  }
  CHECK(store.at(12, 8).frames() == 8);
}
