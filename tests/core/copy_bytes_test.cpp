#include <jamnet/core/copy_bytes.hpp>

#include <algorithm>
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;

TEST_CASE("every size, from and to any address, arrives, and nothing beside it is touched") {
  std::vector<unsigned char> from(1400), to(1400);
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<unsigned char>(i * 7 + 1);
  for (std::size_t size = 0; size < 1200; ++size)
    for (const std::size_t at : {0u, 1u, 16u, 31u}) {
      const std::size_t target = 64 + (at * 5) % 37;
      std::fill(to.begin(), to.end(), std::uint8_t{0});
      copy_bytes(to.data() + target, from.data() + at, size);
      bool right = true;
      for (std::size_t i = 0; i < to.size(); ++i) {
        const bool inside = i >= target && i < target + size;
        right &= to[i] == (inside ? from[at + i - target] : 0);
      }
      REQUIRE(right);
    }
}

TEST_CASE("nothing is copied from nowhere, and copying is rt-safe") {
  const testing::rt_guard guard;
  copy_bytes(nullptr, nullptr, 0);
}
