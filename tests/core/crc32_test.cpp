#include <jamnet/core/crc32.hpp>

#include <cstdint>
#include <numeric>
#include <vector>

#include <doctest/doctest.h>

using namespace jamnet;

TEST_CASE("the check value of the CRC catalogue holds") {
  CHECK(crc32(as_bytes("123456789")) == 0xCBF43926u);
  CHECK(crc32({}) == 0);
}

TEST_CASE("a checksum taken in pieces equals the one taken at once, wherever it is cut") {
  std::vector<std::uint8_t> bytes(64);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{3});
  const bytes_view all{bytes};
  for (std::size_t cut = 0; cut <= all.size(); ++cut)
    CHECK(crc32(all.subspan(cut), crc32(all.first(cut))) == crc32(all));
}
