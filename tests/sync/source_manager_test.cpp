#include <jamnet/sync/source_manager.hpp>

#include <atomic>
#include <cmath>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <optional>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/sync/clock_bridge.hpp>
#include <jamnet/sync/time_sources.hpp>
#include <jamnet/testing/rt_guard.hpp>
#include <jamnet/testing/sim_source.hpp>
#include <jamnet/testing/sim_timebase.hpp>

using namespace jamnet;
using namespace std::chrono_literals;
using testing::manual_clock;
using testing::sim_source;

namespace {

// A source that says what the test puts into it.
struct told_source {
  source_reading says{};
  source_reading read(host_time) const noexcept { return says; }
};

// A manager polled each 20 ms, whose position is looked at as by an audio thread: each block of 128
// frames it must have moved by as much as passed, within `pace`, and never back.
struct led_sources {
  manual_clock host{{.skew_ppm = -15}};
  source_manager manager{};
  double pace = 1600e-6; // sources within 1000 ppm, and 500 more to close a gap
  host_time then{};
  std::optional<source_time> last{};
  double worst = 0; // samples by which a block was longer or shorter

  source_id add(const auto& source, int priority = 0, bool absolute = false) {
    source_id id;
    REQUIRE(manager.try_add(source, {.priority = priority, .absolute = absolute}, id));
    return id;
  }
  void look() {
    const source_clock clock = manager.clock();
    if (!clock.usable()) return;
    const host_time now = host.now();
    const source_time here = clock.position(now);
    if (last) {
      const auto passed = static_cast<double>((now - then).count());
      const double off = static_cast<double>((here - *last).count()) - passed;
      REQUIRE(std::abs(off) <= pace * passed + 2);
      worst = std::max(worst, std::abs(off) * 48e-6);
    }
    then = now, last = here;
  }
  void run(nanoseconds length) {
    for (const auto end = host.now() + length; host.now() < end;) {
      manager.poll(host.now());
      for (int block = 0; block < 8; ++block) {
        host.advance(2'666'667ns);
        look();
      }
    }
  }
  bool leads(source_id id) const { return manager.clock().leader == id; }
  nanoseconds gap() const { return manager.clock().gap; }
};

bool within(nanoseconds x, nanoseconds limit) { return x <= limit && -x <= limit; }

} // namespace

TEST_CASE("the source of the greatest priority that can be trusted leads, and is followed") {
  led_sources b;
  sim_source session{b.host, {.drift = {.skew_ppm = 40}, .first = source_time{1h}, .seed = 1}};
  sim_source card{b.host, {.drift = {.skew_ppm = -60}, .seed = 2}};
  const auto card_id = b.add(card, 1), session_id = b.add(session, 2);
  CHECK_FALSE(b.manager.clock().usable());
  b.run(10s);
  CHECK(b.leads(session_id));
  CHECK(b.manager.clock().state == source_state::following);
  CHECK(b.manager.clock().changes == 0);
  CHECK(within(b.manager.clock().position(b.host.now()) - session.now(),
               b.manager.clock().bound(b.host.now())));
  CHECK(b.manager.health(session_id).rate_ppm == doctest::Approx(55).epsilon(0.1));
  CHECK(b.manager.health(card_id).rate_ppm == doctest::Approx(-45).epsilon(0.1));
  CHECK(b.manager.trusted(card_id));
  CHECK(b.manager.health(card_id).led == 0);
}

TEST_CASE("whatever happens to the best, the position goes on within a sample, and slews") {
  // What each source shows of one origin differs by up to a millisecond.
  enum { lost, removed, jumps, runs_back, stops, runs_away };
  for (const int accident : {lost, removed, jumps, runs_back, stops, runs_away})
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      CAPTURE(accident);
      CAPTURE(seed);
      random_source random{seed};
      led_sources b;
      const auto any = [&] {
        return testing::sim_source_options{
            .drift = {.skew_ppm = random.uniform(-80, 80), .wander_ppm = 0.02, .seed = seed},
            .first = source_time{1h + nanoseconds{nearest(random.uniform(-1e6, 1e6))}},
            .noise_ns = random.uniform(50, 2000),
            .seed = random.next()};
      };
      sim_source best{b.host, any()}, next{b.host, any()}, last{b.host, any()};
      const auto best_id = b.add(best, 9, true), second_id = b.add(next, 5, true),
                 third_id = b.add(last, 1, true);
      b.run(5s);
      REQUIRE(b.leads(best_id));
      source_fault name = source_fault::none;
      switch (accident) {
      case lost: best.lose(), name = source_fault::stale; break;
      case removed: REQUIRE(b.manager.remove(best_id)); break;
      case jumps: best.jump(30ms), name = source_fault::jumped; break;
      case runs_back: best.jump(-2s), name = source_fault::backwards; break;
      case stops: best.stop(), name = source_fault::stopped; break;
      case runs_away: best.set_skew_ppm(2500), name = source_fault::drifting; break;
      }
      if (accident == runs_away) b.pace = 3100e-6; // until it is found out
      b.run(1s);
      REQUIRE(b.leads(second_id));
      if (accident != removed)
        CHECK(b.manager.health(best_id).faults[static_cast<std::size_t>(name)] == 1);
      b.pace = 1600e-6;
      best.lose(); // who only jumped would come back
      b.run(7s);
      CHECK(within(b.manager.clock().position(b.host.now()) - next.now(), 20us));
      CHECK(b.worst < 1);
      REQUIRE(b.manager.remove(second_id));
      b.run(1s);
      CHECK(b.leads(third_id));
      CHECK(b.manager.clock().changes == 2);
    }
}

TEST_CASE(
    "of a source with an origin of its own only the pace is followed, from where the position is") {
  led_sources b;
  sim_source card{b.host, {.drift = {.skew_ppm = 30}, .first = source_time{7s}}};
  sim_source gpu{b.host, {.drift = {.skew_ppm = -50}, .first = source_time{24h * 99}, .seed = 2}};
  const auto card_id = b.add(card, 2), gpu_id = b.add(gpu, 1);
  b.run(5s);
  card.lose();
  b.run(10s);
  REQUIRE(b.leads(gpu_id));
  CHECK(within(b.gap(), 5us));
  const auto off = b.manager.clock().position(b.host.now()) - card.now();
  CHECK(within(off, 1ms)); // 80 ppm for ten seconds
  CHECK_FALSE(within(off, 600us));
  card.restore();
  b.run(10s);
  CHECK(b.leads(card_id));
  const auto stays = b.manager.clock().position(b.host.now()) - card.now() - off;
  CHECK(within(stays, 500us)); // until it was trusted again
}

TEST_CASE("a source whose time counts leads the position back to where it is") {
  led_sources b;
  sim_source session{b.host, {.drift = {.skew_ppm = 30}, .first = source_time{7s}}};
  sim_source card{b.host, {.drift = {.skew_ppm = -50}, .seed = 2}};
  const auto card_id = b.add(card, 1);
  b.run(1s); // the position begins as the card's time, and is the session's from there on …
  const auto session_id = b.add(session, 2, true);
  b.run(5s);
  REQUIRE(b.leads(session_id));
  const auto apart = b.manager.clock().position(b.host.now()) - session.now();
  session.lose();
  b.run(10s);
  REQUIRE(b.leads(card_id));
  CHECK_FALSE(within(b.manager.clock().position(b.host.now()) - session.now() - apart, 600us));
  session.restore();
  b.run(10s); // … wherever it was led meanwhile
  CHECK(b.leads(session_id));
  CHECK(within(b.manager.clock().position(b.host.now()) - session.now() - apart, 10us));
}

TEST_CASE(
    "while nobody can be trusted the last rate goes on, with a bound that grows and says so") {
  led_sources b;
  sim_source session{b.host, {.drift = {.skew_ppm = 50, .wander_ppm = 0}}};
  sim_source card{b.host, {.drift = {.skew_ppm = 20, .wander_ppm = 0}, .seed = 2}};
  const auto session_id = b.add(session, 2, true);
  b.add(card, 1);
  b.run(10s);
  session.lose(), card.lose();
  b.run(1s);
  CHECK(b.manager.clock().state == source_state::holding);
  CHECK_FALSE(b.manager.clock().leader);
  CHECK(b.manager.holdovers() == 1);
  nanoseconds bound = b.manager.clock().bound(b.host.now());
  for (int i = 0; i < 6; ++i) {
    b.run(10s);
    const auto now = b.host.now();
    CHECK(b.manager.clock().bound(now) >= bound + 100us);
    bound = b.manager.clock().bound(now);
    CHECK(within(b.manager.clock().position(now) - session.now(), bound));
  }
  session.restore();
  b.run(5s);
  CHECK(b.leads(session_id));
  CHECK(b.manager.clock().state == source_state::following);
  CHECK(within(b.manager.clock().position(b.host.now()) - session.now(), 20us));
}

TEST_CASE("of three the one whose rate differs is found, not the two, and not by the host alone") {
  led_sources b;
  b.pace = 5e-3;
  sim_source one{b.host, {.drift = {.skew_ppm = 2015}, .seed = 1}}; // it is the host that is slow
  sim_source two{b.host, {.drift = {.skew_ppm = 1995}, .seed = 2}};
  sim_source wild{b.host, {.drift = {.skew_ppm = 30}, .seed = 3}};
  const auto wild_id = b.add(wild, 3), one_id = b.add(one, 2), two_id = b.add(two, 1);
  b.run(10s);
  CHECK(b.manager.health(wild_id).fault == source_fault::none); // the host is its witness
  CHECK(b.manager.health(one_id).fault == source_fault::drifting);
  CHECK(b.manager.health(two_id).fault == source_fault::drifting);
  sim_source three{b.host, {.drift = {.skew_ppm = 2000}, .seed = 4}};
  const auto three_id = b.add(three, 0);
  b.run(10s);
  CHECK(b.manager.health(wild_id).fault == source_fault::drifting);
  CHECK(b.manager.health(three_id).fault == source_fault::none);
  CHECK(b.leads(one_id));
}

TEST_CASE("whoever fails again and again is trusted ever later, so that nobody flaps") {
  led_sources b;
  sim_source shaky{b.host, {.seed = 1}}, steady{b.host, {.seed = 2}};
  const auto shaky_id = b.add(shaky, 2), steady_id = b.add(steady, 1);
  for (int s = 0; s < 600; ++s) { // each third second it is gone
    s % 3 == 2 ? shaky.lose() : shaky.restore();
    b.run(1s);
  }
  CHECK(b.manager.health(shaky_id).faults[static_cast<std::size_t>(source_fault::stale)] >= 190);
  CHECK(b.manager.clock().changes <= 2);
  CHECK(b.leads(steady_id));
  shaky.restore();
  b.run(40s);
  CHECK(b.leads(shaky_id));
  for (int round = 0; round < 12; ++round) { // and each time it is trusted
    shaky.lose();
    b.run(1s);
    shaky.restore();
    while (!b.leads(shaky_id)) b.run(1s);
  }
  CHECK(b.host.elapsed() > 1000s);
}

TEST_CASE("the user may prefer one, while it can be trusted, and equals do not take turns") {
  led_sources b;
  sim_source a{b.host, {.noise_ns = 500, .seed = 1}}, c{b.host, {.noise_ns = 100, .seed = 2}};
  const auto a_id = b.add(a), c_id = b.add(c);
  b.run(3s);
  CHECK(b.leads(c_id)); // the one that is surer, and it stays
  b.manager.prefer(a_id);
  b.run(1s);
  CHECK(b.leads(a_id));
  a.lose();
  b.run(1s);
  CHECK(b.leads(c_id));
  a.restore();
  b.run(6s);
  CHECK(b.leads(a_id));
  b.manager.prefer({});
  b.run(3s);
  CHECK(b.leads(a_id));
  CHECK(b.manager.clock().changes == 3);
}

TEST_CASE("without sources there is no time; one is taken once, eight at most, and given back") {
  led_sources b;
  b.run(1s);
  CHECK_FALSE(b.manager.clock().usable());
  std::vector<told_source> sources(9);
  std::vector<source_id> ids;
  source_id id;
  for (std::size_t i = 0; i < 8; ++i) ids.push_back(b.add(sources[i]));
  CHECK_FALSE(b.manager.try_add(sources[8], {}, id));
  CHECK_FALSE(b.manager.try_add(sources[3], {}, id));
  CHECK_FALSE(id);
  CHECK(b.manager.remove(ids[3]));
  CHECK_FALSE(b.manager.remove(ids[3]));
  CHECK_FALSE(b.manager.remove({}));
  CHECK_FALSE(b.manager.try_add(sources[4], {}, id));
  CHECK(b.manager.try_add(sources[3], {}, id));
  CHECK(id != ids[3]);
  b.run(1s);
  CHECK_FALSE(b.manager.clock().usable());
  REQUIRE(b.manager.remove(id));
  host_source host;
  const auto host_id = b.add(host);
  b.run(1s);
  CHECK(b.leads(host_id));
}

TEST_CASE("sources that say anything at all break no law, and not the one that is right") {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    random_source random{seed};
    led_sources b;
    const bool one_is_right = seed % 2 == 0;
    sim_source right{b.host, {.seed = seed}};
    told_source wrong[3];
    source_id right_id;
    if (one_is_right) right_id = b.add(right, 0, true);
    for (auto& w : wrong) b.add(w, 1 + static_cast<int>(random.next() % 3), random.next() % 2 == 0);
    const auto number = [&] {
      constexpr double extremes[]{0,
                                  1e-5,
                                  -1e-5,
                                  1e-3,
                                  -1,
                                  1,
                                  98,
                                  1e18,
                                  1e300,
                                  -1e300,
                                  -0.9,
                                  std::numeric_limits<double>::quiet_NaN(),
                                  std::numeric_limits<double>::infinity()};
      return extremes[random.next() % std::size(extremes)];
    };
    const auto time = [&]() -> nanoseconds {
      const auto here = b.host.now().time_since_epoch();
      switch (random.next() % 6) {
      case 0: return nanoseconds::min();
      case 1: return nanoseconds::max();
      case 2: return nanoseconds{static_cast<std::int64_t>(random.next())};
      case 3: return nanoseconds{static_cast<std::int64_t>(random.next()) >> 3};
      default: return here + nanoseconds{static_cast<std::int64_t>(random.next()) >> 40};
      }
    };
    b.run(1s);
    b.pace = 0.06; // a large gap
    for (int i = 0; i < 2000; ++i) {
      for (auto& w : wrong)
        if (random.next() % 2 == 0)
          w.says = {
              {host_time{time()}, source_time{time()}, number(), number(), number(), number()},
              host_time{time()},
              random.next() % 8 != 0};
      b.manager.poll(b.host.now());
      b.host.advance(20ms);
      b.look();
    }
    if (!one_is_right) continue;
    CHECK(b.manager.health(right_id).fault == source_fault::none);
    CHECK(b.leads(right_id));
  }
}

TEST_CASE("real counters behind bridges: lost, stopped, wrapped or begun again, it plays on") {
  led_sources b;
  testing::sim_timebase gpu{b.host,
                            {.format = {1e9 / 19.2e6, 30},
                             .drift = {.skew_ppm = 45, .wander_ppm = 0.01},
                             .call_ns = 2500}};
  testing::sim_timebase card{b.host,
                             {.format = {1e9 / 48'000 / 256, 64},
                              .drift = {.skew_ppm = -70, .wander_ppm = 0.01},
                              .call_ns = 20'000,
                              .seed = 2}};
  clock_bridge gpu_bridge{gpu, b.host}, card_bridge{card, b.host};
  const bridge_source gpu_source{gpu_bridge}, card_source{card_bridge};
  const auto card_id = b.add(card_source, 2), gpu_id = b.add(gpu_source, 1);
  const auto run = [&](nanoseconds length) {
    for (const auto end = b.host.now() + length; b.host.now() < end;) {
      gpu_bridge.poll();
      card_bridge.poll();
      b.run(15ms);
    }
  };
  run(5s);
  CHECK(b.leads(card_id));
  card.lose();
  run(500ms);
  CHECK(b.leads(gpu_id));
  run(60s); // the counter wraps
  CHECK(gpu_bridge.count().wraps >= 1);
  gpu.jump(5s);
  run(1s);
  CHECK(b.leads(gpu_id));
  gpu.stop();
  run(500ms);
  CHECK(b.manager.clock().state == source_state::holding);
  card.restart();
  gpu.start();
  run(5s);
  CHECK(b.leads(card_id));
  CHECK(b.manager.health(card_id).faults[static_cast<std::size_t>(source_fault::jumped)] == 0);
}

TEST_CASE("polls and questions neither allocate nor lock, and other threads see whole snapshots") {
  led_sources b;
  sim_source one{b.host, {.drift = {.skew_ppm = 900}, .seed = 1}}, two{b.host, {.seed = 2}};
  b.add(one, 2), b.add(two, 1);
  b.manager.poll(b.host.now());
  std::atomic<bool> done{false};
  std::atomic<long> asked{0}, torn{0};
  std::thread reader{[&] {
    testing::rt_guard guard;
    while (!done.load() || asked.load() < 1000) {
      const source_clock clock = b.manager.clock();
      const auto apart = clock.position(clock.map.from) - clock.map.to;
      torn += apart > 1ns || apart < -1ns || clock.leader.value > 2 ||
              (clock.state == source_state::holding) != !clock.leader;
      ++asked;
      if (asked.load() % 64 == 0) std::this_thread::yield();
    }
  }};
  {
    testing::rt_guard guard;
    for (int i = 0; i < 20'000; ++i) {
      if (i % 500 == 0) i % 1000 == 0 ? one.lose() : one.restore();
      b.manager.poll(b.host.now());
      b.host.advance(20ms);
    }
  }
  done = true;
  reader.join();
  CHECK(torn == 0);
}
