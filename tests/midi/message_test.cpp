#include <jamnet/midi/message.hpp>

#include <doctest/doctest.h>

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
  CHECK(midi1(0xf8).words[0] == 0x10f80000);
}

TEST_CASE("a MIDI 1.0 note-on of velocity 0 ends a note, as every instrument treats it") {
  CHECK(starts_note(note_on{.note = 60, .velocity = 1}));
  CHECK_FALSE(starts_note(note_on{.note = 60, .velocity = 0}));
  CHECK(ends_note(note_on{.note = 60, .velocity = 0}));
  CHECK(ends_note(note_off{.note = 60}));
  CHECK_FALSE(ends_note(control_change{}));
}
