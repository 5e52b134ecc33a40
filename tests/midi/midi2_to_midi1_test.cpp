#include <jamnet/midi/midi2_to_midi1.hpp>

#include <vector>

#include "translated.hpp"

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;

namespace {

using packets = std::vector<ump>;

packets down(const ump& in) {
  packets out;
  midi2_to_midi1(in, [&](const ump& made) { out.push_back(made); });
  return out;
}

packets down(std::uint32_t first, std::uint32_t second) { return down(ump{{first, second}}); }

} // namespace

TEST_CASE("every channel voice message of MIDI 1.0 keeps its upper bits, group and channel") {
  CHECK(down(0x45833c00, 0x80000000) == packets{midi1(0x83, 60, 64, 5)});
  CHECK(down(0x4f9f3c00, 0xffff0000) == packets{midi1(0x9f, 60, 127, 15)});
  CHECK(down(0x40a00100, 0x8c30c30c) == packets{midi1(0xa0, 1, 70)});
  CHECK(down(0x40b00700, 0xf1c71c71) == packets{midi1(0xb0, 7, 120)});
  CHECK(down(0x40c00000, 0x0c007f7f) == packets{midi1(0xc0, 12)});
  CHECK(down(0x40d00000, 0xffffffff) == packets{midi1(0xd0, 127)});
  CHECK(down(0x40e00000, 0x80000000) == packets{midi1(0xe0, 0, 64)});
  CHECK(down(0x40e00000, 0x0007ffff) == packets{midi1(0xe0, 1, 0)});
}

TEST_CASE("a note-on stays one, however soft, and loses its attribute") {
  CHECK(down(0x40903c00, 0x00000000) == packets{midi1(0x90, 60, 1)});
  CHECK(down(0x40903c03, 0x01ff7900) == packets{midi1(0x90, 60, 1)});
  CHECK(down(0x40903c00, 0x04000000) == packets{midi1(0x90, 60, 2)});
  CHECK(down(0x40803c00, 0x01ff0000) == packets{midi1(0x80, 60, 0)});
}

TEST_CASE("a controller of a parameter becomes its four control changes") {
  CHECK(down(0x42210203, 0x80040000) == packets{midi1(0xb1, 101, 2, 2), midi1(0xb1, 100, 3, 2),
                                                midi1(0xb1, 6, 64, 2), midi1(0xb1, 38, 1, 2)});
  CHECK(down(0x40300a0b, 0xffffffff) == packets{midi1(0xb0, 99, 10), midi1(0xb0, 98, 11),
                                                midi1(0xb0, 6, 127), midi1(0xb0, 38, 127)});
}

TEST_CASE("what has a unit is rounded to the nearest value") {
  CHECK(down(0x40200000, 0x03ffffff)[2] == midi1(0xb0, 6, 2));
  CHECK(down(0x40200020, 0x03ffffff)[2] == midi1(0xb0, 6, 1));
  CHECK(down(0x40200000, 0xffffffff)[3] == midi1(0xb0, 38, 127));
}

TEST_CASE("a program change with a bank becomes three messages, the bank first") {
  CHECK(down(0x43c40001, 0x05007903) ==
        packets{midi1(0xb4, 0, 121, 3), midi1(0xb4, 32, 3, 3), midi1(0xc4, 5, 0, 3)});
}

TEST_CASE("what MIDI 1.0 cannot say becomes nothing") {
  for (const std::uint32_t kind : {0x0u, 0x1u, 0x4u, 0x5u, 0x6u, 0x7u, 0xfu})
    CHECK(down(0x40000000 | kind << 20 | 0x3c01, 0x80000000).empty());
  for (const std::uint32_t controller : {0u, 6u, 32u, 38u, 98u, 99u, 100u, 101u})
    CHECK(down(0x40b00000 | controller << 8, 0x80000000).empty());
  CHECK(down(0x40207f7f, 0x80000000).empty());
  CHECK(down(0x40307f7f, 0x80000000).empty());
}

TEST_CASE("what is no MIDI 2.0 channel voice packet passes untouched") {
  for (const auto& p :
       {ump{{0x00201234}}, midi1(0xf8), midi1(0x90, 60, 0), ump{{0x2090ffff, 1, 2, 3}},
        ump{{0x30160102, 0x03040506}}, ump{{0x50010203, 1, 2, 3}}, ump{{0xf0000101, 1, 2, 3}}})
    CHECK(down(p) == packets{p});
}

TEST_CASE("any packets at all make clean ones, at most four each, in their group and channel") {
  std::uint64_t breaches = 0;
  random_source random{1};
  for (int i = 0; i < 300'000; ++i) {
    const auto r = random.next();
    const ump in{{0x40000000 | (static_cast<std::uint32_t>(r) & 0x0fffffff),
                  static_cast<std::uint32_t>(r >> 32), 1, 2}};
    int made = 0;
    midi2_to_midi1(in, [&](const ump& out) {
      ++made;
      breaches += !jamnet_test::is_clean_midi1(out) ||
                  (out.words[0] & 0x0f0f0000) != (in.words[0] & 0x0f0f0000);
    });
    breaches += made > 4;
  }
  CHECK(breaches == 0);
}

TEST_CASE("translating downwards never allocates") {
  unsigned made = 0;
  {
    testing::rt_guard guard;
    for (std::uint32_t index = 0; index < 0x10000; ++index)
      for (std::uint32_t kind = 0; kind < 16; ++kind)
        midi2_to_midi1(ump{{0x40000000 | kind << 20 | index, index << 16}},
                       [&](const ump&) { ++made; });
  }
  CHECK(made > 900'000);
}
