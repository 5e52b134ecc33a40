#include <jamnet/core/bit_ring.hpp>

#include <doctest/doctest.h>

using namespace jamnet;

TEST_CASE("each number has a flag of its own until the ring has come round") {
  bit_ring<128> flags;
  for (std::uint64_t n = 1000; n < 1128; ++n) CHECK_FALSE(flags[n]);
  for (std::uint64_t n = 1000; n < 1128; n += 3) flags.set(n);
  for (std::uint64_t n = 1000; n < 1128; ++n) CHECK(flags[n] == ((n - 1000) % 3 == 0));
  CHECK(flags[1000 + 128] == flags[1000]);
  flags.reset(1003);
  CHECK_FALSE(flags[1003]);
  CHECK(flags[1006]);
}
