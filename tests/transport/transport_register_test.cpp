#include <jamnet/transport/transport_register.hpp>

#include <limits>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/testing/any_transport_command.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;
using jsonmidi::transport_action;
using jsonmidi::transport_boundary;
using jsonmidi::transport_command;

namespace register_laws { // beside the other tests in one program
namespace {

constexpr peer_id ana{0xa}, ben{0xb};

session_time in(nanoseconds t) { return session_time{t}; }

transport_command play(nanoseconds t, double position = 0, double bpm = 120) {
  return {.action = transport_action::play, .time = in(t), .position = position, .bpm = bpm};
}
transport_command tempo(nanoseconds t, double bpm, transport_boundary b = {}) {
  return {.action = transport_action::tempo, .time = in(t), .bpm = bpm, .boundary = b};
}
transport_command seek(nanoseconds t, double position, transport_boundary b = {}) {
  return {.action = transport_action::seek, .time = in(t), .position = position, .boundary = b};
}
transport_register after(const transport_register& r, const transport_command& c, nanoseconds now) {
  const auto next = commit(r, c, in(now), ana);
  REQUIRE(next);
  CHECK(next->stamp > r.stamp);
  CHECK(next->stamp.by == ana);
  return *next;
}
errc why_not(const transport_register& r, const transport_command& c, nanoseconds now) {
  const auto next = commit(r, c, in(now), ana);
  return next ? errc{} : next.error().code;
}
double position(const transport_register& r, nanoseconds t) {
  return schedule_of(r).position_at(in(t)).count();
}

const transport_register nothing{.session = {1}};
const transport_register rolling = *commit(nothing, play(1s), in(1s), ana); // bars at 1, 3, 5 …

} // namespace

TEST_CASE("a command of now is the state, one ahead waits, and both move the music for all alike") {
  CHECK(rolling.ahead_count == 0);
  CHECK(position(rolling, 3s) == 4);
  const auto r = after(rolling, tempo(2s, 60, transport_boundary::bar), 2s);
  REQUIRE(r.ahead_count == 1);
  CHECK(r.ahead[0].epoch == r.stamp.epoch);
  CHECK(position(r, 3s) == 4);
  CHECK(position(r, 5s) == 6);
  const auto later = after(r, seek(4s, 16), 4s); // by then the tempo has changed
  CHECK(later.ahead_count == 0);
  CHECK(later.base.bpm == 60);
  CHECK(position(later, 5s) == 17);
}

TEST_CASE("what comes late is by now where it would be") {
  const auto r = after(nothing, play(1s), 2s);
  CHECK(position(r, 2s) == 2);
  const auto sought = after(r, seek(3s, 100), 4s);
  CHECK(position(sought, 4s) == 102);
}

TEST_CASE("a command for a time before the state began takes effect when that began") {
  const auto r = after(rolling, tempo(4s, 60), 4s);
  const auto late = after(r, seek(3s + 999ms, 0), 4s);
  CHECK(position(late, 5s) == 1);
  CHECK(late.base.since == in(4s));
}

TEST_CASE("what waits for a bar moves with it") {
  const auto waits = after(rolling, seek(2s, 0, transport_boundary::bar), 2s);
  CHECK(schedule_of(waits).states().back().since == in(3s));
  const auto faster = after(waits, tempo(2s, 240), 2s);
  CHECK(schedule_of(faster).states().back().since == in(2s + 500ms));
  const auto stopped = after( // nothing moves: there is no bar to wait for
      waits, {.action = transport_action::stop, .time = in(2s + 500ms), .position = 1}, 2s);
  CHECK(schedule_of(stopped).states().back().since == in(2s + 500ms));
  CHECK(position(stopped, 9s) == 0);
}

TEST_CASE("commands for the same bar all take effect there, whatever one of them does to it") {
  auto r = after(rolling, seek(2s, 16.5, transport_boundary::bar), 2s);
  r = after(r, tempo(2s, 60, transport_boundary::bar), 2s);
  REQUIRE(r.ahead_count == 2);
  const auto s = schedule_of(r);
  REQUIRE(s.states().size() == 2);
  CHECK(s.at(in(3s)).bpm == 60);
  CHECK(position(r, 4s) == 17.5);
}

TEST_CASE("a command replaces those of its kind at the same time, and only those") {
  auto r = after(rolling, seek(2s, 16, transport_boundary::bar), 2s);
  for (int i = 0; i < 9; ++i) r = after(r, seek(2s, 20 + i, transport_boundary::bar), 2s);
  CHECK(r.ahead_count == 1);
  CHECK(position(r, 3s) == 28);
  r = after(r, seek(19s, 40), 2s);
  r = after(r, tempo(2s, 60, transport_boundary::bar), 2s);
  r = after(r, tempo(2s, 90, transport_boundary::beat), 2s);
  CHECK(r.ahead_count == 3); // the beat is at 2 s, and so now
  r = after(r, tempo(20s, 60), 2s);
  CHECK(why_not(r, tempo(30s, 70), 2s) == errc::limit_exceeded);
  CHECK(why_not(r, tempo(2s, 70), 2s) == errc{}); // of now: it need not wait
  CHECK(why_not(r, tempo(30s, 70), 10s) == errc{});
}

TEST_CASE("here means where the music is then, whatever the command says of position and tempo") {
  auto pause = play(2s, 77, 33);
  pause.action = transport_action::pause;
  pause.here = true;
  const auto rests = after(rolling, pause, 2s);
  CHECK(position(rests, 9s) == 2);
  auto on = play(10s, 78, 34);
  on.here = true;
  const auto goes = after(rests, on, 10s);
  CHECK(goes.base.bpm == 120);
  CHECK(position(goes, 11s) == 4);
}

TEST_CASE("what cannot be is refused by name, and what comes too late or is too far ahead") {
  CHECK(why_not(rolling, tempo(2s, 0), 2s) == errc::tempo_range);
  CHECK(why_not(rolling, tempo(2s, -120), 2s) == errc::tempo_range);
  CHECK(why_not(rolling, tempo(2s, 1e9), 2s) == errc::tempo_range);
  CHECK(why_not(rolling, tempo(2s, std::numeric_limits<double>::quiet_NaN()), 2s) ==
        errc::tempo_range);
  CHECK(why_not(rolling, seek(2s, 1e12), 2s) == errc::position_range);
  transport_command sevenths{.action = transport_action::time_signature, .time = in(2s)};
  sevenths.signature = time_signature{7, 3};
  CHECK(why_not(rolling, sevenths, 2s) == errc::signature_range);
  CHECK(why_not(rolling, tempo(2s, 60), 8s) == errc::change_order);
  CHECK(why_not(rolling, tempo(2s, 60), 6s) == errc{});
  CHECK(why_not(rolling, tempo(2h, 60), 8s) == errc::limit_exceeded);
  CHECK(why_not(rolling, tempo(nanoseconds::max(), 60), 8s) == errc::limit_exceeded);
  CHECK(why_not(rolling, tempo(nanoseconds::min(), 60), 8s) == errc::change_order);
  CHECK(check(tempo(2s, 0), in(2s)) == errc::tempo_range);
  CHECK(check(tempo(2s, 60), in(8s)) == errc::change_order);
  CHECK(check(tempo(9s, 60), in(8s)) == errc{});
  const auto before_zero = after(rolling, seek(2s, -4), 2s); // a count-in
  CHECK(position(before_zero, 3s) == -2);
}

TEST_CASE("whose commands are in it is remembered, the latest eight") {
  auto r = rolling;
  for (std::uint64_t i = 1; i <= 9; ++i) {
    auto c = tempo(2s, 60);
    c.by = {i};
    c.seq = 10 * i;
    r = after(r, c, 2s);
  }
  CHECK(r.last_of({1}) == 0);
  CHECK(r.last_of({2}) == 20);
  auto c = tempo(2s, 60);
  c.by = {2};
  c.seq = 21;
  r = after(r, c, 2s);
  CHECK(r.heard[0] == transport_register::asker{{2}, 21});
  CHECK(r.last_of({3}) == 30);
  CHECK(r.heard_count == 8);
}

TEST_CASE("law: what has happened by now is folded, and nothing of what follows changes by that") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    random_source random{seed};
    transport_register r{.session = {1}};
    nanoseconds now = 1s;
    for (int i = 0; i < 20; ++i) {
      now += nanoseconds{static_cast<std::int64_t>(random.next() % 2'000'000'000)};
      const auto c = any_transport_command(random, in(now));
      const auto next = commit(r, c, in(now), random.next() % 2 ? ana : ben);
      if (!next) continue;
      REQUIRE(next->base.valid());
      REQUIRE(next->base.since <= in(now));
      const auto a = schedule_of(*next);
      for (const auto& s : a.states()) REQUIRE((&s == a.states().data() || s.since > in(now)));
      // As it is, or a second later with a command that changes nothing: the same.
      const auto later = commit(*next, tempo(now + 1s, a.at(in(now + 1s)).bpm), in(now + 1s), ben);
      REQUIRE(later);
      bool loops = false;
      for (const auto& s : a.states()) loops = loops || s.loop_from < s.loop_to;
      for (int k = 0; k < 20 && !loops; ++k) {
        const auto t = in(now + 1s + k * 700ms);
        const auto gap = schedule_of(*later).position_at(t) - a.position_at(t);
        REQUIRE(gap.parts <= 80); // two nanoseconds of a fast song: bars begin with one
        REQUIRE(gap.parts >= -80);
      }
      r = *next;
    }
  }
}

TEST_CASE("committing and looking ahead neither allocate nor wait") {
  auto r = rolling;
  testing::rt_guard guard;
  const auto next = commit(r, seek(2s, 0, transport_boundary::bar), in(2s), ana);
  CHECK(next);
  CHECK(schedule_of(*next).states().size() == 2);
}

} // namespace register_laws
