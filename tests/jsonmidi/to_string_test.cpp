#include <jamnet/jsonmidi/to_string.hpp>

#include <doctest/doctest.h>

#include <jamnet/midi/message.hpp>

using namespace jamnet;

TEST_CASE("an event reads as its line of JSONMIDI") {
  const midi_event event{session_time{nanoseconds{5}}, 1, note_on{.note = 60, .velocity = 100}};
  CHECK(jsonmidi::to_string(event) ==
        R"({"type":"noteOn","timestamp":5,"seq":1,"channel":1,"note":60,"velocity":100})");
}
