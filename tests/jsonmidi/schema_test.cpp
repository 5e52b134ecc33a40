#include <jamnet/jsonmidi/schema.hpp>

#include <doctest/doctest.h>

#include <jamnet/midi/message.hpp>

using namespace jamnet;

TEST_CASE("every key and every message is found by its name") {
  for (std::size_t i = 0; i < jsonmidi::key_names.size(); ++i)
    CHECK(jsonmidi::key_index.find(jsonmidi::key_names[i]) == i);
  for (const auto& row : jsonmidi::messages) CHECK(jsonmidi::find_message(row.name) == &row);
  CHECK(jsonmidi::find_message("noteon") == nullptr);
}

TEST_CASE("every message is found by its packet, whatever its fields") {
  for (const auto& row : jsonmidi::messages) {
    CAPTURE(row.name);
    CHECK(jsonmidi::find_message(ump{{row.word}}) == &row);
    CHECK(jsonmidi::find_message(ump{{row.word | row.mask()}}) == &row);
  }
}

TEST_CASE("a packet with a reserved bit set has no name") {
  for (const auto& row : jsonmidi::messages)
    for (unsigned bit = 0; bit < 16; ++bit)
      if ((row.mask() >> bit & 1) == 0)
        CHECK(jsonmidi::find_message(ump{{row.word | 1u << bit}}) == nullptr);
  for (const std::uint32_t status : {0xf0u, 0xf4u, 0xf5u, 0xf7u, 0xf9u, 0xfdu, 0x90u})
    CHECK(jsonmidi::find_message(ump{{0x10000000 | status << 16}}) == nullptr);
  CHECK(jsonmidi::find_message(ump{{0x01000000}}) == nullptr); // utility has no group
}

TEST_CASE("fields of a message do not overlap, and each gives back what it was given") {
  for (const auto& row : jsonmidi::messages) {
    std::uint32_t taken = row.word;
    for (const auto& f : row.fields) {
      CAPTURE(row.name);
      CAPTURE(f.name.name());
      CHECK((taken & f.mask()) == 0);
      taken |= f.mask();
      if (f.max == 0) continue;
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
