#include <jamnet/toast/redundancy.hpp>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace jamnet::toast;
using namespace std::chrono_literals;

namespace {

// A path that loses datagrams of two frames, `burst` in a row; reports come each 20 ms.
struct lossy {
  host_time now{100s};
  loss_report report;
  random_source random{7};
  redundancy r;

  void go(double loss, unsigned burst, nanoseconds time) {
    for (const auto end = now + time; now < end; now += 20ms) {
      for (int i = 0; i < 4; ++i) {
        const bool lost = random.uniform() < loss / burst;
        const unsigned datagrams = lost ? burst : 1;
        report.frames += 2 * datagrams;
        if (!lost) continue;
        report.missed += 2 * datagrams;
        ++report.runs;
      }
      r.heard(report, 2, now);
    }
  }
};

} // namespace

TEST_CASE("as many copies as it takes for two events in 10,000 to be lost with all of them") {
  lossy path;
  path.go(0, 1, 10s);
  CHECK(path.r.repeats() == 0);
  path.go(0.002, 1, 20s);
  CHECK(path.r.repeats() == 1);
  path.go(0.02, 1, 20s);
  CHECK(path.r.repeats() == 2);
  path.go(0.1, 1, 20s);
  CHECK(path.r.repeats() == 3);
  CHECK(path.r.loss() > 0.04);
  CHECK(path.r.loss() < 0.2);
  CHECK(path.r.after(3) == 5ms);
}

TEST_CASE("the first loss counts at once, and is forgotten slowly") {
  lossy path;
  path.go(0, 1, 10s);
  path.go(0.3, 1, 5s);
  CHECK(path.r.repeats() == 3);
  path.go(0, 1, 9s);
  CHECK(path.r.repeats() == 3);
  path.go(0, 1, 2s);
  CHECK(path.r.repeats() == 2);
  path.go(0, 1, 20s);
  CHECK(path.r.repeats() == 0);
  path.report.frames += 2;
  path.report.missed += 2;
  ++path.report.runs;
  CHECK(path.r.heard(path.report, 2, path.now));
  CHECK(path.r.repeats() == 1);
}

TEST_CASE("where losses come in bursts there is one copy more, and they spread") {
  lossy path;
  path.go(0.01, 5, 30s);
  CHECK(path.r.burst() > 3);
  CHECK(path.r.repeats() >= 2);
  CHECK(path.r.after(1) == 5ms);
  CHECK(path.r.after(2) == 10ms);
  CHECK(path.r.after(3) == 20ms);
}

TEST_CASE("an outage is one loss: no copy would have outlasted it") {
  lossy path;
  path.go(0, 1, 10s);
  path.report.frames += 3000;
  path.report.missed += 3000;
  ++path.report.runs;
  CHECK(path.r.heard(path.report, 2, path.now));
  CHECK(path.r.repeats() == 2);
  CHECK(path.r.burst() < 2);
}

TEST_CASE("who is asked for an event sends copies for a while") {
  redundancy r;
  r.asked(host_time{10s});
  CHECK(r.repeats() == 1);
  r.heard({0, 0, 100}, 2, host_time{19s});
  CHECK(r.repeats() == 1);
  r.heard({0, 0, 200}, 2, host_time{21s});
  CHECK(r.repeats() == 0);
}

TEST_CASE("limits hold, and equal ones fix it") {
  for (const auto limits : {redundancy_limits{0, 0}, {1, 1}, {2, 2}, {1, 2}, {0, 9}}) {
    lossy path;
    path.r = redundancy{limits};
    CHECK(path.r.repeats() == limits.least);
    path.go(0.4, 3, 10s);
    CHECK(path.r.repeats() == std::min(limits.most, redundancy::limit));
    path.go(0, 1, 60s);
    CHECK(path.r.repeats() == limits.least);
  }
}

TEST_CASE("reports that are old, doubled or absurd do no harm") {
  redundancy r;
  const testing::rt_guard guard;
  const host_time now{10s};
  CHECK(r.heard({5, 5, 10}, 1, now));
  CHECK_FALSE(r.heard({5, 5, 10}, 1, now));
  CHECK_FALSE(r.heard({4, 4, 9}, 1, now));
  CHECK(r.heard({~0ull >> 11, 1, ~0ull >> 11}, 1, now));
  CHECK_FALSE(r.heard({1, 1, ~0ull >> 10}, 1, now));
  CHECK(r.loss() <= 1);
  CHECK(r.repeats() <= redundancy::limit);
}
