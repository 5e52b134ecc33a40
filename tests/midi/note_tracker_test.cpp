#include <jamnet/midi/note_tracker.hpp>

#include <vector>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;

namespace {

constexpr ump midi2(unsigned status, unsigned index, std::uint32_t data) {
  return {{0x40000000u | status << 16 | index << 8, data}};
}

std::vector<ump> released(note_tracker& tracker) {
  std::vector<ump> out;
  tracker.release_all([&](const ump& p) { out.push_back(p); });
  return out;
}

} // namespace

TEST_CASE("a note sounds from its note-on to its note-off, on its own group and channel only") {
  note_tracker tracker;
  tracker.observe(note_on{.channel = 16, .note = 127, .group = 15});
  CHECK(tracker.sounds(15, 16, 127));
  CHECK_FALSE(tracker.sounds(14, 16, 127));
  CHECK_FALSE(tracker.sounds(15, 15, 127));
  CHECK(tracker.sounding() == 1);
  tracker.observe(note_off{.channel = 16, .note = 127, .group = 14});
  CHECK(tracker.sounding() == 1);
  tracker.observe(note_off{.channel = 16, .note = 127, .group = 15});
  CHECK(tracker.sounding() == 0);
}

TEST_CASE("a note struck twice is one note, and velocity 0 ends it in MIDI 1.0") {
  note_tracker tracker;
  tracker.observe(note_on{.note = 60});
  tracker.observe(note_on{.note = 60});
  CHECK(tracker.sounding() == 1);
  tracker.observe(note_on{.note = 60, .velocity = 0});
  CHECK(tracker.sounding() == 0);
}

TEST_CASE("MIDI 2.0 notes are tracked too, and there velocity 0 is a soft note") {
  note_tracker tracker;
  tracker.observe(midi2(0x90, 60, 0));
  CHECK(tracker.sounds(0, 1, 60));
  tracker.observe(midi2(0x80, 60, 0x80000000));
  CHECK(tracker.sounding() == 0);
}

TEST_CASE("a channel mode message ends the notes of its channel and of no other") {
  for (const unsigned controller : {120u, 123u, 124u, 125u, 126u, 127u}) {
    CAPTURE(controller);
    note_tracker tracker;
    tracker.observe(note_on{.channel = 2, .note = 1});
    tracker.observe(note_on{.channel = 2, .note = 100});
    tracker.observe(note_on{.channel = 3, .note = 1});
    tracker.observe(control_change{.channel = 2, .controller = controller});
    CHECK(tracker.sounding() == 1);
    CHECK(tracker.sounds(0, 3, 1));
    tracker.observe(midi2(0xb2, controller, 0));
    CHECK(tracker.sounding() == 0);
  }
}

TEST_CASE("other controllers and other packets end nothing") {
  note_tracker tracker;
  tracker.observe(note_on{.note = 60});
  for (unsigned controller = 0; controller < 128; ++controller)
    if (controller != 120 && controller < 123)
      tracker.observe(control_change{.controller = controller, .value = 127});
  tracker.observe(program_change{});
  tracker.observe(midi1(0xfe));
  tracker.observe(ump{{0x30160102, 0x03040506}}); // a SysEx packet
  tracker.observe(ump{{0x00ff0000}});             // a utility message
  CHECK(tracker.sounding() == 1);
}

TEST_CASE("the pedal is kept: 64 and more is down, reset all controllers lifts it") {
  note_tracker tracker;
  tracker.observe(control_change{.channel = 5, .controller = 64, .value = 64, .group = 3});
  CHECK(tracker.pedal_down(3, 5));
  CHECK_FALSE(tracker.pedal_down(3, 6));
  CHECK_FALSE(tracker.pedal_down(0, 5));
  tracker.observe(control_change{.channel = 5, .controller = 64, .value = 63, .group = 3});
  CHECK_FALSE(tracker.pedal_down(3, 5));
  tracker.observe(midi2(0xb0, 64, 0x80000000));
  CHECK(tracker.pedal_down(0, 1));
  tracker.observe(control_change{.channel = 1, .controller = 121});
  CHECK_FALSE(tracker.pedal_down(0, 1));
}

TEST_CASE("a system reset silences its group") {
  note_tracker tracker;
  for (const unsigned group : {0u, 7u}) {
    tracker.observe(note_on{.channel = 16, .note = 127, .group = group});
    tracker.observe(control_change{.channel = 16, .controller = 64, .value = 127, .group = group});
  }
  tracker.observe(midi1(0xff, 0, 0, 7));
  CHECK(tracker.sounding() == 1);
  CHECK(tracker.pedal_down(0, 16));
  CHECK_FALSE(tracker.pedal_down(7, 16));
}

TEST_CASE("release_all sends a note-off for each note and lifts each pedal, then nothing sounds") {
  note_tracker tracker;
  tracker.observe(note_on{.channel = 1, .note = 0});
  tracker.observe(midi2(0x90, 64, 1));
  tracker.observe(control_change{.channel = 1, .controller = 64, .value = 127});
  tracker.observe(note_on{.channel = 16, .note = 127, .group = 15});
  CHECK(released(tracker) == std::vector<ump>{note_off{.note = 0}, note_off{.note = 64},
                                              control_change{.controller = 64},
                                              note_off{.channel = 16, .note = 127, .group = 15}});
  CHECK(tracker.sounding() == 0);
  CHECK(released(tracker).empty());
}

TEST_CASE("observing what release_all sends silences any other tracker of the same packets") {
  random_source random{1};
  note_tracker tracker;
  for (int i = 0; i < 20'000; ++i) {
    ump packet{
        {static_cast<std::uint32_t>(random.next()), static_cast<std::uint32_t>(random.next())}};
    packet.words[0] = (packet.words[0] & 0x0fffffff) | (i % 2 == 0 ? 0x20000000u : 0x40000000u);
    tracker.observe(packet);
  }
  CHECK(tracker.sounding() > 1000);
  auto copy = tracker;
  for (const auto& p : released(tracker)) copy.observe(p);
  CHECK(copy.sounding() == 0);
  CHECK(released(copy).empty());
}

TEST_CASE("what sounds here and not there is released, as long as the sink takes it") {
  note_tracker here, there;
  for (const unsigned note : {3u, 64u, 100u}) here.observe(note_on{.note = note});
  here.observe(control_change{.channel = 2, .controller = 64, .value = 127});
  here.observe(control_change{.channel = 3, .controller = 64, .value = 127});
  there.observe(note_on{.note = 64});
  there.observe(note_on{.note = 65});
  there.observe(control_change{.channel = 3, .controller = 64, .value = 127});
  std::vector<ump> taken;
  std::size_t room = 1;
  const auto take = [&](const ump& packet) {
    if (taken.size() == room) return false;
    taken.push_back(packet);
    return true;
  };
  CHECK_FALSE(here.release_beyond(there, take));
  CHECK(here.sounds(0, 1, 100)); // found no room
  room = 2;
  CHECK_FALSE(here.release_beyond(there, take));
  CHECK(here.pedal_down(0, 2));
  room = 3;
  CHECK(here.release_beyond(there, take));
  CHECK(here.release_beyond(there, take));
  CHECK(taken == std::vector<ump>{note_off{.note = 3}, note_off{.note = 100},
                                  control_change{.channel = 2, .controller = 64}});
  CHECK(here.sounding() == 1);
  CHECK(here.pedal_down(0, 3));
}

TEST_CASE("tracking and releasing never allocate") {
  note_tracker tracker;
  unsigned sent = 0;
  {
    testing::rt_guard guard;
    for (unsigned note = 0; note < 128; ++note) tracker.observe(note_on{.note = note});
    tracker.observe(control_change{.controller = 64, .value = 127});
    tracker.release_all([&](const ump&) { ++sent; });
  }
  CHECK(sent == 129);
}
