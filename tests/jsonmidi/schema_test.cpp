#include <jamnet/jsonmidi/schema.hpp>

#include <doctest/doctest.h>

using namespace jamnet;
using jsonmidi::field;

TEST_CASE("every key is found by its name") {
  for (std::size_t i = 0; i < jsonmidi::key_names.size(); ++i)
    CHECK(jsonmidi::key_index.find(jsonmidi::key_names[i]) == i);
}

TEST_CASE("a positive minimum is stored as zero, a negative one as two's complement") {
  const field channel{.name = "channel", .min = 1, .max = 16, .shift = 16, .high_shift = 23};
  CHECK(channel.to_bits(1) == 0);
  CHECK(channel.to_bits(16) == 0x000f0000);
  CHECK(channel.from_bits(0xffffffff) == 16);
  CHECK(channel.mask(0) == 0x000f0000);
  CHECK(channel.mask(1) == 0);

  const field sharps{
      .name = "tonic", .min = -8, .max = 7, .word = 1, .shift = 28, .high_shift = 31};
  CHECK(sharps.to_bits(-8) == 0x80000000);
  CHECK(sharps.to_bits(-1) == 0xf0000000);
  CHECK(sharps.to_bits(7) == 0x70000000);
  for (std::int64_t value = -8; value <= 7; ++value)
    CHECK(sharps.from_bits(sharps.to_bits(value) | 0x0fffffff) == value);
}

TEST_CASE("fourteen bits lie in two halves, either first") {
  const field bend{.name = "value", .max = 16383, .shift = 8, .high_shift = 0};
  const field bank{.name = "bank", .max = 16383, .shift = 0, .high_shift = 8};
  CHECK(bend.to_bits(8192) == 0x0040);
  CHECK(bend.to_bits(1) == 0x0100);
  CHECK(bank.to_bits(8192) == 0x4000);
  for (std::int64_t value = 0; value < 16384; ++value) {
    REQUIRE(bend.from_bits(bend.to_bits(value)) == value);
    REQUIRE(bank.from_bits(bank.to_bits(value)) == value);
  }
}
