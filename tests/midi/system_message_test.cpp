#include <jamnet/midi/system_message.hpp>

#include <doctest/doctest.h>
#include <jamnet/midi/message.hpp>

#include "message_laws.hpp"

using namespace jamnet;

TEST_CASE("a named system message is the packet its bytes make") {
  CHECK(ump(system_message::time_code{.piece = 7, .nibble = 5}) == midi1(0xf1, 0x75));
  CHECK(ump(system_message::song_position{.beats = 0x3fff}) == midi1(0xf2, 0x7f, 0x7f));
  CHECK(ump(system_message::song_position{.beats = 129, .group = 3}).words[0] == 0x13f20101);
  CHECK(ump(system_message::song_select{.song = 127, .group = 15}).words[0] == 0x1ff37f00);
  CHECK(ump(system_message::tune_request{}) == midi1(0xf6));
  CHECK(ump(system_message::timing_clock{}) == midi1(0xf8));
  CHECK(ump(system_message::start{.group = 1}).words[0] == 0x11fa0000);
  CHECK(ump(system_message::continue_{}) == midi1(0xfb));
  CHECK(ump(system_message::stop{}) == midi1(0xfc));
  CHECK(ump(system_message::active_sensing{}) == midi1(0xfe));
  CHECK(ump(system_message::system_reset{}) == midi1(0xff));
}

TEST_CASE("from gives the fields of a system message") {
  CHECK(system_message::song_position::from(midi1(0xf2, 1, 2, 9))->beats == 0x101);
  CHECK(system_message::song_position::from(midi1(0xf2, 1, 2, 9))->group == 9);
  CHECK(system_message::time_code::from(midi1(0xf1, 0x2a))->piece == 2);
  CHECK(system_message::time_code::from(midi1(0xf1, 0x2a))->nibble == 10);
  CHECK_FALSE(system_message::time_code::from(midi1(0xf2, 0x2a)));
  CHECK_FALSE(system_message::start::from(midi1(0xfa, 1)));
}

TEST_CASE("the fields of system messages are where the standard has them") {
  CHECK(field_bits(system_message::time_code{}) == words{0x0f007f00});
  CHECK(field_bits(system_message::song_position{}) == words{0x0f007f7f});
  CHECK(field_bits(system_message::song_select{}) == words{0x0f007f00});
  CHECK(field_bits(system_message::tune_request{}) == words{0x0f000000});
  CHECK(field_bits(system_message::timing_clock{}) == words{0x0f000000});
  CHECK(field_bits(system_message::start{}) == words{0x0f000000});
  CHECK(field_bits(system_message::continue_{}) == words{0x0f000000});
  CHECK(field_bits(system_message::stop{}) == words{0x0f000000});
  CHECK(field_bits(system_message::active_sensing{}) == words{0x0f000000});
  CHECK(field_bits(system_message::system_reset{}) == words{0x0f000000});
}
