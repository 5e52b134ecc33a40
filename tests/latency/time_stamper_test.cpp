#include <jamnet/latency/time_stamper.hpp>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/sync/clock_bridge.hpp>
#include <jamnet/testing/rt_guard.hpp>
#include <jamnet/testing/sim_timebase.hpp>
#include <jamnet/transport/transport_state.hpp>

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

// A GPU behind a bridge, a session, and music that began in it.
struct stamped_stage {
  stamped_stage() {
    for (int i = 0; i < 500; ++i) {
      bridge.poll();
      host.advance(10ms);
    }
    stamper = {.gpu = bridge.map(), .session = session};
  }
  testing::manual_clock host;
  testing::sim_timebase gpu{host, {.format = {1e9 / 19.2e6, 36}, .drift = {.skew_ppm = 25}}};
  clock_bridge<testing::sim_timebase, testing::manual_clock> bridge{gpu, host};
  clock_map<host_timeline, session_timeline> session{
      host.now(), session_time{100s}, 0.3, 30e-6, 2000, 1e-7};
  transport_state transport{
      .mode = transport_mode::playing, .since = session_time{90s}, .bpm = 97.3};
  time_stamper stamper;
};

} // namespace

TEST_CASE("a stamp is what its maps say one by one, whichever time it is made from") {
  const stamped_stage s;
  const host_time now = s.host.now();
  const time_stamp by_host = s.stamper.at(now, s.transport);
  CHECK(by_host.host == now);
  CHECK(by_host.session == s.session(now));
  CHECK(by_host.gpu == s.bridge.to_gpu(now));
  CHECK(by_host.position == s.transport.position_at(by_host.session));
  CHECK(by_host.bar == s.transport.bar_at(by_host.session));
  CHECK(nanoseconds{by_host.bound_ns} == s.bridge.bound(now) + s.session.bound(now));
  CHECK(by_host.known == 7);

  const time_stamp by_gpu = s.stamper.at_gpu(by_host.gpu, s.transport);
  CHECK(by_gpu.gpu == by_host.gpu);
  CHECK(by_gpu.session == s.bridge.map().then(s.session)(by_host.gpu)); // in one step
  CHECK(by_gpu.session - by_host.session <= 53ns);                      // of one tick
  CHECK(by_host.session - by_gpu.session <= 53ns);

  const time_stamp by_session = s.stamper.at(by_host.session, s.transport);
  CHECK(by_session.session == by_host.session);
  CHECK(by_session.host - now <= 1ns);
  CHECK(now - by_session.host <= 1ns);
  CHECK(by_session.bar == by_host.bar);
}

TEST_CASE("a time there is no map for is not known, and without a session there is no music") {
  const stamped_stage s;
  const host_time now = s.host.now();
  CHECK(time_stamper{}.at(now, s.transport) == time_stamp{.host = now});
  const time_stamper gpu_alone{.gpu = s.bridge.map()};
  CHECK(gpu_alone.at(now, s.transport).known == time_stamp::has_gpu);
  CHECK(gpu_alone.at_gpu(s.gpu.ticks(), s.transport).known == time_stamp::has_gpu);
  CHECK(s.stamper.at(now).known == (time_stamp::has_gpu | time_stamp::has_session));
  const time_stamper session_alone{.session = s.session};
  CHECK(session_alone.at(now, s.transport).known ==
        (time_stamp::has_session | time_stamp::has_music));
  auto unsure = s.stamper;
  unsure.session->bound_ns = 1e12;
  CHECK(unsure.at(now).bound_ns == 0xffff'ffff);
}

TEST_CASE("music may come from a tempo map that begins at a downbeat, exact to the tick") {
  const tempo_change tempi[]{{.bpm = 120}, {.at = {960 * 8}, .bpm = 63.7}};
  const meter_change signatures[]{{.signature = {3, 4}}};
  const auto map = tempo_map::make(tempi, signatures);
  REQUIRE(map);
  const music_from where{&*map, session_time{50s}};
  CHECK(where.position_at(session_time{51s}) == quarter_notes::from(2));
  CHECK(to_text(where.bar_of(quarter_notes::from(7.5))).view() == "003.02.480");
  random_source random{3};
  for (int i = 0; i < 10'000; ++i) {
    CAPTURE(i);
    const ticks tick{static_cast<std::int64_t>(random.next() % 2'000'000) - 1'000'000};
    const session_time t = where.downbeat + map->time_at(tick);
    REQUIRE(where.bar_of(where.position_at(t)) == map->meter().position_at(tick));
  }
  for (const auto end : {session_time{nanoseconds{std::int64_t{1} << 61}},
                         session_time{-nanoseconds{std::int64_t{1} << 61}}})
    CHECK(magnitude(where.position_at(end).count()) <= quarter_notes::most);
  CHECK(time_stamper{.session = clock_map<host_timeline, session_timeline>{}}
            .at(session_time{51s}, where)
            .bar == musical_position{1, 3, 0});
}

TEST_CASE("a stamp is made without allocating or locking") {
  const stamped_stage s;
  const tempo_map map;
  testing::rt_guard guard;
  CHECK(s.stamper.at(s.host.now(), music_from{&map}).known == 7);
  CHECK(s.stamper.at_gpu(s.gpu.ticks(), s.transport).known == 7);
}
