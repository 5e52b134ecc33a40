#include <jamnet/midi/midi2_message.hpp>

#include <doctest/doctest.h>

#include "message_laws.hpp"

using namespace jamnet;

TEST_CASE("a MIDI 2.0 message is the two words the standard has for it") {
  CHECK(ump(midi2::note_off{.channel = 16, .note = 127, .velocity = 0xffff, .group = 15}) ==
        ump{{0x4f8f7f00, 0xffff0000}});
  CHECK(ump(midi2::note_on{.channel = 2,
                           .note = 60,
                           .velocity = 0x1234,
                           .attribute_type = 3,
                           .attribute_value = 0x7920}) == ump{{0x40913c03, 0x12347920}});
  CHECK(ump(midi2::polyphonic_aftertouch{.note = 1, .value = 0xffffffff}) ==
        ump{{0x40a00100, 0xffffffff}});
  CHECK(ump(midi2::control_change{.channel = 3, .controller = 7, .value = 0x89abcdef}) ==
        ump{{0x40b20700, 0x89abcdef}});
  CHECK(ump(midi2::program_change{.program = 127}) == ump{{0x40c00000, 0x7f000000}});
  CHECK(ump(midi2::program_change{.program = 1, .bank = 0}) == ump{{0x40c00001, 0x01000000}});
  CHECK(ump(midi2::program_change{.program = 5, .bank = 0x3f01}) == ump{{0x40c00001, 0x05007e01}});
  CHECK(ump(midi2::channel_aftertouch{.value = 5}) == ump{{0x40d00000, 5}});
  CHECK(ump(midi2::pitch_bend{}) == ump{{0x40e00000, 0x80000000}});
  CHECK(ump(midi2::registered_controller{.bank = 1, .index = 2, .value = 3}) ==
        ump{{0x40200102, 3}});
  CHECK(ump(midi2::assignable_controller{.bank = 127, .index = 126, .value = 3}) ==
        ump{{0x40307f7e, 3}});
  CHECK(ump(midi2::relative_registered_controller{.bank = 1, .index = 2, .value = -1}) ==
        ump{{0x40400102, 0xffffffff}});
  CHECK(ump(midi2::relative_assignable_controller{.value = INT32_MIN}) ==
        ump{{0x40500000, 0x80000000}});
  CHECK(ump(midi2::registered_per_note_controller{.note = 60, .index = 255, .value = 9}) ==
        ump{{0x40003cff, 9}});
  CHECK(ump(midi2::assignable_per_note_controller{.note = 60, .index = 1, .value = 9}) ==
        ump{{0x40103c01, 9}});
  CHECK(ump(midi2::per_note_pitch_bend{.note = 60}) == ump{{0x40603c00, 0x80000000}});
  CHECK(ump(midi2::per_note_management{.note = 60, .detach = true}) == ump{{0x40f03c02, 0}});
  CHECK(ump(midi2::per_note_management{.note = 60, .reset = true}) == ump{{0x40f03c01, 0}});
}

TEST_CASE("from gives the fields of a MIDI 2.0 message") {
  constexpr auto on = midi2::note_on::from(ump{{0x40913c03, 0x12347920}});
  static_assert(on && on->channel == 2 && on->note == 60 && on->velocity == 0x1234);
  static_assert(on->attribute_type == 3 && on->attribute_value == 0x7920);
  CHECK(midi2::program_change::from(ump{{0x40c00001, 0x05007e01}})->bank == 0x3f01);
  CHECK(midi2::program_change::from(ump{{0x40c00000, 0x05000000}})->bank == std::nullopt);
  CHECK(midi2::relative_registered_controller::from(ump{{0x40400000, 0x80000000}})->value ==
        INT32_MIN);
}

TEST_CASE("a bank that is not valid must be zero, and what is reserved too") {
  CHECK_FALSE(midi2::program_change::from(ump{{0x40c00000, 0x05000001}}));
  CHECK_FALSE(midi2::program_change::from(ump{{0x40c00001, 0x05000080}}));
  CHECK_FALSE(midi2::note_on::from(ump{{0x40908000, 0}}));
  CHECK_FALSE(midi2::note_on::from(ump{{0x40900000, 0, 1}}));
  CHECK_FALSE(midi2::control_change::from(ump{{0x40b00001, 0}}));
}

TEST_CASE("the fields of MIDI 2.0 channel voice are where the standard has them") {
  CHECK(field_bits(midi2::note_off{}) == words{0x0f0f7fff, 0xffffffff});
  CHECK(field_bits(midi2::note_on{}) == words{0x0f0f7fff, 0xffffffff});
  CHECK(field_bits(midi2::polyphonic_aftertouch{}) == words{0x0f0f7f00, 0xffffffff});
  CHECK(field_bits(midi2::control_change{}) == words{0x0f0f7f00, 0xffffffff});
  CHECK(field_bits(midi2::program_change{}) == words{0x0f0f0001, 0x7f000000});
  CHECK(field_bits(midi2::program_change{.bank = 0}) == words{0x0f0f0001, 0x7f007f7f});
  CHECK(field_bits(midi2::channel_aftertouch{}) == words{0x0f0f0000, 0xffffffff});
  CHECK(field_bits(midi2::pitch_bend{}) == words{0x0f0f0000, 0xffffffff});
  CHECK(field_bits(midi2::registered_controller{}) == words{0x0f0f7f7f, 0xffffffff});
  CHECK(field_bits(midi2::assignable_controller{}) == words{0x0f0f7f7f, 0xffffffff});
  CHECK(field_bits(midi2::relative_registered_controller{}) == words{0x0f0f7f7f, 0xffffffff});
  CHECK(field_bits(midi2::relative_assignable_controller{}) == words{0x0f0f7f7f, 0xffffffff});
  CHECK(field_bits(midi2::registered_per_note_controller{}) == words{0x0f0f7fff, 0xffffffff});
  CHECK(field_bits(midi2::assignable_per_note_controller{}) == words{0x0f0f7fff, 0xffffffff});
  CHECK(field_bits(midi2::per_note_pitch_bend{}) == words{0x0f0f7f00, 0xffffffff});
  CHECK(field_bits(midi2::per_note_management{}) == words{0x0f0f7f03});
}
