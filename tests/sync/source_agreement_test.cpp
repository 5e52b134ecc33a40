#include <jamnet/sync/source_agreement.hpp>

#include <vector>

#include <doctest/doctest.h>

using namespace jamnet;

TEST_CASE("the rate most agree on, the host's 0 among them") {
  const auto agreed = [](std::vector<double> rates) { return agreed_rate(rates); };
  CHECK(agreed({}) == 0);
  CHECK(agreed({0.5}) == 0);           // word against word: the host's
  CHECK(agreed({-0.5}) == 0);          //
  CHECK(agreed({0.5, 0.4}) == 0.4);    // two against the host
  CHECK(agreed({-0.5, -0.4}) == -0.4); //
  CHECK(agreed({0.5, -0.4}) == 0);     // all different: the middle
  CHECK(agreed({9, 1e-5, 2e-5}) == 1e-5);
  CHECK(agreed({1e-5, -9, 2e-5}) == 0);
  CHECK(agreed({3, 2, 1, 4}) == 2);
  CHECK(agreed({0, 0, 7}) == 0);
}
