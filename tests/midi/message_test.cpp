#include <jamnet/midi/message.hpp>

#include <doctest/doctest.h>

#include "message_laws.hpp"

using namespace jamnet;

TEST_CASE("a named message is the packet its bytes make") {
  CHECK(ump(note_on{.channel = 1, .note = 60, .velocity = 100}).words[0] == 0x20903c64);
  CHECK(ump(note_off{.channel = 16, .note = 127, .velocity = 1, .group = 15}).words[0] ==
        0x2f8f7f01);
  CHECK(ump(control_change{.channel = 3, .controller = 64, .value = 127}).words[0] == 0x20b2407f);
  CHECK(ump(program_change{.channel = 2, .program = 7}).words[0] == 0x20c10700);
  CHECK(ump(polyphonic_aftertouch{.channel = 1, .note = 1, .value = 2}).words[0] == 0x20a00102);
  CHECK(ump(channel_aftertouch{.channel = 1, .value = 5}).words[0] == 0x20d00500);
  CHECK(ump(pitch_bend{}).words[0] == 0x20e00040);
  CHECK(ump(pitch_bend{.value = 0x3f80}).words[0] == 0x20e0007f);
  CHECK(midi1(0xf8).words[0] == 0x10f80000);
}

TEST_CASE("from gives the fields of the packet") {
  constexpr auto on = note_on::from(ump{{0x2a9f3c64}});
  static_assert(on && on->group == 10 && on->channel == 16 && on->note == 60);
  static_assert(on->velocity == 100);
  static_assert(pitch_bend::from(ump{{0x20e00102}})->value == 0x101);
  CHECK(program_change::from(ump{{0x20c10700}})->program == 7);
}

TEST_CASE("from gives nothing for another message, top bits of data and reserved bits") {
  CHECK_FALSE(note_on::from(ump{{0x20803c64}}));
  CHECK_FALSE(note_on::from(ump{{0x10903c64}}));
  CHECK_FALSE(note_on::from(ump{{0x20908000}}));
  CHECK_FALSE(note_on::from(ump{{0x20900080}}));
  CHECK_FALSE(note_on::from(ump{{0x20903c64, 1}}));
  CHECK_FALSE(program_change::from(ump{{0x20c00001}}));
  CHECK_FALSE(channel_aftertouch::from(ump{{0x20d00001}}));
}

TEST_CASE("the fields of MIDI 1.0 channel voice are where the standard has them") {
  CHECK(field_bits(note_off{}) == words{0x0f0f7f7f});
  CHECK(field_bits(note_on{}) == words{0x0f0f7f7f});
  CHECK(field_bits(polyphonic_aftertouch{}) == words{0x0f0f7f7f});
  CHECK(field_bits(control_change{}) == words{0x0f0f7f7f});
  CHECK(field_bits(program_change{}) == words{0x0f0f7f00});
  CHECK(field_bits(channel_aftertouch{}) == words{0x0f0f7f00});
  CHECK(field_bits(pitch_bend{}) == words{0x0f0f7f7f});
}

TEST_CASE("a MIDI 1.0 note-on of velocity 0 ends a note, as every instrument treats it") {
  CHECK(starts_note(note_on{.note = 60, .velocity = 1}));
  CHECK_FALSE(starts_note(note_on{.note = 60, .velocity = 0}));
  CHECK(ends_note(note_on{.note = 60, .velocity = 0}));
  CHECK(ends_note(note_off{.note = 60}));
  CHECK_FALSE(ends_note(control_change{}));
}
