#include <jamnet/midi/utility_message.hpp>

#include <doctest/doctest.h>

#include "message_laws.hpp"

using namespace jamnet;

TEST_CASE("a utility message is the word the standard has for it") {
  CHECK(ump(utility_message::noop{}) == ump{});
  CHECK(ump(utility_message::jr_clock{.ticks = 0xabcd}).words[0] == 0x0010abcd);
  CHECK(ump(utility_message::jr_timestamp{.ticks = 65535}).words[0] == 0x0020ffff);
  CHECK(ump(utility_message::delta_clockstamp_ticks{.ticks_per_quarter_note = 960}).words[0] ==
        0x003003c0);
  CHECK(ump(utility_message::delta_clockstamp{.ticks = 0xfffff}).words[0] == 0x004fffff);
  CHECK(utility_message::delta_clockstamp::from(ump{{0x004abcde}})->ticks == 0xabcde);
}

TEST_CASE("the fields of utility messages are where the standard has them, and none is a group") {
  CHECK(field_bits(utility_message::noop{}) == words{});
  CHECK(field_bits(utility_message::jr_clock{}) == words{0x0000ffff});
  CHECK(field_bits(utility_message::jr_timestamp{}) == words{0x0000ffff});
  CHECK(field_bits(utility_message::delta_clockstamp_ticks{}) == words{0x0000ffff});
  CHECK(field_bits(utility_message::delta_clockstamp{}) == words{0x000fffff});
}
