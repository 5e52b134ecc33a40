#include <jamnet/transport/shared_transport.hpp>

#include <vector>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace std::chrono_literals;
using jsonmidi::transport_action;
using command = jsonmidi::transport_command;

namespace sharing_laws { // beside the other tests in one program
namespace {

constexpr peer_id ana{0xa}, ben{0xb};
constexpr session_id friday{0xf};

session_time in(nanoseconds t) { return session_time{t}; }
command tempo(nanoseconds t, double bpm) {
  return {.action = transport_action::tempo, .time = in(t), .bpm = bpm};
}
command play(nanoseconds t) {
  return {.action = transport_action::play, .time = in(t), .position = 0, .bpm = 120};
}

// One side of a pair of which ana decides, and what it was told.
struct side {
  explicit side(peer_id id, const transport_options& options = {.start_stop_sync = true})
      : self{id},
        transport{id, options} {
    transport.join(friday, {});
    transport.on_change([this](const transport_change& c) { told.push_back(c); });
  }
  peer_id self;
  shared_transport transport;
  shared_transport::account other{};
  std::vector<transport_change> told;
};
// What one tells the other arrives.
void pass(side& from, side& to, nanoseconds now) {
  std::array<char, 1'200> room;
  const auto news = [&] {
    const testing::rt_guard guard; // it is told from within peer::write()
    const auto told = from.transport.write(from.other, to.self == ana, from.self == ana, room);
    if (!told.lines.empty()) shared_transport::wrote(from.other, told);
    return told;
  }();
  if (news.lines.empty()) return;
  const auto m = decode_transport_message(news.lines);
  REQUIRE(m);
  if (m->state) to.other.has = m->state->stamp, (void)to.transport.hear(*m->state, in(now));
  for (std::size_t i = 0; i < m->proposal_count; ++i)
    to.transport.hear(to.other, from.self, m->proposals[i], in(now), {});
  if (m->answer) to.transport.hear(*m->answer, in(now));
  from.other.has = to.transport.stamp(); // as its heartbeat shows
}

} // namespace

TEST_CASE("who decides commits at once, others ask, and all end in the same") {
  side a{ana}, b{ben};
  CHECK(a.transport.ask(play(1s), in(1s), true) == errc{});
  CHECK(a.transport.schedule().at(in(1s)).rolling());
  pass(a, b, 1s);
  CHECK(b.transport.settled() == a.transport.settled());
  CHECK(b.transport.ask(tempo(2s, 60), in(2s), false) == errc{});
  CHECK(b.transport.is_waiting());
  pass(b, a, 2s);
  CHECK(a.transport.schedule().at(in(2s)).bpm == 60);
  pass(a, b, 2s);
  CHECK_FALSE(b.transport.is_waiting());
  CHECK(b.transport.settled() == a.transport.settled());
  CHECK(b.transport.shared().read() == a.transport.schedule());
  REQUIRE(b.told.size() == 2);
  CHECK(b.told[1].by == ben);
  CHECK_FALSE(b.told[1].jumps());
  std::array<char, 1'200> room;
  CHECK(a.transport.write(a.other, false, true, room).lines.empty()); // nobody lacks anything
}

TEST_CASE("what is asked for again is done once, also by who decides after the one who did it") {
  side a{ana}, b{ben}, c{{0xc}};
  CHECK(b.transport.ask(play(1s), in(1s), false) == errc{});
  pass(b, a, 1s);
  const auto done = a.transport.stamp();
  pass(b, a, 2s); // the answer was lost
  CHECK(a.transport.stamp() == done);
  CHECK(a.other.answer_due);
  CHECK(c.transport.hear(a.transport.settled(), in(2s)));
  auto again = play(1s);
  again.seq = a.other.answer.seq;
  shared_transport::account of_ben{};
  c.transport.hear(of_ben, ben, again, in(3s), {});
  CHECK(c.transport.stamp() == done);
  CHECK(of_ben.answer_due);
}

TEST_CASE("a refusal is told, with its reason, to who asked; nothing else is disturbed") {
  side a{ana}, b{ben};
  CHECK(b.transport.ask(tempo(1s, 0), in(1s), false) == errc::tempo_range); // at once
  CHECK(b.transport.ask(play(1s), in(1s), false) == errc{});
  for (int i = 0; i < 5; ++i)
    CHECK(b.transport.ask(tempo(10s + i * 1s, 60), in(1s), false) == errc{});
  pass(b, a, 1s);
  pass(b, a, 1s);
  pass(a, b, 1s);
  CHECK_FALSE(b.transport.is_waiting());
  CHECK(b.transport.settled().ahead_count == 4);
  REQUIRE(b.told.size() == 2);
  CHECK(b.told[1].what == transport_event::refused);
  CHECK(b.told[1].why == errc::limit_exceeded);
  CHECK(b.told[1].action == transport_action::tempo);
}

TEST_CASE("at most sixteen requests wait, and not for ever") {
  side b{ben};
  for (int i = 0; i < 16; ++i) CHECK(b.transport.ask(tempo(1s, 60), in(1s), false) == errc{});
  CHECK(b.transport.ask(tempo(1s, 60), in(1s), false) == errc::limit_exceeded);
  b.transport.expire(in(5s));
  CHECK(b.told.empty());
  b.transport.expire(in(7s));
  CHECK(b.told.size() == 16);
  CHECK(b.told[0].why == errc::change_order);
  CHECK_FALSE(b.transport.is_waiting());
}

TEST_CASE("who begins to decide does what it had asked for itself") {
  side b{ben};
  CHECK(b.transport.ask(play(1s), in(1s), false) == errc{});
  CHECK_FALSE(b.transport.stamp());
  b.transport.decide_waiting(in(2s));
  CHECK(b.transport.stamp().by == ben);
  CHECK(b.transport.schedule().position_at(in(2s)) == quarter_notes::from(2));
}

TEST_CASE("the greater stamp prevails, and who must change is told where its music was and is") {
  side a{ana}, b{ben};
  CHECK(a.transport.ask(play(1s), in(1s), true) == errc{});
  pass(a, b, 1s); // then they are apart, and both decide
  CHECK(a.transport.ask(tempo(2s, 60), in(2s), true) == errc{});
  CHECK(b.transport.ask(tempo(2s, 240), in(2s), true) == errc{});
  CHECK(b.transport.ask(tempo(3s, 60), in(3s), true) == errc{});
  CHECK_FALSE(b.transport.hear(a.transport.settled(), in(5s)));
  CHECK(a.transport.hear(b.transport.settled(), in(5s)));
  CHECK(a.transport.settled() == b.transport.settled());
  CHECK(a.told.back().jumps());
  CHECK(a.told.back().before == quarter_notes::from(5));
  CHECK(a.told.back().after == quarter_notes::from(8));
}

TEST_CASE("nobody can stop a session from changing by a stamp that none can exceed") {
  side a{ana};
  auto r = a.transport.settled();
  r.stamp = {commit_stamp::last_epoch, in(3h), ben};
  CHECK_FALSE(a.transport.hear(r, in(1s)));
  r.stamp.time = in(1h);
  CHECK(a.transport.hear(r, in(1s)));
  CHECK(a.transport.ask(tempo(2s, 60), in(2s), true) == errc{});
  CHECK(a.transport.stamp() > r.stamp);
}

TEST_CASE("a register of another session is none, and who joins one has nothing to impose") {
  side a{ana}, b{ben};
  for (int i = 0; i < 5; ++i) CHECK(b.transport.ask(play(1s), in(1s), true) == errc{});
  auto elsewhere = b.transport.settled();
  elsewhere.session = {0xe};
  CHECK_FALSE(a.transport.hear(elsewhere, in(1s)));
  CHECK(b.transport.ask(play(2s), in(2s), false) == errc{});
  b.transport.join({0xe}, in(3s));
  CHECK_FALSE(b.transport.stamp());
  CHECK(b.told[b.told.size() - 2].why == errc::wrong_room); // what it had asked for
  CHECK_FALSE(b.told.back().state.rolling());
}

TEST_CASE("numbers of who was started again go on from where they were") {
  side first{ben};
  CHECK(first.transport.ask(play(1s), in(1s), true) == errc{});
  const auto seq = first.transport.settled().last_of(ben);
  side again{ben};
  CHECK(again.transport.hear(first.transport.settled(), in(2s)));
  CHECK(again.transport.ask(tempo(2s, 60), in(2s), true) == errc{});
  CHECK(again.transport.settled().last_of(ben) > seq);
}

TEST_CASE("a compensated peer is ahead by that, within 50 ms, and shares the same register") {
  side a{ana}, b{ben, {.start_stop_sync = true, .compensation = 20ms}};
  side far{ben, {.start_stop_sync = true, .compensation = 1s}};
  CHECK(a.transport.ask(play(1s), in(1s), true) == errc{});
  pass(a, b, 1s);
  CHECK(far.transport.hear(a.transport.settled(), in(1s)));
  const auto there = a.transport.schedule().position_at(in(2s));
  CHECK(b.transport.schedule().position_at(in(1s + 980ms)) == there);
  CHECK(far.transport.schedule().position_at(in(1s + 950ms)) == there);
  CHECK(b.transport.settled() == a.transport.settled());
}

TEST_CASE("without start-stop sync each plays when it likes, at the tempo and place of all") {
  side a{ana, {}}, b{ben, {}};
  CHECK(a.transport.ask(play(1s), in(1s), true) == errc{}); // the session stood
  pass(a, b, 1s);
  CHECK(b.transport.settled().base.rolling());
  CHECK_FALSE(b.transport.schedule().at(in(2s)).rolling()); // it was not b that started
  CHECK_FALSE(b.told.back().jumps());
  const auto stamp = b.transport.stamp();
  CHECK(b.transport.ask(play(2s), in(2s), false) == errc{});
  CHECK_FALSE(b.transport.is_waiting()); // the music moves already
  CHECK(b.transport.schedule().position_at(in(3s)) == a.transport.schedule().position_at(in(3s)));
  CHECK(a.transport.ask({.action = transport_action::stop, .time = in(3s), .position = 0}, in(3s),
                        true) == errc{});
  CHECK_FALSE(a.transport.schedule().at(in(4s)).rolling());
  CHECK(a.transport.stamp() == stamp);
  CHECK(b.transport.schedule().at(in(4s)).rolling());
  CHECK(a.transport.ask(tempo(4s, 60), in(4s), true) == errc{});
  pass(a, b, 4s);
  CHECK(b.transport.schedule().position_at(in(5s)) == quarter_notes::from(7));
}

} // namespace sharing_laws
