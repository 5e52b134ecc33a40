#include <jamnet/core/crc32.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;

namespace {

constexpr auto one_to_nine = std::to_array<std::uint8_t>({49, 50, 51, 52, 53, 54, 55, 56, 57});
static_assert(crc32(one_to_nine) == 0xCBF43926u); // in constant expressions, too

// The definition: the remainder of a division, bit by bit.
std::uint32_t by_definition(bytes_view bytes, std::uint32_t before = 0) {
  std::uint32_t crc = ~before;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int i = 0; i < 8; ++i) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320u : 0u);
  }
  return ~crc;
}

struct way {
  const char* name;
  std::uint32_t (*update)(const std::uint8_t* p, std::size_t size, std::uint32_t crc) noexcept;
  std::size_t least = 0;
};

// All the ways this machine can go, whichever crc32() would choose.
std::vector<way> ways() {
  std::vector<way> all{{"portable", detail::crc32_portable}, {"by_cpu", detail::crc32_by_cpu}};
#if defined(__GNUC__) && defined(__x86_64__)
  if (this_cpu.pclmul) all.push_back({"pclmul", detail::crc32_pclmul, 16});
  if (this_cpu.vpclmul) all.push_back({"vpclmul", detail::crc32_vpclmul, 16});
#elif defined(__GNUC__) && defined(__AARCH64EL__)
  if (this_cpu.arm_crc32) all.push_back({"arm", detail::crc32_arm});
#endif
  return all;
}

std::vector<std::uint8_t> noise(std::size_t size, random_source& random) {
  std::vector<std::uint8_t> bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random.next());
  return bytes;
}

} // namespace

TEST_CASE("the check value of the CRC catalogue holds, and values zlib gives") {
  CHECK(crc32(as_bytes("123456789")) == 0xCBF43926u);
  CHECK(crc32({}) == 0);
  CHECK(crc32({}, 0x12345678) == 0x12345678);
  CHECK(crc32(as_bytes("The quick brown fox jumps over the lazy dog")) == 0x414FA339u);
  CHECK(crc32(std::vector<std::uint8_t>(32, 0)) == 0x190A55ADu);
  CHECK(crc32(std::vector<std::uint8_t>(32, 0xFF)) == 0xFF6CAB0Bu);
}

TEST_CASE("every way gives what the definition gives, for every length, alignment and start") {
  random_source random{1};
  for (const way& w : ways()) {
    CAPTURE(w.name);
    for (std::size_t size = w.least; size <= 600; ++size) {
      CAPTURE(size);
      // Exactly as long as it says: a sanitizer sees a step across either end.
      const std::size_t offset = size % 33;
      const std::vector<std::uint8_t> bytes = noise(offset + size, random);
      const auto before = static_cast<std::uint32_t>(random.next());
      const std::uint32_t expected = by_definition(bytes_view{bytes}.subspan(offset), before);
      REQUIRE(~w.update(bytes.data() + offset, size, ~before) == expected);
    }
    const std::vector<std::uint8_t> bytes = noise(64 + 300, random);
    for (std::size_t offset = 0; offset < 64; ++offset)
      for (std::size_t size = w.least; size <= 300; ++size)
        if (w.update(bytes.data() + offset, size, 7) !=
            detail::crc32_portable(bytes.data() + offset, size, 7))
          FAIL("offset ", offset, " size ", size);
  }
}

TEST_CASE("each single bit counts, wherever it is") {
  for (const std::size_t size : {16u, 19u, 103u, 272u, 273u, 300u}) {
    std::vector<std::uint8_t> bytes(size);
    for (std::size_t bit = 0; bit < 8 * size; ++bit) {
      bytes[bit / 8] = static_cast<std::uint8_t>(1u << bit % 8);
      if (crc32(bytes) != by_definition(bytes)) FAIL("size ", size, " bit ", bit);
      bytes[bit / 8] = 0;
    }
  }
}

TEST_CASE("a checksum taken in pieces equals the one taken at once, wherever it is cut") {
  std::vector<std::uint8_t> bytes(64);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{3});
  const bytes_view all{bytes};
  for (std::size_t cut = 0; cut <= all.size(); ++cut)
    CHECK(crc32(all.subspan(cut), crc32(all.first(cut))) == crc32(all));

  random_source random{2};
  for (int round = 0; round < 200; ++round) {
    CAPTURE(round);
    const std::vector<std::uint8_t> long_one = noise(random.next() % 5000, random);
    std::uint32_t crc = 0;
    for (bytes_view rest{long_one}; !rest.empty();) {
      const std::size_t taken = std::min<std::size_t>(random.next() % 700, rest.size());
      crc = crc32(rest.first(taken), crc);
      rest = rest.subspan(taken);
    }
    REQUIRE(crc == by_definition(long_one));
  }
}

TEST_CASE("a checksum is real-time safe") {
  const std::vector<std::uint8_t> bytes(1000, 9);
  const testing::rt_guard guard;
  CHECK(crc32(bytes) == crc32(bytes_view{bytes}.subspan(1), crc32(bytes_view{bytes}.first(1))));
}
