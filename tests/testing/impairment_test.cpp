#include <jamnet/testing/impairment.hpp>

#include <doctest/doctest.h>

using namespace jamnet;
using namespace jamnet::testing;
using namespace std::chrono_literals;

TEST_CASE("a perfect path delivers once and at once") {
  random_source random{1};
  for (int i = 0; i < 100; ++i) {
    const auto fate = impair({}, random);
    CHECK(fate.count == 1);
    CHECK(fate.after[0] == 0ns);
  }
}

TEST_CASE("loss, duplication and jitter come as often and as large as asked for") {
  random_source random{2};
  const path_quality path{.delay = 3ms, .jitter = 2ms, .loss = 0.1, .duplication = 0.2};
  int lost = 0, doubled = 0;
  nanoseconds least = 1s, most = 0s;
  for (int i = 0; i < 100'000; ++i) {
    const auto fate = impair(path, random);
    lost += fate.count == 0;
    doubled += fate.count == 2;
    for (std::size_t k = 0; k < fate.count; ++k) {
      least = std::min(least, fate.after[k]);
      most = std::max(most, fate.after[k]);
    }
  }
  CHECK(lost > 9'500);
  CHECK(lost < 10'500);
  CHECK(doubled > 17'300);
  CHECK(doubled < 18'700);
  CHECK(least >= 3ms);
  CHECK(least < 3ms + 10us);
  CHECK(most <= 5ms);
  CHECK(most > 5ms - 10us);
}
