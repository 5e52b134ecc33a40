#include <jamnet/time/time_signature.hpp>

#include <doctest/doctest.h>

using namespace jamnet;

TEST_CASE("a signature is 1 to 255 of a power of two up to 64, and nothing else") {
  int valid = 0;
  for (unsigned n = 0; n < 256; ++n)
    for (unsigned d = 0; d < 256; ++d)
      valid += time_signature{static_cast<std::uint8_t>(n), static_cast<std::uint8_t>(d)}.valid();
  CHECK(valid == 255 * 7);
  CHECK(time_signature{}.valid());
  CHECK(time_signature{7, 64}.valid());
  CHECK_FALSE(time_signature{0, 0}.valid());
  CHECK_FALSE(time_signature{0, 4}.valid());
  CHECK_FALSE(time_signature{7, 3}.valid());
  CHECK_FALSE(time_signature{4, 128}.valid());
}
