#include <jamnet/transport/apply.hpp>

#include <initializer_list>
#include <limits>
#include <optional>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace std::chrono_literals;
using jsonmidi::transport_action;
using jsonmidi::transport_boundary;
using jsonmidi::transport_command;

namespace {

session_time after(nanoseconds t) { return session_time{t}; }

transport_state applied(const transport_state& state, const transport_command& command) {
  const auto next = apply(state, command);
  REQUIRE(next);
  return *next;
}
errc why_not(const transport_state& state, const transport_command& command) {
  const auto next = apply(state, command);
  return next ? errc{} : next.error().code;
}

const transport_state at_rest{};
const transport_state rolling =
    *apply(at_rest, {.action = transport_action::play, .position = 0, .bpm = 120});

} // namespace

TEST_CASE("play goes on from its position and tempo, and a bare word from where the music is") {
  const auto s = applied(at_rest, {.action = transport_action::play,
                                   .time = after(5s),
                                   .position = 16,
                                   .bpm = 60,
                                   .signature = time_signature{3, 4}});
  CHECK(s.mode == transport_mode::playing);
  CHECK(s.since == after(5s));
  CHECK(s.position_at(after(9s)) == quarter_notes::from(20));
  CHECK(to_text(s.bar_at(after(9s))).view() == "006.02.000"); // four bars of 4/4, then of 3/4
  const auto bare = *jsonmidi::decode_transport("PAUSE", after(9s));
  const auto paused = applied(s, bare);
  CHECK(paused.mode == transport_mode::paused);
  CHECK(paused.position_at(after(99s)) == quarter_notes::from(20));
  const auto again = applied(paused, *jsonmidi::decode_transport("\"PLAY\"", after(20s)));
  CHECK(again.position_at(after(21s)) == quarter_notes::from(21));
  CHECK(applied(again, *jsonmidi::decode_transport("RECORD", after(22s))).mode ==
        transport_mode::recording);
}

TEST_CASE("stop rests where it says, seek plays on where it says") {
  const auto stopped =
      applied(rolling, {.action = transport_action::stop, .time = after(3s), .position = 0});
  CHECK(stopped.mode == transport_mode::stopped);
  CHECK(stopped.position_at(after(9s)) == quarter_notes{});
  const auto sought =
      applied(rolling, {.action = transport_action::seek, .time = after(3s), .position = -4});
  CHECK(sought.mode == transport_mode::playing);
  CHECK(sought.position_at(after(4s)) == quarter_notes::from(-2));
}

TEST_CASE("a new tempo or signature goes on from where the music is, what else they say informs") {
  const auto slow = applied(
      rolling, {.action = transport_action::tempo, .time = after(3s), .position = 99, .bpm = 60});
  CHECK(slow.position_at(after(3s)) == quarter_notes::from(6));
  CHECK(slow.position_at(after(4s)) == quarter_notes::from(7));
  const auto waltz = applied(rolling, {.action = transport_action::time_signature,
                                       .time = after(3s),
                                       .bpm = 200,
                                       .signature = time_signature{3, 4}});
  CHECK(waltz.bpm == 120);
  CHECK(to_text(waltz.bar_at(after(3s))).view() == "003.01.000"); // cut the second bar short
  const auto same = applied(rolling, {.action = transport_action::time_signature,
                                      .time = after(3s),
                                      .signature = time_signature{4, 4}});
  CHECK(to_text(same.bar_at(after(3s))).view() == "002.03.000");
}

TEST_CASE("a boundary waits for the next beat or bar, and nothing waits where nothing moves") {
  transport_command c{.action = transport_action::tempo, .time = after(2100ms), .bpm = 96};
  c.boundary = transport_boundary::beat;
  CHECK(applied(rolling, c).since == after(2500ms));
  c.boundary = transport_boundary::bar;
  CHECK(applied(rolling, c).since == after(4s));
  CHECK(applied(rolling, c).position == quarter_notes::from(8));
  c.time = after(4s);
  CHECK(applied(rolling, c).since == after(4s));
  c.time = after(2100ms);
  CHECK(applied(at_rest, c).since == after(2100ms));
  c = {.action = transport_action::seek, .time = after(2100ms), .position = 32};
  c.boundary = transport_boundary::bar;
  CHECK(applied(rolling, c).position_at(after(4s)) == quarter_notes::from(32));
}

TEST_CASE("a loop is set and ended where the music is") {
  transport_command c{.action = transport_action::loop, .time = after(1s)};
  c.loop = jsonmidi::loop_range{0, 4};
  const auto looped = applied(rolling, c);
  CHECK(looped.position_at(after(2500ms)) == quarter_notes::from(1));
  c = {.action = transport_action::loop, .time = after(2500ms)};
  CHECK(applied(looped, c).position_at(after(4500ms)) == quarter_notes::from(5));
}

TEST_CASE("how late a command is told makes no difference to where it leads") {
  for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
    random_source random{seed};
    transport_state s = rolling;
    session_time t{};
    for (int i = 0; i < 10; ++i) {
      t = s.since + nanoseconds{static_cast<std::int64_t>(random.uniform(0, 1e11))};
      const transport_command tempo{.action = transport_action::tempo,
                                    .time = t,
                                    .bpm = random.uniform(1, 999),
                                    .boundary = static_cast<transport_boundary>(random.next() % 3)};
      const auto next = applied(s, tempo);
      CAPTURE(seed);
      // The music does not jump, but to a line it has passed by less than a nanosecond.
      const auto jump = (s.position_at(next.since) - next.position_at(next.since)).parts;
      REQUIRE(jump >= 0);
      REQUIRE(jump < 80);
      if (tempo.boundary == transport_boundary::now) REQUIRE(jump == 0);
      s = next;
    }
  }
}

TEST_CASE("commands that no transport can follow are refused by name, and change nothing") {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const auto command = [](transport_action action, std::optional<double> position,
                          std::optional<double> bpm = {}) {
    return transport_command{
        .action = action, .time = session_time{1s}, .position = position, .bpm = bpm};
  };
  for (const double bpm : {0.0, -120.0, nan, 1e9, 0.99, 999.01})
    for (const auto action : {transport_action::tempo, transport_action::play})
      CHECK(why_not(rolling, command(action, 0, bpm)) == errc::tempo_range);
  CHECK(why_not(rolling, command(transport_action::tempo, {})) == errc::tempo_range);
  for (const double position : {nan, 1e9, -1e9, 1e300})
    CHECK(why_not(rolling, command(transport_action::seek, position)) == errc::position_range);
  CHECK(why_not(rolling, command(transport_action::seek, {})) == errc::position_range);
  auto c = command(transport_action::time_signature, {});
  CHECK(why_not(rolling, c) == errc::signature_range);
  for (const auto bad : {time_signature{0, 0}, time_signature{7, 3}}) {
    c.signature = bad;
    CHECK(why_not(rolling, c) == errc::signature_range);
  }
  c = command(transport_action::loop, {});
  for (const auto& bad :
       {jsonmidi::loop_range{4, 4}, {8, 4}, {nan, 4}, {0, nan}, {0, 1e-300}, {0, 9e-4}}) {
    c.loop = bad;
    CHECK(why_not(rolling, c) == errc::position_range);
  }
  auto s = rolling;
  s.since = after(10s);
  CHECK(why_not(s, command(transport_action::pause, 0)) == errc::change_order);
  c = command(transport_action::pause, 0);
  c.time = session_time::max();
  CHECK(why_not(rolling, c) == errc::position_range);
  c.time = session_time::min();
  CHECK(why_not(rolling, c) == errc::change_order);
}

TEST_CASE("a command is applied without allocation") {
  const testing::rt_guard guard;
  CHECK(apply(rolling, {.action = transport_action::seek, .time = after(1s), .position = 4}));
}
