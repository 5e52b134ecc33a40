#include <jamnet/core/result.hpp>

#include <memory>
#include <string>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;

namespace {

result<int> half(int n) {
  if (n % 2 != 0) return failure{errc::value_range, static_cast<std::uint32_t>(n)};
  return n / 2;
}

} // namespace

TEST_CASE("a result holds either a value or the failure that prevented it") {
  const auto good = half(8), bad = half(7);
  REQUIRE(good);
  CHECK(*good == 4);
  CHECK(good.value_or(-1) == 4);
  REQUIRE_FALSE(bad);
  CHECK(bad.error() == failure{errc::value_range, 7});
  CHECK(bad.value_or(-1) == -1);
}

TEST_CASE("an errc alone is a failure without detail") {
  const result<std::string> r = errc::refused;
  CHECK(r.error() == failure{errc::refused, 0});
}

TEST_CASE("a value that cannot be copied can be moved in and out") {
  result<std::unique_ptr<int>> r = std::make_unique<int>(5);
  CHECK(**r == 5);
  const std::unique_ptr<int> out = *std::move(r);
  CHECK(*out == 5);
}

TEST_CASE("members of the value are reached by arrow, and can be changed") {
  result<std::string> r = std::string{"ana"};
  r->push_back('!');
  CHECK(*r == "ana!");
}

TEST_CASE("making and reading a result of a plain value is rt-safe") {
  int sum = 0;
  {
    const testing::rt_guard guard;
    sum = half(8).value_or(0) + (half(7) ? 0 : 1);
  }
  CHECK(sum == 5);
}
