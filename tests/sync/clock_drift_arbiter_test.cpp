#include <jamnet/sync/clock_drift_arbiter.hpp>

#include <vector>

#include <doctest/doctest.h>
#include <jamnet/testing/manual_clock.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

namespace {

constexpr peer_id none{}, first{1}, second{2}, third{3};

// One peer's clock and arbiter, and its session time as of the last step.
struct keeper {
  keeper(peer_id id, double ppm, host_time start)
      : self{id},
        clock{{.skew_ppm = ppm}, start},
        arbiter{id, {}, clock.now(), id.value} {}

  [[nodiscard]] session_time time() const { return arbiter.clock().to_session(clock.now()); }
  // Asks `master` over a path of `way` each way, and gets the answer in the same step.
  void ask(keeper& master, nanoseconds way) {
    const auto t1 = clock.now() - 2 * way;
    arbiter.asked(t1);
    const auto t2 = master.arbiter.best()(master.clock.now() - way);
    arbiter.answered({t1, t2, t2, clock.now()}, master.arbiter.best_bound(master.clock.now()),
                     master.arbiter.hops(), master.self, clock.now());
  }

  peer_id self;
  manual_clock clock;
  clock_drift_arbiter arbiter;
  session_time before{};
  bool was_in_time = false, alive = true;
};

struct trio {
  keeper a{first, 30, host_time{100s}}, b{second, -20, host_time{7000s}},
      c{third, 5, host_time{3s}};

  // A millisecond: claims and answers travel, and nobody's time jumps.
  void step() {
    for (keeper* k : {&a, &b, &c}) {
      k->clock.advance(1ms);
      if (!k->alive) continue;
      k->arbiter.poll(k->clock.now(), 3);
    }
    for (keeper* k : {&a, &b, &c}) {
      if (!k->alive) continue;
      for (keeper* other : {&a, &b, &c}) {
        if (other == k || !other->alive) continue;
        if (k->arbiter.wants_question() && k->arbiter.master() == other->self)
          k->ask(*other, 300us);
      }
    }
    for (keeper* k : {&a, &b, &c})
      if (k->alive && k->arbiter.take_claim())
        for (keeper* other : {&a, &b, &c})
          if (other != k && other->alive)
            other->arbiter.heard(k->arbiter.claim(), k->self, other->clock.now());
    for (keeper* k : {&a, &b, &c}) {
      if (k->was_in_time) {
        CHECK((k->time() - k->before).count() > 900'000);
        CHECK((k->time() - k->before).count() < 1'100'000);
      }
      k->before = k->time();
      k->was_in_time = k->arbiter.synchronised() && k->alive;
    }
  }
  void run(nanoseconds duration) {
    for (auto t = 0ns; t < duration; t += 1ms) step();
  }
};

nanoseconds apart(const keeper& x, const keeper& y) {
  const auto d = x.time() - y.time();
  return d < 0ns ? -d : d;
}

} // namespace

TEST_CASE("who knows nobody knows no time") {
  keeper a{first, 0, host_time{5s}};
  a.arbiter.poll(a.clock.now(), 1);
  CHECK_FALSE(a.arbiter.synchronised());
  CHECK(a.arbiter.master() == none);
  CHECK(a.arbiter.role() == arbiter_role::orphan);
  CHECK_FALSE(a.arbiter.wants_question());
}

TEST_CASE("the founder's clock is the session's time, exactly") {
  keeper a{first, 80, host_time{100s}};
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
  trio t;
  t.a.arbiter.found(t.a.clock.now());
  t.run(5s);
  for (const keeper* k : {&t.b, &t.c}) {
    CHECK(k->arbiter.synchronised());
    CHECK(k->arbiter.master() == first);
    CHECK(k->arbiter.hops() == 1);
    CHECK(apart(*k, t.a).count() < 20'000);
    CHECK(apart(*k, t.a) <= k->arbiter.clock().hard_bound(k->clock.now()));
    CHECK(apart(*k, t.a) <= k->arbiter.clock().bound(k->clock.now()));
  }
}

TEST_CASE("when the master dies another takes over and time goes on without a jump") {
  trio t;
  t.a.arbiter.found(t.a.clock.now());
  t.run(5s);
  t.a.alive = false;
  t.run(3s);
  const auto master = t.b.arbiter.master();
  CHECK((master == second || master == third));
  CHECK(t.c.arbiter.master() == master);
  CHECK(t.b.arbiter.claim().epoch == 2);
  CHECK(apart(t.b, t.c).count() < 50'000);

  t.a.alive = true; // and it returns, thinking it still reigns
  t.run(5s);
  CHECK(t.a.arbiter.role() == arbiter_role::follower);
  CHECK(t.a.arbiter.master() == master);
  CHECK(apart(t.a, t.b).count() < 100'000);
}

TEST_CASE("a master that yields says that it no longer knows how wrong it is") {
  keeper a{first, 0, host_time{100s}};
  a.arbiter.found(a.clock.now());
  a.arbiter.poll(a.clock.now(), 1);
  a.arbiter.heard({second, 5, 0, 0, 0}, second, a.clock.now());
  a.clock.advance(200ms);
  a.arbiter.poll(a.clock.now(), 1);
  CHECK(a.arbiter.synchronised());
  CHECK(a.arbiter.clock().bound(a.clock.now()) >= 1h);
  CHECK(a.arbiter.clock().hard_bound(a.clock.now()) >= 1h);
}

TEST_CASE("a master that leaves is replaced sooner than one that is only silent") {
  trio t;
  t.a.arbiter.found(t.a.clock.now());
  t.run(5s);
  t.a.alive = false;
  for (keeper* k : {&t.b, &t.c}) k->arbiter.lost(first, k->clock.now());
  t.run(200ms);
  CHECK(t.b.arbiter.master() == t.c.arbiter.master());
  CHECK(t.b.arbiter.master() != first);
}

TEST_CASE("answers that nobody asked for change nothing") {
  trio t;
  t.a.arbiter.found(t.a.clock.now());
  t.run(5s);
  const auto map = t.b.arbiter.best();
  const auto now = t.b.clock.now();
  for (const peer_id from : {first, third})
    t.b.arbiter.answered({now - 1ms, session_time{99h}, session_time{99h}, now}, 0ns, 0, from, now);
  CHECK(t.b.arbiter.best().to == map.to);
}

TEST_CASE("after a reset nothing of the old session is left") {
  trio t;
  t.a.arbiter.found(t.a.clock.now());
  t.run(3s);
  t.b.arbiter.reset(t.b.clock.now());
  CHECK_FALSE(t.b.arbiter.synchronised());
  CHECK(t.b.arbiter.master() == none);
  t.b.was_in_time = false;
  t.run(3s);
  CHECK(t.b.arbiter.master() == first);
  CHECK(apart(t.b, t.a).count() < 50'000);
}

TEST_CASE("keeping time allocates nothing") {
  trio t;
  t.a.arbiter.found(t.a.clock.now());
  t.run(3s);
  const rt_guard guard;
  for (int i = 0; i < 1000; ++i) {
    t.b.clock.advance(1ms);
    t.b.arbiter.poll(t.b.clock.now(), 3);
    if (t.b.arbiter.wants_question()) t.b.ask(t.a, 300us);
    if (i % 250 == 0) t.b.arbiter.heard(t.a.arbiter.claim(), first, t.b.clock.now());
  }
}
