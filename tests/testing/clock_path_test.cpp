#include <jamnet/testing/clock_path.hpp>

#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace jamnet::testing;

namespace {

struct journey {
  double least = 1e18, sum = 0, count = 0;
  double mean() const { return sum / count; }
};

// A packet each 20 ms each way for `seconds`, from `from` on.
std::array<journey, 2> travel(clock_path path, double from, double seconds) {
  std::array<journey, 2> seen;
  for (double t = from * 1e9; t < (from + seconds) * 1e9; t += 20e6)
    for (const auto way : {clock_path::there, clock_path::back})
      if (const auto arrival = path.arrival(way, t)) {
        seen[way].least = std::min(seen[way].least, *arrival - t);
        seen[way].sum += *arrival - t;
        ++seen[way].count;
      }
  return seen;
}

} // namespace

TEST_CASE("packets take longer than nothing, never overtake each other, and a seed replays them") {
  for (const auto kind : all_paths) {
    CAPTURE(std::string{name(kind)});
    clock_path path{kind, usual_loss(kind), 5}, again{kind, usual_loss(kind), 5};
    std::array<double, 2> last{};
    for (double t = 0; t < 250e9; t += 10e6)
      for (const auto way : {clock_path::there, clock_path::back}) {
        testing::rt_guard guard;
        const auto arrival = path.arrival(way, t);
        const bool same = arrival == again.arrival(way, t);
        if (!same || (arrival && (*arrival <= t || *arrival <= last[way]))) FAIL("at " << t);
        if (arrival) last[way] = *arrival;
      }
  }
}

TEST_CASE("as many packets are lost as asked for") {
  for (const double loss : {0.0, 0.01, 0.2}) {
    const auto seen = travel({path_kind::lan, loss, 3}, 0, 1000);
    CHECK(seen[0].count / 50e3 == doctest::Approx(1 - loss).epsilon(0.01));
    CHECK(seen[1].count / 50e3 == doctest::Approx(1 - loss).epsilon(0.01));
  }
}

TEST_CASE("each path takes as long each way as its name says, in microseconds") {
  struct expected {
    path_kind kind;
    double from;                       // s
    std::array<double, 2> floor, mean; // there and back
  };
  for (const auto& e : std::vector<expected>{
           {path_kind::lan, 0, {20, 20}, {100, 100}},
           {path_kind::lan_load, 0, {100, 100}, {225, 225}},
           {path_kind::lan_asym, 0, {100, 100}, {500, 120}},
           {path_kind::wifi_home, 0, {800, 800}, {1780, 1780}},
           {path_kind::wifi, 0, {1000, 1000}, {3250, 3250}},
           {path_kind::wan, 0, {20'500, 19'500}, {22'500, 21'500}},
           {path_kind::route, 20, {20'000, 20'000}, {20'500, 20'500}},
           {path_kind::route, 125, {30'000, 30'000}, {30'500, 30'500}},
           {path_kind::route_asym, 20, {20'000, 20'000}, {20'500, 20'500}},
           {path_kind::route_asym, 125, {28'000, 20'000}, {28'500, 20'500}},
           {path_kind::bloat, 120, {5'000, 5'000}, {7'375, 5'500}}, // 15 of 60 s half of 15 ms
       }) {
    CAPTURE(std::string{name(e.kind)});
    const auto seen = travel({e.kind, 0, 9}, e.from, e.from == 20 || e.from == 125 ? 70 : 600);
    for (std::size_t way = 0; way < 2; ++way) {
      CAPTURE(way);
      CHECK(seen[way].least >= e.floor[way] * 1e3);
      CHECK(seen[way].least <= e.floor[way] * 1e3 * 1.5);
      CHECK(seen[way].mean() == doctest::Approx(e.mean[way] * 1e3).epsilon(0.06));
    }
  }
}

TEST_CASE("a longer route is longer by as much as asked for, on the way asked for") {
  clock_path path{path_kind::lan, 0, 4};
  path.extra[clock_path::back] = 8e6;
  const auto seen = travel(path, 0, 100);
  CHECK(seen[clock_path::there].mean() == doctest::Approx(100e3).epsilon(0.02));
  CHECK(seen[clock_path::back].mean() == doctest::Approx(8.1e6).epsilon(0.02));
}

TEST_CASE("half the difference of the floors is what an estimate cannot see") {
  for (const auto kind : all_paths) {
    if (kind == path_kind::lan) continue; // its floor is a matter of chance
    CAPTURE(std::string{name(kind)});
    const auto seen = travel({kind, 0, 11}, 0, 100);
    CHECK(std::abs((seen[0].least - seen[1].least) / 2 - hidden_offset(kind)) < 25e3);
  }
}
