#include <jamnet/sync/source_watch.hpp>

#include <initializer_list>
#include <limits>

#include <doctest/doctest.h>

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

// A source that says whatever is put in `says`, looked at each 20 ms.
struct watched {
  source_watch watch{};
  host_time now{1h};
  source_reading says{{host_time{1h}, source_time{5s}, 0, 0, 100, 0}, host_time{1h}, true};

  source_fault look(double agreed = 0) {
    watch.look(says, now);
    return watch.compare(agreed);
  }
  // After `passed` its time has moved by `moved`.
  source_fault moves(nanoseconds passed, nanoseconds moved) {
    now += passed;
    says.map.from = says.confirmed = now;
    says.map.to += moved;
    return look();
  }
  source_fault runs(nanoseconds length, double rate = 0) {
    for (const auto end = now + length; now < end;)
      moves(20ms, nanoseconds{nearest(20e6 * (1 + rate))});
    return watch.health().fault;
  }
};

} // namespace

TEST_CASE("a source that tells a steady time has no fault, and its rate is learnt") {
  watched w;
  CHECK(w.watch.health().fault == source_fault::silent); // nothing was heard yet
  CHECK(w.look() == source_fault::none);
  CHECK(w.runs(20s, 80e-6) == source_fault::none);
  CHECK(w.watch.health().rate_ppm == doctest::Approx(80).epsilon(0.01));
  CHECK(w.watch.health().drift_ppm == doctest::Approx(80).epsilon(0.01));
  CHECK(w.look(50e-6) == source_fault::none);
  CHECK(w.watch.health().drift_ppm == doctest::Approx(30).epsilon(0.01));
  CHECK(w.watch.health().age == 0ns);
}

TEST_CASE("what no clock does has a name, is counted once, and passes when it does no more") {
  struct accident {
    source_fault name;
    nanoseconds moved; // in 20 ms
  };
  for (const auto& [fault, moved] :
       {accident{source_fault::jumped, 25ms}, accident{source_fault::jumped, 15ms},
        accident{source_fault::jumped, 24h * 365}, accident{source_fault::stopped, 0ns},
        accident{source_fault::backwards, -2ms}, accident{source_fault::backwards, -24h * 365}}) {
    const source_fault name = fault; // clang 14 captures no bindings
    CAPTURE(to_string(name).data());
    watched w;
    w.runs(1s);
    CHECK(w.moves(20ms, moved) == name);
    CHECK(w.moves(1ms, 1ms) == name); // too soon to tell
    CHECK(w.moves(19ms, 19ms) == source_fault::none);
    CHECK(w.watch.health().faults[static_cast<std::size_t>(name)] == 1);
    CHECK(w.watch.health().rate_ppm == 0);
  }
  watched still;
  still.runs(1s);
  for (int i = 0; i < 1000; ++i) {
    const auto fault = still.moves(1ms, 0ms); // looked at a thousand times a second
    REQUIRE((i < 3 || fault == source_fault::stopped));
  }
  CHECK(still.watch.health().faults[static_cast<std::size_t>(source_fault::stopped)] == 1);
}

TEST_CASE("what its bounds explain is no jump") {
  watched w;
  w.says.map.bound_ns = 4e6;
  w.runs(1s);
  w.moves(20ms, 26ms);
  CHECK(w.watch.health().faults[static_cast<std::size_t>(source_fault::jumped)] == 0);
  CHECK(w.moves(20ms, 30ms) == source_fault::jumped);
}

TEST_CASE("who is not heard, or knows too little, is said to be stale or unsure, until it is not") {
  watched w;
  w.runs(1s);
  w.now += 500ms;
  CHECK(w.look() == source_fault::none);
  w.now += 1ms;
  CHECK(w.look() == source_fault::stale);
  CHECK(w.watch.health().age == 501ms);
  CHECK(w.moves(20ms, 521ms) == source_fault::none); // it is where it should be
  w.says.map.bound_ns = 11e6;
  CHECK(w.look() == source_fault::unsure);
  CHECK(w.watch.health().bound >= 11ms);
  w.says.map.bound_ns = 100;
  CHECK(w.moves(20ms, 20ms) == source_fault::none);
  w.says.valid = false;
  CHECK(w.moves(20ms, 20ms) == source_fault::silent);
  w.says.valid = true;
  CHECK(w.moves(1h, 1h + 3s) == source_fault::none); // 1000 ppm
  CHECK(w.moves(1h, 1h + 8s) == source_fault::jumped);
}

TEST_CASE("who runs away from the others is found by its rate, or by what it says of it") {
  watched w;
  w.runs(5s);
  host_time since = w.now;
  while (w.moves(20ms, 20'060us) == source_fault::none) REQUIRE(w.now - since < 2s);
  CHECK(w.watch.health().fault == source_fault::drifting); // 3000 ppm, within a second or so
  CHECK(w.runs(10s, 3000e-6) == source_fault::drifting);
  CHECK(w.watch.health().faults[static_cast<std::size_t>(source_fault::drifting)] == 1);
  w.says.map.skew = 3000e-6;
  CHECK(w.moves(20ms, 20'060us) == source_fault::drifting);
  CHECK(w.look(2900e-6) == source_fault::none); // all others do
  w.says.map.skew = 0;
  CHECK(w.runs(10s) == source_fault::none);
  w.says.map.skew = 0.002;
  CHECK(w.look() == source_fault::drifting);
}

TEST_CASE("nothing that is impossible gets any further") {
  watched w;
  w.runs(1s);
  const auto good = w.says;
  for (const double wrong : {std::numeric_limits<double>::quiet_NaN(), 1e300, -1.0}) {
    w.says.map.skew = wrong;
    CHECK(w.look() == source_fault::impossible);
    w.says = good;
    w.says.map.bound_ns = wrong == 1e300 ? wrong : -wrong / 0.0;
    CHECK(w.look() != source_fault::none);
    w.says = good;
  }
  CHECK(w.moves(20ms, 20ms) == source_fault::none);
  CHECK(w.watch.rate() == 0);
  for (std::size_t i = 0; i < source_faults; ++i)
    CHECK_FALSE(to_string(static_cast<source_fault>(i)).empty());
  CHECK(to_string(source_fault{99}).empty());
}
