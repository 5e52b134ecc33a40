#include <jamnet/transport/start_gate.hpp>

#include <doctest/doctest.h>

using namespace jamnet;
using namespace std::chrono_literals;
using jsonmidi::transport_action;
using jsonmidi::transport_boundary;

namespace gate_laws { // beside the other tests in one program
namespace {

constexpr session_time after_gate(nanoseconds t) { return session_time{t}; }
// Rolls from 1 s on at 120, at 60 from 3 s on.
transport_schedule concert() {
  transport_state first{.mode = transport_mode::playing, .since = after_gate(1s)};
  transport_state second{.mode = transport_mode::playing,
                         .since = after_gate(3s),
                         .position = quarter_notes::from(4),
                         .bpm = 60};
  transport_schedule s{first};
  s.add(second);
  return s;
}
jsonmidi::transport_command gate_command(transport_action a, nanoseconds t,
                                         transport_boundary b = {}) {
  return {.action = a, .time = after_gate(t), .boundary = b};
}

} // namespace

TEST_CASE("behind a closed gate nothing moves, behind an open one what moves before it") {
  start_gate gate;
  CHECK_FALSE(gate.behind(concert(), after_gate(2s)).at(after_gate(2s)).rolling());
  gate.turn(gate_command(transport_action::record, 2s));
  const auto open = gate.behind(concert(), after_gate(2s));
  CHECK(open.at(after_gate(2s)).mode == transport_mode::recording);
  for (const auto t : {2s, 3s, 5s})
    CHECK(open.position_at(after_gate(t)) == concert().position_at(after_gate(t)));
  CHECK_FALSE(gate.behind(transport_schedule{}, after_gate(2s)).at(after_gate(2s)).rolling());
}

TEST_CASE("a gate turns at a time, beat or bar of the session, known ahead") {
  start_gate gate;
  gate.turn(gate_command(transport_action::play, 1s + 100ms, transport_boundary::beat));
  auto view = gate.behind(concert(), after_gate(1s));
  CHECK_FALSE(view.at(after_gate(1s + 499ms)).rolling());
  CHECK(view.at(after_gate(1s + 500ms)).rolling());
  view = gate.behind(concert(), after_gate(2s));
  CHECK(view.at(after_gate(2s)).rolling());
  gate.turn(gate_command(transport_action::pause, 3s + 1ms, transport_boundary::bar));
  view = gate.behind(concert(), after_gate(2s));
  CHECK(view.states().size() == 3);
  CHECK(view.at(after_gate(6s)).rolling());
  CHECK(view.at(after_gate(7s)).mode == transport_mode::paused);
  CHECK(view.position_at(after_gate(9s)) == quarter_notes::from(8)); // where it closed
  gate.turn(gate_command(transport_action::stop, 2s + 500ms));       // instead
  view = gate.behind(concert(), after_gate(2s));
  CHECK(view.at(after_gate(2s + 500ms)).mode == transport_mode::stopped);
  CHECK(view.states().size() == 3);
  CHECK_FALSE(view.at(after_gate(9s)).rolling());
}

} // namespace gate_laws
