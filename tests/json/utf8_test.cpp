#include <jamnet/json/utf8.hpp>

#include <string>

#include <doctest/doctest.h>

using namespace jamnet;

TEST_CASE("every Unicode character reads back from its own encoding, and no surrogate does") {
  for (std::uint32_t c = 0; c <= 0x10ffff; ++c) {
    char bytes[4];
    const std::size_t size = json::utf8_encode(c, bytes);
    const std::size_t expected = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    const bool surrogate = c >= 0xd800 && c <= 0xdfff;
    const bool good = size == expected &&
                      json::utf8_length({bytes, size}) == (surrogate ? 0 : size) &&
                      (size == 1 || json::utf8_length({bytes, size - 1}) == 0);
    if (!good) FAIL("character " << c);
  }
}

TEST_CASE("of all sequences of four bytes exactly the well-formed ones have a length") {
  // Counting by first and second byte is enough: the rest need only be tails.
  std::size_t two = 0, three = 0, four = 0;
  for (unsigned first = 0x80; first < 0x100; ++first)
    for (unsigned second = 0; second < 0x100; ++second) {
      const char bytes[] = {static_cast<char>(first), static_cast<char>(second), '\x80', '\x80'};
      const std::size_t length = json::utf8_length({bytes, 4});
      two += length == 2, three += length == 3, four += length == 4;
    }
  CHECK(two == 30 * 64);
  CHECK(three == (0x10000 - 0x800 - 0x800) / 64);
  CHECK(four == 0x100000 / 64 / 64);
  CHECK(json::utf8_length("") == 0);
}
