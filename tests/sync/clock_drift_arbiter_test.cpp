#include <jamnet/sync/clock_drift_arbiter.hpp>

#include <jamnet/testing/rt_guard.hpp>

#include "timekeepers.hpp"

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

namespace {

constexpr peer_id none{}, first{1}, second{2}, third{3};

} // namespace

TEST_CASE("who knows nobody knows no time") {
  timekeeper a{1, 0, host_time{5s}};
  a.arbiter.poll(a.clock.now(), 1);
  CHECK_FALSE(a.arbiter.synchronised());
  CHECK(a.arbiter.master() == none);
  CHECK(a.arbiter.role() == arbiter_role::orphan);
  CHECK(a.arbiter.source() == none);
  CHECK_FALSE(a.arbiter.asks(first));
}

TEST_CASE("the founder's clock is the session's time, exactly") {
  timekeeper a{1, 80, host_time{100s}};
  a.arbiter.found(a.clock.now());
  const auto founded = a.clock.now();
  for (int i = 0; i < 60'000; ++i) {
    a.clock.advance(1ms);
    a.arbiter.poll(a.clock.now(), 1);
    CHECK(a.time().time_since_epoch() == a.clock.now() - founded);
  }
  CHECK(a.arbiter.hops() == 0);
  CHECK(a.arbiter.clock().hard_bound(a.clock.now()) <= 1ns);
}

TEST_CASE("followers lock on, within their bounds") {
  timekeepers t{3};
  t.run(5s);
  for (std::size_t i : {1u, 2u}) {
    const auto& k = t[i];
    CHECK(k.arbiter.synchronised());
    CHECK(k.arbiter.master() == first);
    CHECK(k.arbiter.source() == first);
    CHECK(k.arbiter.hops() == 1);
    CHECK(apart(k, t[0]).count() < 20'000);
    CHECK(apart(k, t[0]) <= k.arbiter.clock().hard_bound(k.clock.now()));
    CHECK(apart(k, t[0]) <= k.arbiter.clock().bound(k.clock.now()));
  }
}

TEST_CASE("who asks another instead of the master follows it, one hop further, and comes back") {
  timekeepers t{3};
  t.run(5s);
  t[2].arbiter.ask_instead(second, t[2].clock.now());
  t.run(5s);
  CHECK(t[2].arbiter.source() == second);
  CHECK(t[2].arbiter.master() == first);
  CHECK(t[2].arbiter.hops() == 2);
  CHECK(apart(t[2], t[0]).count() < 30'000);
  t[1].alive = false;
  t[2].arbiter.handle_connection_loss(second, t[2].clock.now());
  t.run(3s);
  CHECK(t[2].arbiter.source() == first);
  CHECK(t[2].arbiter.hops() == 1);
  CHECK(apart(t[2], t[0]).count() < 20'000);
}

TEST_CASE("when the master dies another takes over and time goes on without a jump") {
  timekeepers t{3};
  t.run(5s);
  t[0].alive = false;
  t.run(3s);
  const auto master = t[1].arbiter.master();
  CHECK((master == second || master == third));
  CHECK(t[2].arbiter.master() == master);
  CHECK(t[1].arbiter.claim().epoch == 2);
  CHECK(apart(t[1], t[2]).count() < 50'000);

  t[0].alive = true; // and it returns, thinking it still reigns
  t.run(5s);
  CHECK(t[0].arbiter.role() == arbiter_role::follower);
  CHECK(t[0].arbiter.master() == master);
  CHECK(apart(t[0], t[1]).count() < 100'000);
}

TEST_CASE("a master that hands over is replaced at once, stays, and still knows the time") {
  timekeepers t{3};
  t.run(5s);
  t[0].arbiter.hand_over(t[0].clock.now());
  t.run(150ms);
  const auto master = t[1].arbiter.master();
  CHECK((master == second || master == third));
  CHECK(t[0].arbiter.master() == master);
  CHECK(t[0].arbiter.claim().epoch == 2);
  CHECK(t[0].arbiter.best_bound(t[0].clock.now()) < 1ms);
  t.run(3s);
  CHECK(t[0].arbiter.role() == arbiter_role::follower);
  CHECK(apart(t[0], t[1]).count() < 20'000);
  CHECK(apart(t[0], t[2]).count() < 20'000);
}

TEST_CASE("a master that is alone hands over to nobody and reigns on") {
  timekeepers t{1};
  t.run(1s);
  t[0].arbiter.hand_over(t[0].clock.now());
  t.run(2s);
  CHECK(t[0].arbiter.role() == arbiter_role::master);
  CHECK(t[0].arbiter.claim().epoch == 2);
}

TEST_CASE("a master that yields says that it no longer knows how wrong it is") {
  timekeeper a{1, 0, host_time{100s}};
  a.arbiter.found(a.clock.now());
  a.arbiter.poll(a.clock.now(), 1);
  a.arbiter.heard({.master = second, .epoch = 5}, second, a.clock.now());
  a.clock.advance(200ms);
  a.arbiter.poll(a.clock.now(), 1);
  CHECK(a.arbiter.synchronised());
  CHECK(a.arbiter.clock().bound(a.clock.now()) >= 1h);
  CHECK(a.arbiter.clock().hard_bound(a.clock.now()) >= 1h);
}

TEST_CASE("a master that leaves is replaced sooner than one that is only silent") {
  timekeepers t{3};
  t.run(5s);
  t[0].alive = false;
  for (std::size_t i : {1u, 2u}) t[i].arbiter.handle_connection_loss(first, t[i].clock.now());
  t.run(200ms);
  CHECK(t[1].arbiter.master() == t[2].arbiter.master());
  CHECK(t[1].arbiter.master() != first);
}

TEST_CASE("answers that nobody asked for change nothing") {
  timekeepers t{3};
  t.run(5s);
  t.call_witnesses();
  const auto map = t[1].arbiter.best();
  const auto now = t[1].clock.now();
  for (const peer_id from : {first, third})
    t[1].arbiter.answered({now - 1ms, session_time{99h}, session_time{99h}, now}, 0ns, 0, from,
                          now);
  CHECK(t[1].arbiter.best().to == map.to);
  CHECK_FALSE(t[1].arbiter.take_report());
}

TEST_CASE("who knows the time no better than to a second is not followed") {
  timekeepers t{3};
  t.run(5s);
  auto& k = t[1];
  for (int i = 0; i < 10'000; ++i) {
    k.clock.advance(1ms);
    k.arbiter.poll(k.clock.now(), 3);
    const auto now = k.clock.now();
    if (!k.arbiter.asks(first)) continue;
    k.arbiter.asked(first, now);
    const auto lie = k.arbiter.best()(now) - 2s;
    k.arbiter.answered({now, lie, lie, now + 1us}, 4s, 0, first, now);
  }
  CHECK_FALSE(k.arbiter.take_report());
  CHECK(k.arbiter.estimator().count().clock_steps == 0);
  CHECK(k.arbiter.best_bound(k.clock.now()) < 10ms);
}

TEST_CASE("after a reset nothing of the old session is left") {
  timekeepers t{3};
  t.run(3s);
  t[1].arbiter.reset(t[1].clock.now());
  CHECK_FALSE(t[1].arbiter.synchronised());
  CHECK(t[1].arbiter.master() == none);
  t[1].was_in_time = false;
  t.run(3s);
  CHECK(t[1].arbiter.master() == first);
  CHECK(apart(t[1], t[0]).count() < 50'000);
}

TEST_CASE("keeping time allocates nothing") {
  timekeepers t{3};
  t.run(3s);
  t.call_witnesses();
  auto &a = t[0], &b = t[1], &c = t[2];
  b.lies[third] = 0ns;
  const rt_guard guard;
  for (int i = 0; i < 7000; ++i) {
    c.clock.advance(1ms);
    c.arbiter.poll(c.clock.now(), 3);
    if (c.arbiter.asks(first)) c.arbiter.asked(first, c.clock.now());
    if (c.arbiter.asks(second)) c.ask(b, 300us);
    if (i % 250 == 0) c.arbiter.heard(a.arbiter.claim(), first, c.clock.now());
  }
}
