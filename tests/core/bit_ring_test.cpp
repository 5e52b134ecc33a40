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

TEST_CASE("the next flag of a value is found, also behind the ring's end") {
  bit_ring<128> flags;
  for (std::uint64_t n = 1000; n < 1128; ++n)
    if (n % 37 == 0) flags.set(n);
  for (const bool value : {true, false})
    for (std::uint64_t from = 1000; from < 1128; ++from)
      for (const std::uint64_t end : {from, from + 1, std::uint64_t{1127}, std::uint64_t{1128}}) {
        std::uint64_t expected = from;
        while (expected < end && flags[expected] != value) ++expected;
        CHECK(flags.find(value, from, end) == (from < end ? expected : end));
      }
}
