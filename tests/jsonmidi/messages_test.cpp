#include <jamnet/jsonmidi/messages.hpp>

#include <set>
#include <string>

#include <doctest/doctest.h>

#include "packets.hpp"
#include <jamnet/midi/message.hpp>

using namespace jamnet_test;

TEST_CASE("every message is found by its name, the second variant behind the first") {
  for (const auto& row : jsonmidi::messages) {
    const auto* found = jsonmidi::find_message(row.name);
    REQUIRE(found);
    using enum jsonmidi::variant;
    CHECK(found + (row.kind == midi2 || row.kind == sysex8) == &row);
  }
  CHECK(jsonmidi::find_message("noteon") == nullptr);
  CHECK(jsonmidi::find_message("") == nullptr);
}

TEST_CASE("every message is found by its packet, whatever its fields") {
  std::set<std::string_view> found;
  for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
    random_source random{seed};
    const ump packet = random_named(random);
    const auto* row = jsonmidi::find_message(packet);
    CAPTURE(seed);
    REQUIRE(row);
    found.insert(row->name);
  }
  CHECK(found.size() == jsonmidi::detail::name_count);
}

TEST_CASE("a packet with a reserved bit set has no name, or that of another message") {
  for (const auto& row : jsonmidi::messages) {
    const auto masks = row.masks();
    const std::size_t words = ump::word_count(row.word);
    for (std::size_t bit = 0; bit < 32 * words; ++bit) {
      ump packet{{row.word}};
      if ((masks[bit / 32] >> (bit % 32) & 1) != 0) continue;
      packet.words[bit / 32] ^= 1u << (bit % 32);
      const auto* found = jsonmidi::find_message(packet);
      CAPTURE(row.name);
      CAPTURE(bit);
      CHECK(found != &row);
    }
  }
  for (const std::uint32_t status : {0xf0u, 0xf4u, 0xf5u, 0xf7u, 0xf9u, 0xfdu, 0x90u})
    CHECK(jsonmidi::find_message(ump{{0x10000000 | status << 16}}) == nullptr);
  CHECK(jsonmidi::find_message(ump{{0x01000000}}) == nullptr); // utility has no group
}

TEST_CASE("fields of a message do not overlap, and each gives back what it was given") {
  for (const auto& row : jsonmidi::messages) {
    std::array<std::uint32_t, 4> taken{row.word};
    for (const auto& f : row.fields) {
      CAPTURE(row.name);
      CAPTURE(f.name.name());
      for (std::size_t i = 0; i < taken.size(); ++i) {
        // The bit that marks a field as there may be one that is set without it, and the text of
        // flex data may name the banks and statuses that others have.
        CHECK((taken[i] & f.mask(i) & ~f.flag) == 0);
        taken[i] |= f.mask(i);
      }
      if (f.kind > jsonmidi::field_kind::boolean) continue;
      for (const std::int64_t value : {f.min, (f.min + f.max) / 2, f.max - 1, f.max})
        CHECK(f.from_bits(f.to_bits(value)) == value);
    }
  }
}

TEST_CASE("a pitch bend of 8192 is the centre of the packet") {
  const auto* row = jsonmidi::find_message("pitchBend");
  CHECK((row->word | row->fields[0].to_bits(1) | row->fields[1].to_bits(8192)) ==
        ump(pitch_bend{}).words[0]);
}
