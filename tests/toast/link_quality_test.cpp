#include <jamnet/toast/link_quality.hpp>

#include <doctest/doctest.h>

using namespace jamnet;

TEST_CASE("a link of which nothing is known yet has lost nothing and sends no copies") {
  const toast::link_quality q;
  CHECK(q.loss == 0);
  CHECK(q.burst == 1);
  CHECK(q.repeats == 0);
  CHECK(toast::link_statistics{}.frames_missed == 0);
}
