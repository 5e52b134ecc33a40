// What is expected fails into this instead of abort(), so that it can be seen.
namespace {
int breaches = 0;
}
#define JAMNET_ASSERT_FAILED(expr) void(++breaches)
#include <jamnet/core/config.hpp>

#include <doctest/doctest.h>

TEST_CASE("JAMNET_EXPECTS calls the hook when, and only when, its condition does not hold") {
  JAMNET_EXPECTS(1 + 1 == 2);
  CHECK(breaches == 0);
  JAMNET_EXPECTS(1 + 1 == 3);
  CHECK(breaches == 1);
}

TEST_CASE("two threads' data lie at least a cache line apart, reachable with and without v0") {
  static_assert(jamnet::cache_line_size >= 64);
  static_assert(jamnet::v0::cache_line_size % 64 == 0);
}
