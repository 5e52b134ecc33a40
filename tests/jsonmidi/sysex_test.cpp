#include <jamnet/jsonmidi/sysex.hpp>

#include <doctest/doctest.h>

using namespace jamnet;
using jsonmidi::detail::sysex7_form;

TEST_CASE("a whole message is one complete packet, or start, continue and end") {
  CHECK(sysex7_form(ump_form::complete, 0, 1) == ump_form::complete);
  CHECK(sysex7_form(ump_form::complete, 0, 3) == ump_form::start);
  CHECK(sysex7_form(ump_form::complete, 1, 3) == ump_form::continued);
  CHECK(sysex7_form(ump_form::complete, 2, 3) == ump_form::end);
}

TEST_CASE("only the first packet of a start starts, and only the last of an end ends") {
  CHECK(sysex7_form(ump_form::start, 0, 2) == ump_form::start);
  CHECK(sysex7_form(ump_form::start, 1, 2) == ump_form::continued);
  CHECK(sysex7_form(ump_form::continued, 0, 2) == ump_form::continued);
  CHECK(sysex7_form(ump_form::continued, 1, 2) == ump_form::continued);
  CHECK(sysex7_form(ump_form::end, 0, 2) == ump_form::continued);
  CHECK(sysex7_form(ump_form::end, 1, 2) == ump_form::end);
  CHECK(sysex7_form(ump_form::end, 0, 1) == ump_form::end);
}

TEST_CASE("six bytes fill a packet; none still takes one") {
  CHECK(jsonmidi::detail::sysex7_packets(0) == 1);
  CHECK(jsonmidi::detail::sysex7_packets(6) == 1);
  CHECK(jsonmidi::detail::sysex7_packets(7) == 2);
  auto packet = jsonmidi::detail::empty_sysex7(5, ump_form::end);
  for (std::uint8_t i = 1; i <= 6; ++i) jsonmidi::detail::add_sysex7_byte(packet, i);
  CHECK(packet == ump{{0x35360102, 0x03040506}});
}

TEST_CASE("SysEx has at most six bytes of seven bits, and zeros behind them") {
  CHECK(jsonmidi::is_sysex7({{0x30020102, 0}}));
  CHECK(jsonmidi::is_sysex7({{0x3f36017f, 0x7f7f7f7f}}));
  CHECK_FALSE(jsonmidi::is_sysex7({{0x30010102, 0}}));
  CHECK_FALSE(jsonmidi::is_sysex7({{0x30020182, 0}}));
  CHECK_FALSE(jsonmidi::is_sysex7({{0x30070102, 0}}));
  CHECK_FALSE(jsonmidi::is_sysex7({{0x30420102, 0}}));
  CHECK_FALSE(jsonmidi::is_sysex7({{0x20020102}}));
}
