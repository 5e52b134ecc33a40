#include <jamnet/time/tempo_map.hpp>

#include <array>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

#include "tempo_changes.hpp"

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

constexpr auto tempi = std::to_array<tempo_change>({{.bpm = 120}, {.at = ticks_in(64), .bpm = 96}});
constexpr auto waltz = std::to_array<meter_change>({{ticks{}, {3, 4}}});

} // namespace

TEST_CASE("a map says where in the music a time is, and when the next bar and beat begin") {
  const auto map = tempo_map::make(tempi, {});
  REQUIRE(map);
  CHECK(to_text(map->position_at(32s)).view() == "017.01.000");
  CHECK(map->next_bar(30'100ms) == 32s);
  CHECK(map->next_bar(32s) == 32s);
  CHECK(map->next_bar(32s + 1ns) == 34'500ms);
  CHECK(map->next_beat(32s + 1ns) == 32'625ms);
  CHECK(map->next_beat(-100ms) == 0s);
  CHECK(to_text(map->position_at(-2s)).view() == "000.01.000");
  CHECK(map->tempo().bpm_at(ticks_in(70)) == 96);
  CHECK(map->meter().signature_at({}) == time_signature{});
}

TEST_CASE("the next line in time is the first that is not earlier") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    random_source random{seed};
    const auto map = tempo_map::make(jamnet_test::random_tempi(random, 20, 600, 0.5), waltz);
    REQUIRE(map);
    for (int i = 0; i < 100; ++i) {
      const nanoseconds time{static_cast<std::int64_t>(random.uniform(-1e10, 6e11))};
      const ticks next = map->next_tick(time);
      CAPTURE(seed);
      CAPTURE(time.count());
      REQUIRE(map->time_at(next) >= time);
      REQUIRE(map->time_at(next - ticks{1}) < time);
      REQUIRE(map->next_tick(map->time_at(next)) == next);
      REQUIRE(map->next_bar(time) == map->time_at(map->meter().next_bar(next)));
      REQUIRE(map->next_beat(time) == map->time_at(map->meter().next_beat(next)));
      REQUIRE(map->meter().position_at(map->tick_at(map->next_bar(time))).tick == 0);
    }
  }
}

TEST_CASE("a map is refused for what its tempi or its signatures are refused for") {
  const auto why = [](std::vector<tempo_change> t, std::vector<meter_change> m, unsigned ppq) {
    const auto map = tempo_map::make(t, m, ppq);
    return map ? failure{} : map.error();
  };
  CHECK(why({{.bpm = 0}}, {}, 960) == failure{errc::tempo_range, 0});
  CHECK(why({}, {{ticks{}, {7, 3}}}, 960) == failure{errc::signature_range, 0});
  CHECK(why({}, {}, 0) == failure{errc::ppq_range, 0});
  CHECK(tempo_map::make({}, {}, 480)->ppq() == 480);
}

TEST_CASE("a map is a value, and asking it takes no allocation and no lock") {
  tempo_map map{480};
  CHECK(map.time_at({480}) == 500ms);
  map = *tempo_map::make(tempi, waltz);
  const tempo_map copy = map;
  const testing::rt_guard guard;
  CHECK(to_text(copy.position_at(33s)).view() == "022.03.576");
  CHECK(copy.next_bar(33s) == map.next_bar(33s));
}
