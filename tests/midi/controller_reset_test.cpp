#include <jamnet/midi/controller_reset.hpp>

#include <vector>

#include <doctest/doctest.h>
#include <jamnet/midi/midi2_message.hpp>

using namespace jamnet;

namespace {

std::vector<ump> released(controller_reset& r) {
  std::vector<ump> all;
  r.release_all([&](const ump& p) { all.push_back(p); });
  return all;
}

} // namespace

TEST_CASE("only what is away from its rest is reset, and once") {
  controller_reset r;
  r.observe(control_change{.controller = 7, .value = 3});
  r.observe(control_change{.controller = 11, .value = 127});
  r.observe(pitch_bend{});
  CHECK(released(r).empty());
  r.observe(control_change{.channel = 2, .controller = 1, .value = 3, .group = 4});
  r.observe(midi2::pitch_bend{.channel = 2, .value = 1, .group = 4});
  r.observe(channel_aftertouch{.channel = 3, .value = 1});
  CHECK(released(r) == std::vector<ump>{channel_aftertouch{.channel = 3},
                                        control_change{.channel = 2, .controller = 121, .group = 4},
                                        pitch_bend{.channel = 2, .group = 4}});
  CHECK(released(r).empty());
}

TEST_CASE("what the player reset itself needs nothing more") {
  controller_reset r;
  r.observe(control_change{.controller = 64, .value = 127});
  r.observe(pitch_bend{.value = 3});
  r.observe(pitch_bend{});
  CHECK(released(r) == std::vector<ump>{control_change{.controller = 121}});
  r.observe(control_change{.controller = 64, .value = 127});
  r.observe(pitch_bend{.value = 3});
  r.observe(control_change{.controller = 121});
  CHECK(released(r).empty());
  r.observe(channel_aftertouch{.value = 3});
  r.observe(midi1(0xff));
  CHECK(released(r).empty());
}
