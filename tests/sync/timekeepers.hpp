// Peers that keep time together, without a network: claims travel at once, questions and answers
// by even ways. One can be told to lie. All the time is checked that nobody's time jumps.
#pragma once

#include <deque>
#include <map>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/sync/clock_drift_arbiter.hpp>
#include <jamnet/testing/manual_clock.hpp>

namespace jamnet::inline v0::testing {

// One peer's clock and arbiter, and its session time as of the last step.
struct timekeeper {
  timekeeper(std::uint64_t id, double ppm, host_time start)
      : self{id},
        clock{{.skew_ppm = ppm}, start},
        arbiter{self, {}, clock.now(), id} {}

  [[nodiscard]] session_time time() const { return arbiter.compensate(clock.now()); }
  [[nodiscard]] std::size_t count(sync_report::kind what, peer_id about) const {
    std::size_t n = 0;
    for (const auto& r : reports) n += r.what == what && r.peer == about ? 1u : 0u;
    return n;
  }
  // Asks `other` over a path of `way` each way, and gets the answer in the same step.
  void ask(timekeeper& other, nanoseconds way) {
    const auto t1 = clock.now() - 2 * way;
    arbiter.asked(other.self, t1);
    if (!other.arbiter.synchronised()) return;
    const auto t2 = other.arbiter.best()(other.clock.now() - way) + other.lies[self];
    arbiter.answered({t1, t2, t2, clock.now()}, other.arbiter.best_bound(other.clock.now()),
                     other.arbiter.hops(), other.self, clock.now());
  }

  peer_id self;
  manual_clock clock;
  clock_drift_arbiter arbiter;
  std::vector<sync_report> reports;
  std::map<peer_id, nanoseconds> lies; // what it adds to its time, for whom
  session_time before{};
  bool was_in_time = false, alive = true, may_jump = false;
  bool asleep = false; // its clock stands still
};

class timekeepers {
public:
  explicit timekeepers(std::size_t count) {
    constexpr double skews[]{30, -20, 5, -45, 12, 50};
    constexpr std::int64_t starts[]{100, 7000, 3, 90'000, 41, 5};
    for (std::size_t i = 0; i < count; ++i)
      all.emplace_back(i + 1, skews[i], host_time{std::chrono::seconds{starts[i]}});
    all.front().arbiter.found(all.front().clock.now());
  }
  timekeeper& operator[](std::size_t i) { return all[i]; }

  void run(nanoseconds duration) {
    for (auto t = nanoseconds{0}; t < duration; t += tick) step();
  }
  // Everybody's witnesses are the others that are not its master.
  void call_witnesses() {
    for (timekeeper& k : all) {
      std::vector<peer_id> others;
      for (const timekeeper& o : all)
        if (o.self != k.self && o.self != k.arbiter.master()) others.push_back(o.self);
      k.arbiter.call_witnesses(others, k.clock.now());
    }
  }
  // By how much `k` is ahead of the first peer's clock, whatever that says or does.
  nanoseconds error(const timekeeper& k) { return k.time() - all.front().time(); }

  std::deque<timekeeper> all;

private:
  static constexpr nanoseconds tick{1'000'000}, way{300'000};

  void step() {
    for (timekeeper& k : all) {
      if (!k.asleep) k.clock.advance(tick);
      if (k.alive) k.arbiter.poll(k.clock.now(), static_cast<std::uint32_t>(all.size()));
    }
    for (timekeeper& k : all)
      for (timekeeper& other : all)
        if (&other != &k && k.alive && other.alive && k.arbiter.asks(other.self)) k.ask(other, way);
    for (timekeeper& k : all) {
      if (!k.alive || !k.arbiter.take_claim()) continue;
      for (timekeeper& other : all)
        if (&other != &k && other.alive)
          other.arbiter.heard(k.arbiter.announced(), k.self, other.clock.now());
    }
    for (timekeeper& k : all) watch(k);
  }
  void watch(timekeeper& k) {
    if (const auto r = k.arbiter.take_report()) k.reports.push_back(*r);
    if (k.was_in_time && !k.may_jump) {
      CHECK((k.time() - k.before).count() > tick.count() * 9 / 10);
      CHECK((k.time() - k.before).count() < tick.count() * 11 / 10);
    }
    k.before = k.time();
    k.was_in_time = k.arbiter.synchronised() && k.alive && !k.asleep;
  }
};

inline nanoseconds apart(const timekeeper& x, const timekeeper& y) {
  const auto d = x.time() - y.time();
  return d < nanoseconds{0} ? -d : d;
}

} // namespace jamnet::inline v0::testing
