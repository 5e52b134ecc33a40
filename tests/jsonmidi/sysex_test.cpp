#include <jamnet/jsonmidi/sysex.hpp>

#include <doctest/doctest.h>

using namespace jamnet;

TEST_CASE("a SysEx is whole, of seven bits and without a number, unless it says otherwise") {
  const jsonmidi::system_exclusive sysex;
  CHECK(sysex.form == ump_form::complete);
  CHECK(sysex.type == jsonmidi::sysex_type::sysex7);
  CHECK(sysex.seq == midi_event::no_seq);
  CHECK(sysex.data.empty());
}
