#include <jamnet/sync/sync_options.hpp>

#include <doctest/doctest.h>

using namespace jamnet;
using namespace std::chrono_literals;

TEST_CASE("small rooms ask as often as they like, large ones within what one peer may carry") {
  const sync_options options;
  CHECK(options.fair_interval(0) == 0ns);
  CHECK(options.fair_interval(2) < options.probe.noisy_interval);
  CHECK(options.fair_interval(16) < options.probe.interval);
  for (const std::uint32_t members : {2u, 16u, 32u, 100u, 10'000u}) {
    const double trains = 1e9 / static_cast<double>(options.fair_interval(members).count());
    const double askers = static_cast<double>(clock_askers(members));
    CHECK(trains * askers * 3 * 184 <= 50'001);
  }
  CHECK(options.fair_interval(10'000) == options.fair_interval(32)); // a tree: nobody answers more
}

TEST_CASE("a room of sixteen can be held to five kilobytes a second for its master") {
  sync_options options;
  options.traffic = 5'000;
  CHECK(options.fair_interval(16) == 1'656'000'000ns);
  options.traffic = 0; // as little as possible
  CHECK(options.fair_interval(16) > 1h);
}
