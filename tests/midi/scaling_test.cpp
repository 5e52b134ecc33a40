#include <jamnet/midi/scaling.hpp>

#include <initializer_list>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;

namespace {

constexpr std::uint32_t highest(unsigned bits) { return 0xffffffff >> (32 - bits); }
constexpr std::uint32_t centre(unsigned bits) { return std::uint32_t{1} << (bits - 1); }

static_assert(scale_up(127, 7, 32) == 0xffffffff && scale_down(0xffffffff, 32, 7) == 127);

} // namespace

TEST_CASE("the examples of M2-115-U scale as it says") {
  struct example {
    std::uint32_t low, high16, high32;
  };
  for (const auto e : {example{0x00, 0x0000, 0x00000000}, example{0x05, 0x0a00, 0x0a000000},
                       example{0x1e, 0x3c00, 0x3c000000}, example{0x20, 0x4000, 0x40000000},
                       example{0x40, 0x8000, 0x80000000}, example{0x46, 0x8c30, 0x8c30c30c},
                       example{0x60, 0xc104, 0xc1041041}, example{0x78, 0xf1c7, 0xf1c71c71},
                       example{0x7f, 0xffff, 0xffffffff}}) {
    CAPTURE(e.low);
    CHECK(scale_up(e.low, 7, 16) == e.high16);
    CHECK(scale_up(e.low, 7, 32) == e.high32);
  }
  CHECK(scale_up(0x9c40, 16, 32) == 0x9c403880);
  CHECK(scale_up(0xc000, 16, 32) == 0xc0008001);
  CHECK(scale_up(0xfde8, 16, 32) == 0xfde8fbd1);
  CHECK(scale_up(1, 1, 16) == 0xffff);

  CHECK(scale_down(0x1400, 16, 7) == 0x0a);
  CHECK(scale_down(0x8000, 16, 7) == 0x40);
  CHECK(scale_down(0xaeba, 16, 7) == 0x57);
  CHECK(scale_down(0xffff, 16, 7) == 0x7f);

  CHECK(zero_extend(0x0a, 7, 16) == 0x1400);
  CHECK(zero_extend(0x57, 7, 16) == 0xae00);
  CHECK(zero_extend(0x7f, 7, 16) == 0xfe00);
  CHECK(round_down(0x15ff, 16, 7) == 0x0b);
  CHECK(round_down(0xaeba, 16, 7) == 0x57);
  CHECK(round_down(0xaf00, 16, 7) == 0x58);
  CHECK(round_down(0xfe00, 16, 7) == 0x7f);
  CHECK(round_down(0xffff, 16, 7) == 0x7f);
}

TEST_CASE("minimum, centre and maximum stay what they are, from any resolution to any finer one") {
  for (unsigned from = 1; from <= 32; ++from)
    for (unsigned to = from; to <= 32; ++to) {
      CAPTURE(from);
      CAPTURE(to);
      CHECK(scale_up(0, from, to) == 0);
      if (from > 1) CHECK(scale_up(centre(from), from, to) == centre(to));
      CHECK(scale_up(highest(from), from, to) == highest(to));
      CHECK(zero_extend(centre(from), from, to) == centre(to));
    }
}

TEST_CASE("every value of up to 14 bits comes back from up to 32, and none overtakes its next") {
  for (unsigned from = 1; from <= 14; ++from)
    for (unsigned to = from; to <= 32; ++to) {
      std::uint64_t lost = 0, disordered = 0, before = 0;
      for (std::uint32_t value = 0; value <= highest(from); ++value) {
        const auto scaled = scale_up(value, from, to);
        lost += scale_down(scaled, to, from) != value;
        lost += round_down(zero_extend(value, from, to), to, from) != value;
        disordered += (value != 0 && scaled <= before) || scaled > highest(to);
        before = scaled;
      }
      CAPTURE(from);
      CAPTURE(to);
      CHECK(lost == 0);
      CHECK(disordered == 0);
    }
}

TEST_CASE("scaling never allocates") {
  std::uint32_t value = 99;
  {
    testing::rt_guard guard;
    value = scale_down(scale_up(value, 7, 32), 32, 14);
    value = round_down(zero_extend(value, 14, 32), 32, 7);
  }
  CHECK(value == 100); // 99.55, for the repeated bits count
}
