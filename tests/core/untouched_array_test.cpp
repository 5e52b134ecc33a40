#include <jamnet/core/untouched_array.hpp>

#include <cstdint>

#include <doctest/doctest.h>

using namespace jamnet;

TEST_CASE("what was written is there, also after a move") {
  untouched_array<std::uint32_t> a{1000};
  REQUIRE(a.size() == 1000);
  for (std::uint32_t i = 0; i < 1000; ++i) a[i] = i;
  auto b = std::move(a);
  CHECK(a.size() == 0);
  CHECK(b.size() == 1000);
  CHECK(b[999] == 999);
  a = std::move(b);
  CHECK(a[500] == 500);
  CHECK(untouched_array<int>{}.data() == nullptr);
}
