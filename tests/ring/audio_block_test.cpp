#include <jamnet/ring/audio_block.hpp>

#include <array>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;

namespace {

// Two channels of four frames, in both layouts: sample = 10 × channel + frame.
struct example {
  std::array<float, 8> interleaved_samples{0, 10, 1, 11, 2, 12, 3, 13};
  std::array<float, 4> left{0, 1, 2, 3}, right{10, 11, 12, 13};
  std::array<float*, 2> rows{left.data(), right.data()};

  interleaved_block<float> interleaved() { return {interleaved_samples.data(), 2, 4}; }
  planar_block<float> planar() { return {rows.data(), 2, 4}; }
};

void check_samples(auto block, std::size_t first) {
  CHECK(block.channels() == 2);
  for (std::size_t f = 0; f < block.frames(); ++f)
    for (std::size_t c = 0; c < 2; ++c)
      CHECK(block.sample(c, f) == static_cast<float>(10 * c + first + f));
}

} // namespace

TEST_CASE("both layouts say the same of the same audio, whole and in part") {
  example audio;
  check_samples(audio.interleaved(), 0);
  check_samples(audio.planar(), 0);
  check_samples(audio.interleaved().part(1, 3).part(1, 1), 2);
  check_samples(audio.planar().part(1, 3).part(1, 1), 2);
  CHECK(audio.planar().part(1, 2).channel(1).size() == 2);
  CHECK(audio.planar().part(1, 2).channel(1)[0] == 11);
  CHECK(audio.interleaved().part(1, 2).samples().size() == 4);
}

TEST_CASE("plain samples are a block of as many frames as they hold, none included") {
  example audio;
  const interleaved_block<float> block{audio.interleaved_samples, 2};
  check_samples(block, 0);
  CHECK(block.frames() == 4);
  const interleaved_block<const float> none{std::span<const float>{}, 2};
  CHECK(none.channels() == 2);
  CHECK(none.frames() == 0);
}

TEST_CASE("a copy fills the front of its target and leaves the rest") {
  example from, to;
  silence(to.interleaved());
  silence(to.planar());
  const interleaved_block<const float> constant = from.interleaved();
  copy(constant.part(1, 2), to.interleaved());
  CHECK(to.interleaved_samples == std::array<float, 8>{1, 11, 2, 12, 0, 0, 0, 0});
  const planar_block<const float> constant_rows = from.planar();
  copy(constant_rows.part(1, 2), to.planar().part(2, 2));
  CHECK(to.left == std::array<float, 4>{0, 0, 1, 2});
  CHECK(to.right == std::array<float, 4>{0, 0, 11, 12});
}

TEST_CASE("silence reaches as far as the block") {
  example audio;
  silence(audio.interleaved().part(1, 2));
  CHECK(audio.interleaved_samples == std::array<float, 8>{0, 10, 0, 0, 0, 0, 3, 13});
  silence(audio.planar().part(0, 3));
  CHECK(audio.right == std::array<float, 4>{0, 0, 0, 13});
}

TEST_CASE("an empty block is copied, silenced and divided like any other") {
  example audio;
  copy(audio.planar().part(4, 0), audio.planar().part(0, 0));
  silence(interleaved_block<float>{});
  CHECK(audio.interleaved().part(4, 0).frames() == 0);
  CHECK(audio.left[0] == 0);
}

TEST_CASE("copy and silence are rt-safe") {
  example from, to;
  {
    const testing::rt_guard guard;
    copy(from.planar(), to.planar());
    silence(from.planar());
    silence(from.interleaved());
  }
  CHECK(from.left[3] == 0);
}
