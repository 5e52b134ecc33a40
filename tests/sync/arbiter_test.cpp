#include <jamnet/sync/arbiter.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

constexpr host_time beginning{100s};
constexpr auto greatest = std::numeric_limits<std::uint64_t>::max();

master_claim claim_of(std::uint64_t id, std::uint64_t epoch, std::int32_t priority = 0) {
  return {peer_id{id}, epoch, priority, 1000, 0};
}

// Arbiters that send each other claims with loss and delay, in steps of 5 ms.
class band {
public:
  struct member {
    arbiter election;
    bool alive = true;
    bool synchronised = true;
    int side = 0; // only members on one side hear each other
  };

  band(std::size_t size, double loss, std::uint64_t seed) : loss_{loss}, random_{seed} {
    for (std::size_t i = 0; i < size; ++i) add();
  }

  std::size_t add() {
    arbiter_options options;
    options.priority = static_cast<std::int32_t>(random_.next() % 3);
    members.push_back({arbiter{peer_id{members.size() + 1}, options, random_.next()}});
    return members.size() - 1;
  }

  void run_for(nanoseconds duration) {
    for (const host_time end = now + duration; now < end; now += 5ms) {
      deliver();
      for (std::size_t i = 0; i < members.size(); ++i)
        if (members[i].alive) step(i);
    }
  }
  // Runs until all agree, or for `limit`; how long it took.
  nanoseconds run_until_agreed(nanoseconds limit) {
    const host_time began = now;
    while (!agreed() && now - began < limit) run_for(5ms);
    return now - began;
  }

  // Exactly one living master, whom all the living know.
  bool agreed() const {
    peer_id master;
    int masters = 0;
    for (const auto& m : members)
      if (m.alive && m.election.role() == arbiter_role::master) {
        ++masters;
        master = m.election.master();
      }
    if (masters != 1) return false;
    for (const auto& m : members)
      if (m.alive && m.election.master() != master) return false;
    return true;
  }
  std::size_t master() const {
    for (std::size_t i = 0; i < members.size(); ++i)
      if (members[i].alive && members[i].election.role() == arbiter_role::master) return i;
    return members.size();
  }

  std::vector<member> members;
  host_time now = beginning;

private:
  struct message {
    host_time at;
    std::size_t from, to;
    master_claim claim;
    bool answers; // not a claim but an answer to a clock question
  };

  void step(std::size_t i) {
    auto& m = members[i];
    if (now < m.election.deadline() && now.time_since_epoch().count() % 200'000'000 != 0) return;
    const auto bound = nanoseconds{static_cast<std::int64_t>(random_.uniform(1e3, 1e5))};
    if (const auto claim = m.election.poll(now, m.synchronised, bound, 3)) send(i, *claim, false);
    if (m.election.role() == arbiter_role::master && now.time_since_epoch() % 200ms == 0ns)
      send(i, m.election.claim(), true);
  }
  void send(std::size_t from, const master_claim& claim, bool answers) {
    for (std::size_t to = 0; to < members.size(); ++to)
      if (to != from && members[to].side == members[from].side && random_.uniform() >= loss_)
        under_way_.push_back(
            {now + nanoseconds{static_cast<std::int64_t>(random_.uniform(0, 20e6))}, from, to,
             claim, answers});
  }
  void deliver() {
    for (std::size_t i = 0; i < under_way_.size();) {
      const message m = under_way_[i];
      if (m.at > now) {
        ++i;
        continue;
      }
      under_way_[i] = under_way_.back();
      under_way_.pop_back();
      if (!members[m.to].alive) continue;
      const peer_id from{m.from + 1};
      if (m.answers)
        members[m.to].election.seen(from, now);
      else
        members[m.to].election.heard(m.claim, from, now);
    }
  }

  double loss_;
  random_source random_;
  std::vector<message> under_way_;
};

} // namespace

TEST_CASE("a founder is master at once, and announces itself each 250 ms") {
  arbiter a{peer_id{1}, {}, 1};
  CHECK(a.role() == arbiter_role::orphan);
  CHECK_FALSE(a.poll(beginning, true, 1us)); // nothing known, nothing to take over
  CHECK(a.deadline() == host_time::max());
  a.found(beginning);
  CHECK(a.take_change() == master_change::founded);
  CHECK_FALSE(a.take_change());
  CHECK(a.deadline() == beginning);
  const auto claim = a.poll(beginning, true, 1us, 4);
  REQUIRE(claim);
  CHECK(claim->master == peer_id{1});
  CHECK(claim->epoch == 1);
  CHECK(claim->members == 4);
  CHECK_FALSE(a.poll(beginning + 249ms, true, 1us));
  CHECK(a.poll(beginning + 250ms, true, 1us));
}

TEST_CASE("a follower takes over after a second of silence and at most 100 ms more") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    arbiter a{peer_id{2}, {.priority = 7}, seed};
    a.heard(claim_of(1, 4), peer_id{1}, beginning);
    CHECK(a.take_change() == master_change::heard);
    CHECK(a.master() == peer_id{1});
    CHECK_FALSE(a.poll(beginning + 999ms, true, 5us));
    CHECK(a.role() == arbiter_role::follower);
    const auto claim = a.poll(beginning + 1100ms, true, 5us);
    REQUIRE(claim);
    CHECK(*claim == master_claim{peer_id{2}, 5, 7, 5000, 0});
    CHECK(a.take_change() == master_change::took_over);
  }
}

TEST_CASE("a claim repeated, or an answer given, keeps the incumbent") {
  arbiter a{peer_id{2}, {.priority = 100}, 1};
  a.heard(claim_of(1, 1), peer_id{1}, beginning);
  a.heard(claim_of(1, 1), peer_id{1}, beginning + 900ms);
  CHECK_FALSE(a.poll(beginning + 1800ms, true, 1us));
  a.seen(peer_id{1}, beginning + 1800ms);
  a.seen(peer_id{3}, beginning + 2700ms); // not the master
  CHECK_FALSE(a.poll(beginning + 2700ms, true, 1us));
  CHECK(a.poll(beginning + 2900ms, true, 1us));
}

TEST_CASE("a peer that is not synchronised never takes over, and follows any master it hears") {
  arbiter a{peer_id{2}, {}, 1};
  a.heard(claim_of(1, 9), peer_id{1}, beginning);
  CHECK_FALSE(a.poll(beginning + 5s, false, 1us));
  CHECK(a.role() == arbiter_role::orphan);
  CHECK(a.take_change() == master_change::lost);
  CHECK(a.deadline() == host_time::max());
  a.heard(claim_of(3, 2), peer_id{3}, beginning + 6s);
  CHECK(a.master() == peer_id{3});
}

TEST_CASE("who hears nobody takes over nothing, and in company again listens for a second first") {
  constexpr bool alone = false;
  arbiter a{peer_id{2}, {}, 1};
  a.heard(claim_of(1, 4), peer_id{1}, beginning);
  CHECK_FALSE(a.poll(beginning + 2s, true, 1us, 2, alone));
  CHECK(a.role() == arbiter_role::orphan);
  CHECK_FALSE(a.poll(beginning + 60s, true, 1us, 2, alone));
  CHECK_FALSE(a.poll(beginning + 61s, true, 1us));
  CHECK(a.deadline() >= beginning + 62s);
  SUBCASE("it follows its old master, which is there again") {
    a.heard(claim_of(1, 4), peer_id{1}, beginning + 61500ms);
    CHECK(a.role() == arbiter_role::follower);
    CHECK(a.master() == peer_id{1});
    CHECK_FALSE(a.poll(beginning + 62s, true, 1us));
  }
  SUBCASE("or takes over") { CHECK(a.poll(beginning + 62100ms, true, 1us)->epoch == 5); }
}

TEST_CASE("the last one takes over when the master said goodbye, but not when it was forgotten") {
  for (const bool goodbye : {true, false}) {
    arbiter a{peer_id{2}, {}, 1};
    a.heard(claim_of(1, 4), peer_id{1}, beginning);
    a.lost(peer_id{1}, beginning, goodbye);
    CHECK(a.poll(beginning + 5s, true, 1us, 1, false).has_value() == goodbye);
    CHECK(a.role() == (goodbye ? arbiter_role::master : arbiter_role::orphan));
  }
}

TEST_CASE("who gives up follows anybody") {
  arbiter a{peer_id{2}, {.priority = 9}, 1};
  a.found(beginning);
  a.heard(claim_of(1, 1, 0), peer_id{1}, beginning);
  CHECK(a.role() == arbiter_role::master);
  a.give_up();
  CHECK(a.role() == arbiter_role::orphan);
  a.heard(claim_of(1, 1, 0), peer_id{1}, beginning);
  CHECK(a.master() == peer_id{1});
}

TEST_CASE("when the master says goodbye, nobody waits a second") {
  arbiter a{peer_id{2}, {}, 1};
  a.heard(claim_of(1, 1), peer_id{1}, beginning);
  a.lost(peer_id{5}, beginning + 100ms); // somebody else
  CHECK(a.role() == arbiter_role::follower);
  a.lost(peer_id{1}, beginning + 100ms);
  CHECK(a.role() == arbiter_role::orphan);
  CHECK(a.master() == peer_id{});
  CHECK(a.deadline() <= beginning + 200ms);
  (void)a.poll(beginning + 100ms, true, 1us);
  a.heard(claim_of(1, 1), peer_id{1},
          beginning + 101ms); // its last claim, overtaken by its goodbye
  CHECK(a.poll(beginning + 200ms, true, 1us));
  CHECK(a.role() == arbiter_role::master);
}

TEST_CASE("a master that hands over says so once, and is followed by the first to take over") {
  arbiter a{peer_id{1}, {}, 1}, b{peer_id{2}, {}, 2};
  a.found(beginning);
  b.heard(*a.poll(beginning, true, 0ns), peer_id{1}, beginning);
  b.hand_over(beginning); // is no master
  CHECK(b.role() == arbiter_role::follower);
  a.hand_over(beginning + 10ms);
  const auto last = a.poll(beginning + 10ms, true, 0ns);
  REQUIRE(last);
  CHECK(last->yields);
  CHECK(a.role() == arbiter_role::orphan);
  CHECK(a.take_change() == master_change::resigned);
  CHECK_FALSE(a.poll(beginning + 20ms, true, 0ns));

  b.heard(*last, peer_id{1}, beginning + 10ms);
  CHECK(b.role() == arbiter_role::orphan);
  CHECK(b.take_change() == master_change::resigned);
  const auto first = b.poll(beginning + 110ms, true, 7us);
  REQUIRE(first);
  CHECK(first->epoch == 2);
  CHECK_FALSE(first->yields);
  a.heard(*first, peer_id{2}, beginning + 111ms);
  CHECK(a.role() == arbiter_role::follower);
  CHECK(a.master() == peer_id{2});
}

TEST_CASE("a master that is distrusted is replaced, and not listened to for a minute") {
  arbiter a{peer_id{2}, {}, 1};
  a.heard(claim_of(1, 1), peer_id{1}, beginning);
  a.distrust_master(beginning);
  CHECK(a.role() == arbiter_role::orphan);
  CHECK(a.take_change() == master_change::outvoted);
  a.heard(claim_of(1, 9), peer_id{1}, beginning);
  CHECK(a.role() == arbiter_role::orphan);
  CHECK(a.poll(beginning + 100ms, true, 1us)->epoch == 2);
  a.heard(claim_of(1, 9), peer_id{1}, beginning + 59s);
  CHECK(a.role() == arbiter_role::master);
  a.heard(claim_of(1, 9), peer_id{1}, beginning + 60s);
  CHECK(a.master() == peer_id{1});
}

TEST_CASE("a master yields to a greater claim and to no other") {
  arbiter a{peer_id{2}, {.priority = 1}, 1};
  a.found(beginning);
  a.heard(claim_of(3, 1, 0), peer_id{3}, beginning);
  CHECK(a.role() == arbiter_role::master);
  a.heard(claim_of(3, 2, 0), peer_id{3}, beginning);
  CHECK(a.role() == arbiter_role::follower);
  CHECK(a.take_change() == master_change::yielded);
}

TEST_CASE("hearsay, forged names and the epoch zero are ignored") {
  arbiter a{peer_id{2}, {}, 1};
  a.found(beginning);
  a.heard(claim_of(3, 9), peer_id{4}, beginning); // four speaks for three
  a.heard(claim_of(2, 9), peer_id{2}, beginning); // somebody in our name
  a.heard(claim_of(2, 9), peer_id{3}, beginning);
  a.heard(claim_of(0, 9), peer_id{0}, beginning);
  a.heard(claim_of(3, 0), peer_id{3}, beginning);
  CHECK(a.role() == arbiter_role::master);
  CHECK(a.claim().epoch == 1);
}

TEST_CASE("the greatest epoch does not overflow, and the band survives its owner") {
  band b{3, 0, 1};
  for (auto& m : b.members) {
    m.election.heard({peer_id{99}, greatest, INT32_MAX, 0, 0}, peer_id{99}, beginning);
    CHECK(m.election.master() == peer_id{99});
  }
  CHECK(b.run_until_agreed(3s) < 3s);
  CHECK(b.members[b.master()].election.claim().epoch == greatest);
  b.members[b.master()].alive = false;
  CHECK(b.run_until_agreed(3s) < 3s);
}

TEST_CASE("a bound beyond 4 s, or below zero, is claimed as the nearest there is") {
  arbiter a{peer_id{2}, {}, 1};
  a.heard(claim_of(1, 1), peer_id{1}, beginning);
  CHECK(a.poll(beginning + 2s, true, nanoseconds::max())->quality_ns == 0xffffffff);
  arbiter b{peer_id{2}, {}, 1};
  b.heard(claim_of(1, 1), peer_id{1}, beginning);
  CHECK(b.poll(beginning + 2s, true, nanoseconds::min())->quality_ns == 0);
}

TEST_CASE("within 3 s of the master's death all know exactly one other, for 1,000 seeds") {
  nanoseconds worst{}, sum{};
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    CAPTURE(seed);
    band b{2 + seed % 7, 0.2, seed};
    b.members[0].election.found(beginning);
    REQUIRE(b.run_until_agreed(2s) < 2s);
    b.run_for(300ms);
    const auto old = b.master();
    b.members[old].alive = false;
    const auto took = b.run_until_agreed(3s);
    REQUIRE(took < 3s);
    REQUIRE(b.master() != old);
    worst = std::max(worst, took);
    sum += took;
    b.run_for(1s);
    CHECK(b.agreed());
  }
  MESSAGE("take-over: mean " << sum.count() / 1'000'000'000 << " ms, worst "
                             << worst.count() / 1'000'000 << " ms");
}

TEST_CASE("a split has a master on either side, and after it healed one remains") {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    CAPTURE(seed);
    band b{3 + seed % 6, 0.1, seed};
    b.members[0].election.found(beginning);
    b.run_for(1s);
    for (std::size_t i = 0; i < b.members.size(); i += 2) b.members[i].side = 1;
    b.run_for(3s);
    int masters = 0;
    for (const auto& m : b.members) masters += m.election.role() == arbiter_role::master;
    CHECK(masters == 2);
    for (auto& m : b.members) m.side = 0;
    CHECK(b.run_until_agreed(2s) < 2s);
    b.run_for(1s);
    CHECK(b.agreed());
  }
}

TEST_CASE("newcomers of any priority leave the incumbent where it is") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    band b{3, 0.1, seed};
    b.members[0].election.found(beginning);
    for (int i = 0; i < 4; ++i) {
      b.run_for(500ms);
      b.members[b.add()].synchronised = false;
      b.run_for(500ms);
      b.members.back().synchronised = true;
    }
    b.run_for(1s);
    CHECK(b.agreed());
    CHECK(b.master() == 0);
    CHECK(b.members[0].election.claim().epoch == 1);
  }
}

TEST_CASE("electing allocates nothing") {
  arbiter a{peer_id{2}, {}, 1};
  testing::rt_guard guard;
  for (int i = 0; i < 30; ++i) {
    if (i < 10) a.heard(claim_of(1, 1), peer_id{1}, beginning + i * 100ms);
    (void)a.poll(beginning + i * 100ms, true, 1us);
  }
}

TEST_CASE("every change of master has words of its own") {
  std::vector<std::string_view> words;
  for (int i = 0; i <= static_cast<int>(master_change::outvoted); ++i)
    words.push_back(to_string(static_cast<master_change>(i)));
  for (const auto w : words) {
    CHECK(w != "unknown");
    CHECK(std::count(words.begin(), words.end(), w) == 1);
  }
}
