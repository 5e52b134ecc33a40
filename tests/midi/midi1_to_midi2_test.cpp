#include <jamnet/midi/midi1_to_midi2.hpp>

#include <vector>

#include "translated.hpp"

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/midi/message.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;

namespace {

using packets = std::vector<ump>;

packets fed(midi1_to_midi2& up, const packets& in) {
  packets out;
  for (const auto& p : in) up.feed(p, [&](const ump& made) { out.push_back(made); });
  return out;
}

packets fed(const packets& in, data_entry mode = data_entry::awaits_lsb) {
  midi1_to_midi2 up{mode};
  return fed(up, in);
}

packets flushed(midi1_to_midi2& up) {
  packets out;
  up.flush([&](const ump& made) { out.push_back(made); });
  return out;
}

ump control(unsigned controller, unsigned value, unsigned status = 0xb0, unsigned group = 0) {
  return midi1(status, controller, value, group);
}

ump voice(std::uint32_t first, std::uint32_t second) { return {{first, second}}; }

constexpr ump first_of_note_on() {
  midi1_to_midi2 up;
  ump made;
  up.feed(note_on{.channel = 1, .note = 60, .velocity = 127}, [&](const ump& p) { made = p; });
  return made;
}
static_assert(first_of_note_on() == ump{{0x40903c00, 0xffff0000}});

} // namespace

TEST_CASE("every channel voice message becomes one of MIDI 2.0, in its group and channel") {
  CHECK(fed({midi1(0x83, 60, 64, 5)}) == packets{voice(0x45833c00, 0x80000000)});
  CHECK(fed({midi1(0x9f, 60, 127, 15)}) == packets{voice(0x4f9f3c00, 0xffff0000)});
  CHECK(fed({midi1(0xa0, 1, 70)}) == packets{voice(0x40a00100, 0x8c30c30c)});
  CHECK(fed({midi1(0xb0, 7, 120)}) == packets{voice(0x40b00700, 0xf1c71c71)});
  CHECK(fed({midi1(0xc0, 12)}) == packets{voice(0x40c00000, 0x0c000000)});
  CHECK(fed({midi1(0xd0, 127)}) == packets{voice(0x40d00000, 0xffffffff)});
  CHECK(fed({pitch_bend{.value = 8192}}) == packets{voice(0x40e00000, 0x80000000)});
  CHECK(fed({pitch_bend{.value = 16383}}) == packets{voice(0x40e00000, 0xffffffff)});
  CHECK(fed({pitch_bend{.value = 1}}) == packets{voice(0x40e00000, 0x00040000)});
}

TEST_CASE("a note-on of velocity 0 becomes a note-off of the middle velocity") {
  CHECK(fed({midi1(0x92, 60, 0, 1)}) == packets{voice(0x41823c00, 0x80000000)});
  CHECK(fed({midi1(0x82, 60, 0, 1)}) == packets{voice(0x41823c00, 0x00000000)});
}

TEST_CASE("a parameter's four control changes become one controller message") {
  const auto rpn = fed({control(101, 0), control(100, 32), control(6, 127), control(38, 127)});
  CHECK(rpn == packets{voice(0x40200020, 0xffffffff)});
  const auto nrpn = fed({control(98, 2), control(99, 1), control(6, 64), control(38, 0)});
  CHECK(nrpn == packets{voice(0x40300102, 0x80000000)});
}

TEST_CASE("a registered parameter with units gets no noise in its lower bits") {
  const auto range = fed({control(101, 0), control(100, 0), control(6, 127), control(38, 99)});
  CHECK(range == packets{voice(0x40200000, 0xff8c0000)});
}

TEST_CASE("a parameter stays selected: an LSB alone keeps the MSB, an MSB alone clears the LSB") {
  midi1_to_midi2 up;
  fed(up, {control(99, 1), control(98, 2), control(6, 10), control(38, 20)});
  CHECK(fed(up, {control(38, 21)}) == packets{voice(0x40300102, (10u << 7 | 21) << 18)});
  CHECK(fed(up, {control(6, 11)}).empty());
  CHECK(fed(up, {control(6, 12)}) == packets{voice(0x40300102, 11u << 25)});
  CHECK(fed(up, {control(38, 1)}) == packets{voice(0x40300102, (12u << 7 | 1) << 18)});
  CHECK(flushed(up).empty());
}

TEST_CASE("an MSB that no LSB followed is sent before the next other message of its channel") {
  const packets msb{control(101, 0), control(100, 0), control(6, 12)};
  const auto range = voice(0x40200000, 12u << 25);
  for (const auto& next : {control(6, 13), control(98, 1), control(99, 1), control(100, 1),
                           control(101, 1), control(0, 1), control(32, 1)}) {
    midi1_to_midi2 up;
    CHECK(fed(up, msb).empty());
    CHECK(fed(up, {next}) == packets{range});
  }
  midi1_to_midi2 up;
  fed(up, msb);
  CHECK(fed(up, {midi1(0x91, 60, 64), midi1(0xf8), control(7, 0, 0xb0, 1)}).size() == 3);
  CHECK(fed(up, {midi1(0x90, 60, 64)}) == packets{range, voice(0x40903c00, 0x80000000)});
  CHECK(flushed(up).empty());
}

TEST_CASE("flush sends every MSB that waits, once") {
  midi1_to_midi2 up;
  packets in;
  for (const unsigned channel : {15u, 0u})
    for (const unsigned group : {9u, 0u})
      for (const auto& p : {control(99, 1), control(98, 2), control(6, channel)})
        in.push_back(control(p.byte(2), p.byte(3), 0xb0 | channel, group));
  CHECK(fed(up, in).empty());
  CHECK(flushed(up) == packets{voice(0x40300102, 0), voice(0x403f0102, 15u << 25),
                               voice(0x49300102, 0), voice(0x493f0102, 15u << 25)});
  CHECK(flushed(up).empty());
}

TEST_CASE("at once, an MSB is sent at once and again with its LSB") {
  midi1_to_midi2 up{data_entry::at_once};
  CHECK(fed(up, {control(99, 1), control(98, 2), control(6, 3)}) ==
        packets{voice(0x40300102, 3u << 25)});
  CHECK(fed(up, {control(38, 4)}) == packets{voice(0x40300102, (3u << 7 | 4) << 18)});
  CHECK(fed(up, {midi1(0xd0, 0)}) == packets{voice(0x40d00000, 0)});
}

TEST_CASE("data entry for no parameter becomes nothing") {
  for (const auto mode : {data_entry::awaits_lsb, data_entry::at_once}) {
    const packets data{control(6, 1), control(38, 1), control(6, 2)};
    for (const packets& select :
         {packets{}, packets{control(101, 0)}, packets{control(98, 0)},
          packets{control(99, 0), control(100, 0)}, packets{control(101, 127), control(100, 127)},
          packets{control(99, 127), control(98, 127)},
          packets{control(101, 0), control(100, 0), control(121, 0)}}) {
      midi1_to_midi2 up{mode};
      fed(up, select);
      CHECK(fed(up, data).empty());
      CHECK(flushed(up).empty());
    }
    CHECK(fed({control(101, 0), control(100, 0), control(38, 1)}, mode).empty());
  }
}

TEST_CASE("registered and assignable numbers are kept apart; the last named one counts") {
  midi1_to_midi2 up;
  const packets data{control(6, 0), control(38, 0)};
  fed(up, {control(101, 1), control(100, 40), control(99, 3), control(98, 4)});
  CHECK(fed(up, data) == packets{voice(0x40300304, 0)});
  fed(up, {control(100, 41)});
  CHECK(fed(up, data) == packets{voice(0x40200129, 0)});
}

TEST_CASE("a bank becomes part of the program change, and of those after it") {
  midi1_to_midi2 up;
  CHECK(fed(up, {control(0, 121), control(32, 3)}).empty());
  CHECK(fed(up, {midi1(0xc0, 5)}) == packets{voice(0x40c00001, 0x05007903)});
  CHECK(fed(up, {midi1(0xc0, 6)}) == packets{voice(0x40c00001, 0x06007903)});
  CHECK(fed(up, {midi1(0xc1, 6)}) == packets{voice(0x40c10000, 0x06000000)});
  CHECK(fed({control(0, 9), midi1(0xc0, 1)}) == packets{voice(0x40c00001, 0x01000900)});
  CHECK(fed({control(32, 9), midi1(0xc0, 1)}) == packets{voice(0x40c00001, 0x01000009)});
}

TEST_CASE("data increment and decrement stay control changes") {
  const packets in{control(101, 0), control(100, 0), control(96, 0), control(97, 127)};
  CHECK(fed(in) == packets{voice(0x40b06000, 0), voice(0x40b06100, 0xffffffff)});
}

TEST_CASE("what is no MIDI 1.0 channel voice packet passes untouched") {
  const packets in{ump{{0x00201234}},
                   midi1(0xf8),
                   ump{{0x30160102, 0x03040506}},
                   ump{{0x40903c03, 0xffff1234, 7, 8}},
                   ump{{0x50010203, 1, 2, 3}},
                   ump{{0xd0100000, 1, 2, 3}},
                   ump{{0xf0000101, 1, 2, 3}},
                   ump{{0x60000000, 9}}};
  CHECK(fed(in) == in);
}

TEST_CASE("an undefined status becomes nothing and reserved bits are ignored") {
  CHECK(fed({ump{{0x20700000}}, ump{{0x20f80000}}, ump{{0x20000000}}}).empty());
  CHECK(fed({ump{{0x2090bcc0, 1, 2, 3}}}) == packets{voice(0x40903c00, 0x80000000)});
}

TEST_CASE("any packets at all make clean ones, at most two each, in their group and channel") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    random_source random{seed};
    midi1_to_midi2 up{seed % 2 == 0 ? data_entry::awaits_lsb : data_entry::at_once};
    std::uint64_t breaches = 0;
    for (int i = 0; i < 20'000; ++i) {
      const auto r = random.next();
      auto word = static_cast<std::uint32_t>(r >> 32);
      if (r % 4 != 0) { // mostly parts of sequences on few channels
        constexpr std::array<std::uint32_t, 8> parts{6, 38, 98, 99, 100, 101, 0, 96};
        word = 0x20b00000 | (word & 0x0101007f) | parts[r >> 8 & 7] << 8;
      }
      const ump in{{word, static_cast<std::uint32_t>(r)}};
      int made = 0;
      up.feed(in, [&](const ump& out) {
        ++made;
        const bool voice = in.type() == ump_type::midi1_voice;
        breaches += voice ? !jamnet_test::is_clean_midi2(out) ||
                                (out.words[0] & 0x0f0f0000) != (in.words[0] & 0x0f0f0000)
                          : out != in;
      });
      breaches += made > 2;
    }
    CHECK(breaches == 0);
  }
}

TEST_CASE("translating upwards never allocates") {
  midi1_to_midi2 up;
  unsigned made = 0;
  {
    testing::rt_guard guard;
    for (unsigned status = 0x80; status < 0xf0; ++status)
      for (unsigned first = 0; first < 128; ++first)
        up.feed(midi1(status, first, first / 2), [&](const ump&) { ++made; });
    up.flush([&](const ump&) { ++made; });
  }
  CHECK(made > 12'000);
}
