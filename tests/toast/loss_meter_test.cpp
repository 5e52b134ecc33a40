#include <jamnet/toast/loss_meter.hpp>

#include <cstdint>
#include <set>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/random.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace jamnet::toast;

TEST_CASE("what was lost is counted exactly, whatever was overtaken or doubled") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    random_source random{seed};
    std::vector<std::uint32_t> arrivals;
    const auto first = static_cast<std::uint32_t>(random.next()); // it may pass 2^32
    std::uint64_t lost = 0;
    std::uint64_t runs = 0;
    bool after_gap = false;
    for (std::uint32_t n = 0; n < 2000; ++n) {
      const bool last = n + 40 > 2000, missed = n > 0 && !last && random.uniform() < 0.1;
      lost += missed ? 1u : 0u;
      runs += missed && !after_gap ? 1u : 0u;
      after_gap = missed;
      if (!missed) arrivals.push_back(first + n);
      if (!missed && n > 0 && random.uniform() < 0.1) arrivals.push_back(first + n);
    }
    for (std::size_t i = 1; i + 30 < arrivals.size(); i += 3) // within what it waits for
      std::swap(arrivals[i], arrivals[i + random.next() % 3]);
    loss_meter meter;
    for (const auto n : arrivals) meter.came(n);
    CHECK(meter.missing() == lost);
    CHECK(meter.report().missed == lost);
    CHECK(meter.report().runs == runs);
    CHECK(meter.report().frames == 2000 - loss_meter::patience);
  }
}

TEST_CASE("a frame that is only late was not lost") {
  loss_meter meter;
  for (std::uint32_t n = 0; n < 10; ++n) meter.came(n);
  for (std::uint32_t n = 12; n < 20; ++n) meter.came(n);
  CHECK(meter.missing() == 2);
  CHECK(meter.report().missed == 0);
  meter.came(11);
  CHECK(meter.missing() == 1);
  for (std::uint32_t n = 20; n < 100; ++n) meter.came(n);
  CHECK(meter.report() == loss_report{1, 1, 84});
  meter.came(10); // very late
  CHECK(meter.missing() == 0);
  CHECK(meter.report() == loss_report{0, 1, 84});
  meter.came(10);
  CHECK(meter.missing() == 0);
}

TEST_CASE("a sequence that leaps begins anew, and what is long gone changes nothing") {
  loss_meter meter;
  for (std::uint32_t n = 5000; n < 5100; ++n) meter.came(n);
  meter.came(7);
  meter.came(5099 + static_cast<std::uint32_t>(loss_meter::furthest) + 1);
  CHECK(meter.missing() == 0);
  meter.came(0x8000'0000u);
  CHECK(meter.missing() == 0);
}

TEST_CASE("counting is rt-safe") {
  loss_meter meter;
  const testing::rt_guard guard;
  for (std::uint32_t n = 0; n < 10'000; n += 1 + n % 3) meter.came(n);
}
