#include <jamnet/sync/clock_jury.hpp>

#include "timekeepers.hpp"

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;
using kind = sync_report::kind;

namespace {

constexpr peer_id witness_2{2}, witness_3{3};
const host_time opening{100s};
const clock_map<host_timeline, session_timeline> ours{.from = opening, .to = session_time{5s}};
constexpr clock_testimony own{-100us, 100us};

// What somebody says who is ahead of us by `ahead`, after a way of 1 ms there and 1 ms back.
clock_exchange answer(host_time asked, nanoseconds ahead) {
  const auto t2 = ours(asked + 1ms) + ahead;
  return {asked, t2, t2, asked + 2ms};
}

struct hearing {
  clock_jury jury;
  host_time now = opening;

  explicit hearing(std::size_t witnesses = 2) {
    const std::array<peer_id, 2> both{witness_2, witness_3};
    jury.seat({both.data(), witnesses}, now);
  }
  // The witness is asked if it is due, and says that it is ahead by so much.
  bool says(peer_id witness, nanoseconds ahead) {
    jury.poll(now);
    if (!jury.asks(witness)) return false;
    jury.asked(witness, now);
    return jury.answered(witness, answer(now, ahead), 10us, ours, own);
  }
  clock_jury::verdict source_says(nanoseconds ahead) {
    return jury.hear(clock_testimony::of(answer(now, ahead), 0ns, ours), own, now);
  }
};

// Five peers in time; the first is the master, and all have witnesses.
struct court : timekeepers {
  court() : timekeepers{5} {
    run(5s);
    call_witnesses();
    run(11s);
    for (const auto& k : all) CHECK(k.reports.empty());
  }
};

} // namespace

TEST_CASE("an answer proves limits as far apart as its way was long") {
  const auto said = clock_testimony::of(answer(opening, 3ms), 0ns, ours);
  CHECK(said.low == 2ms);
  CHECK(said.high == 4ms);
  CHECK(said.meets({4ms, 9ms}));
  CHECK(said.meets({-9ms, 2ms}));
  CHECK_FALSE(said.meets(own));
}

TEST_CASE("each witness is asked every five seconds, once") {
  hearing h;
  int asked = 0;
  for (; h.now < opening + 60s; h.now += 10ms)
    asked += h.says(witness_2, 0ms) + h.says(witness_3, 0ms);
  CHECK(asked >= 22);
  CHECK(asked <= 24);
  CHECK_FALSE(h.jury.take_suspect());
  CHECK_FALSE(h.jury.better_source());
}

TEST_CASE("a source that agrees with us is believed, and so is one where nobody else is") {
  using enum clock_jury::verdict;
  CHECK(hearing{}.source_says(0ms) == believed);
  CHECK(hearing{}.source_says(1ms) == believed); // may well be the way's asymmetry
  CHECK(hearing{0}.source_says(1h) == acquitted);
}

TEST_CASE("a source that contradicts us is judged by the witnesses") {
  using enum clock_jury::verdict;
  struct {
    nanoseconds one, other;
    clock_jury::verdict verdict;
  } const trials[]{{0ms, 0ms, outvoted}, {0ms, 1h, acquitted}, {1h, 1h, acquitted},
                   {0ms, 2h, outvoted},  {2h, -2h, acquitted}, {1h, 2h, acquitted}};
  for (const auto& t : trials) {
    CAPTURE(t.one.count());
    CAPTURE(t.other.count());
    hearing h;
    CHECK(h.source_says(1h) == adjourned);
    CHECK(h.says(witness_2, t.one));
    CHECK(h.jury.conclude(h.now) == adjourned);
    CHECK(h.says(witness_3, t.other));
    CHECK(h.jury.conclude(h.now) == t.verdict);
    CHECK(h.jury.conclude(h.now) == believed); // and that is over
  }
}

TEST_CASE("a witness that would agree with either has no vote") {
  using enum clock_jury::verdict;
  hearing h;
  CHECK(h.source_says(5s) == adjourned);
  h.says(witness_2, 0ms);
  h.jury.poll(h.now);
  h.jury.asked(witness_3, h.now);
  CHECK(h.jury.answered(witness_3, answer(h.now, 2s), 4s, ours, own)); // knows it to within 4 s
  CHECK(h.jury.conclude(h.now) == outvoted);
}

TEST_CASE("witnesses that do not answer in a second have no vote") {
  using enum clock_jury::verdict;
  for (const bool one_answers : {false, true}) {
    hearing h;
    CHECK(h.source_says(-1h) == adjourned);
    if (one_answers) h.says(witness_3, 0ms);
    int asked = 0;
    for (; h.now < opening + 1s; h.now += 10ms) {
      h.jury.poll(h.now);
      if (h.jury.asks(witness_2)) h.jury.asked(witness_2, h.now), ++asked;
      CHECK(h.jury.conclude(h.now) == adjourned);
    }
    CHECK(asked == 5);
    CHECK(h.jury.deadline() <= opening + 1s);
    CHECK(h.jury.conclude(h.now) == (one_answers ? outvoted : acquitted));
  }
}

TEST_CASE("a source that agrees again before the verdict is acquitted") {
  using enum clock_jury::verdict;
  hearing h;
  CHECK(h.source_says(1h) == adjourned);
  CHECK(h.source_says(0ms) == believed);
  CHECK(h.jury.conclude(h.now + 5s) == believed);
}

TEST_CASE("answers of others, or to no question, or that are impossible, are no testimony") {
  hearing h;
  h.now += 5s;
  h.jury.poll(h.now);
  CHECK_FALSE(h.jury.answered(witness_2, answer(h.now, 1h), 0ns, ours, own)); // not asked yet
  h.jury.asked(witness_2, h.now);
  CHECK_FALSE(h.jury.answered(witness_3, answer(h.now, 1h), 0ns, ours, own));
  auto impossible = answer(h.now, 1h);
  impossible.t2 += 9s; // after it answered
  CHECK_FALSE(h.jury.answered(witness_2, impossible, 0ns, ours, own));
  CHECK(h.jury.answered(witness_2, answer(h.now, 0ms), 0ns, ours, own));
  CHECK_FALSE(h.jury.answered(witness_2, answer(h.now, 1h), 0ns, ours, own)); // twice
}

TEST_CASE("a master whose time jumps is outvoted, and nobody's session time moves") {
  for (const nanoseconds lie : {nanoseconds{5ms}, nanoseconds{-3s}, nanoseconds{10h}}) {
    CAPTURE(lie.count());
    court t;
    for (auto& k : t.all) t[0].lies[k.self] = lie;
    t[0].may_jump = true;
    const auto truth = [&] { return t[0].arbiter.claim().epoch; };
    t.run(1300ms);
    CHECK(truth() == 2);
    const auto master = t[1].arbiter.master();
    CHECK(master != peer_id{1});
    for (auto& k : t.all) {
      CHECK(k.arbiter.master() == master);
      if (k.self == peer_id{1}) continue;
      CHECK(apart(k, t[1]).count() < 50'000);
      CHECK(t.error(k) < 1ms); // the first one's own clock still tells the time before the lie
      CHECK(t.error(k) > -1ms);
    }
    t.run(30s);
    for (auto& k : t.all) CHECK(k.arbiter.master() == master);
  }
}

TEST_CASE("a master that lies to one alone is outvoted by that one alone, which takes over") {
  court t;
  t[0].lies[witness_2] = 20ms;
  t.run(3s);
  CHECK(t[1].count(kind::outvoted, peer_id{1}) == 1);
  CHECK(t[1].arbiter.role() == arbiter_role::master);
  for (auto& k : t.all) CHECK(apart(k, t[1]).count() < 100'000);
}

TEST_CASE("a witness that lies is reported, once, and nothing else happens") {
  court t;
  t[2].lies[witness_2] = -50ms;
  t.run(20s);
  CHECK(t[1].count(kind::doubted, witness_3) == 1);
  CHECK(t[1].reports.size() == 1);
  for (auto& k : t.all) {
    CHECK(k.arbiter.master() == peer_id{1});
    CHECK(apart(k, t[0]).count() < 30'000);
  }
}

TEST_CASE("a newcomer that the master lies to follows the others") {
  timekeepers t{5};
  t[0].lies[peer_id{5}] = 30ms;
  t.run(5s);
  CHECK(apart(t[4], t[0]) > 25ms);
  t.call_witnesses();
  t.run(20s);
  CHECK(t[4].count(kind::outvoted, peer_id{1}) == 1);
  CHECK(t[4].arbiter.source() != peer_id{1});
  CHECK(t[4].arbiter.master() == peer_id{1});
  CHECK(t[4].arbiter.hops() == 2);
  CHECK(apart(t[4], t[0]).count() < 50'000);
}

TEST_CASE("who slept is outvoted itself: it rejoins, and disturbs nobody") {
  court t;
  t[3].may_jump = true;
  t[3].asleep = true;
  t[3].alive = false;
  t.run(20s);
  t[3].asleep = false;
  t[3].alive = true;
  t.run(3s);
  CHECK(t[3].count(kind::rejoined, peer_id{1}) == 1);
  for (auto& k : t.all) {
    CHECK(k.arbiter.claim().epoch == t[0].arbiter.claim().epoch);
    CHECK(apart(k, t[0]).count() < 100'000);
  }
}

TEST_CASE("of two the master is right") {
  timekeepers t{2};
  t.run(5s);
  t[0].lies[witness_2] = 20ms; // as if its clock had stepped
  t.run(15s);
  CHECK(t[1].arbiter.master() == peer_id{1});
  CHECK(apart(t[1], t[0]).count() > 19'000'000);
  CHECK(apart(t[1], t[0]).count() < 21'000'000);
}
