#include <jamnet/midi/midi_event.hpp>

#include <type_traits>

#include <doctest/doctest.h>
#include <jamnet/midi/message.hpp>
#include <jamnet/ring/spsc_ring.hpp>

using namespace jamnet;
using namespace std::chrono_literals;

TEST_CASE("a new event has no sequence number, and zero is one") {
  CHECK(midi_event{}.seq == midi_event::no_seq);
  CHECK(midi_event{.seq = 0} != midi_event{});
}

TEST_CASE("events are equal when time, number and packet are") {
  const midi_event event{session_time{5ms}, 9, note_on{.note = 60, .velocity = 100}};
  midi_event other = event;
  CHECK(other == event);
  other.time += 1ns;
  CHECK(other != event);
  other = event;
  other.packet.words[3] = 1;
  CHECK(other != event);
}

TEST_CASE("an event is a plain value that a ring carries as it is") {
  static_assert(std::is_trivially_copyable_v<midi_event>);
  spsc_ring<midi_event, 2> ring;
  const midi_event event{session_time{1s}, 3, note_off{.note = 60}};
  midi_event out;
  REQUIRE(ring.try_push(event));
  REQUIRE(ring.try_pop(out));
  CHECK(out == event);
}
