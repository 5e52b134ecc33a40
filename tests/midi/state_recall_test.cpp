#include <jamnet/midi/state_recall.hpp>

#include <algorithm>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/midi/midi2_message.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;

namespace {

std::vector<ump> told(const state_recall<>& state) {
  std::vector<ump> all;
  state.for_each([&](const ump& p) { all.push_back(p); });
  CHECK(all.size() == state.size());
  return all;
}

} // namespace

TEST_CASE("what was set last is told, what was unset is not") {
  state_recall<> state;
  for (const ump& p :
       {ump(note_on{.note = 60}), ump(note_on{.note = 61}), ump(note_off{.note = 60}),
        ump(control_change{.controller = 7, .value = 100}),
        ump(control_change{.controller = 7, .value = 90}),
        ump(control_change{.controller = 64, .value = 127}),
        ump(control_change{.controller = 64, .value = 0}), ump(pitch_bend{.value = 1}),
        ump(pitch_bend{}), ump(channel_aftertouch{.channel = 2, .value = 3}),
        ump(program_change{.program = 5}), ump(control_change{.controller = 32, .value = 2}),
        ump(polyphonic_aftertouch{.note = 61, .value = 9}),
        ump(polyphonic_aftertouch{.note = 60, .value = 9}), ump(note_off{.note = 60})})
    state.observe(p);
  CHECK(told(state) ==
        std::vector<ump>{control_change{.controller = 32, .value = 2}, program_change{.program = 5},
                         control_change{.controller = 7, .value = 90}, note_on{.note = 61},
                         polyphonic_aftertouch{.note = 61, .value = 9},
                         channel_aftertouch{.channel = 2, .value = 3}});
  state.observe(control_change{.controller = 123});
  state.observe(midi1(0xff));
  CHECK(told(state).empty());
}

TEST_CASE("MIDI 2.0 keeps all its bits") {
  state_recall<> state;
  const std::vector<ump> all{
      midi2::program_change{.channel = 3, .program = 5, .bank = 130, .group = 7},
      midi2::control_change{.channel = 3, .controller = 1, .value = 0x12345678, .group = 7},
      midi2::pitch_bend{.channel = 3, .value = 0x80000001, .group = 7},
      midi2::note_on{.channel = 3, .note = 1, .velocity = 0, .group = 7}};
  for (const auto& p : all) state.observe(p);
  CHECK(told(state) == all);
}

TEST_CASE("Reset All Controllers resets what RP-015 says, and nothing else") {
  state_recall<> state;
  for (unsigned c = 0; c < 120; ++c) state.observe(control_change{.controller = c, .value = 50});
  state.observe(pitch_bend{.value = 0});
  state.observe(channel_aftertouch{.value = 1});
  state.observe(control_change{.controller = 121});
  for (const ump& p : told(state)) CHECK_FALSE(is_reset_by_121(p.byte(2)));
  CHECK(state.size() == 120 - 6 - 8); // and what is numbered by others is never told
}

TEST_CASE("who is told a state is in that state, whatever was played before") {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    random_source random{seed};
    state_recall<> player, listener;
    for (int i = 0; i < 3000; ++i) {
      ump p;
      p.words[0] = static_cast<std::uint32_t>(random.next());
      p.words[0] =
          (p.words[0] & 0x00ff'ffff) | (random.next() % 2 == 0 ? 0x2000'0000 : 0x4000'0000);
      p.words[0] &= p.type() == ump_type::midi1_voice ? ~0x8080u : ~0x8000u;
      if (p.type() == ump_type::midi2_voice) p.words[1] = static_cast<std::uint32_t>(random.next());
      player.observe(p);
    }
    player.for_each([&](const ump& p) { listener.observe(p); });
    CHECK(told(player) == told(listener));
    CHECK(player.size() > 100);
  }
}

TEST_CASE("channels beyond its room are not followed, and following never allocates") {
  state_recall<2> state;
  testing::rt_guard guard;
  for (unsigned channel = 1; channel <= 16; ++channel) state.observe(note_on{.channel = channel});
  CHECK(state.size() == 2);
}
