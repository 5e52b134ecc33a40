#include <jamnet/midi/data_message.hpp>

#include <doctest/doctest.h>

#include "message_laws.hpp"

using namespace jamnet;

TEST_CASE("data packets are the words the standard has for them") {
  CHECK(ump(sysex7{.data = {0x7e, 0x7f, 0x06, 0x01}}) == ump{{0x30047e7f, 0x06010000}});
  CHECK(ump(sysex7{.form = ump_form::continued, .data = {1, 2, 3, 4, 5, 6}, .group = 15}) ==
        ump{{0x3f260102, 0x03040506}});
  CHECK(ump(sysex8{.form = ump_form::end, .stream_id = 7, .data = {0x1b}, .group = 1}) ==
        ump{{0x5132071b}});
  CHECK(ump(sysex8{.stream_id = 255}) == ump{{0x5001ff00}});
  CHECK(
      ump(sysex8{.form = ump_form::start, .data = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 255}}) ==
      ump{{0x501e0001, 0x02030405, 0x06070809, 0x0a0b0cff}});
  CHECK(ump(mixed_data_set_header{.mds_id = 2, .data = {0x64, 0, 4, 0, 3, 0, 0x64}, .group = 1}) ==
        ump{{0x51826400, 0x04000300, 0x64000000}});
  CHECK(ump(mixed_data_set_payload{.mds_id = 15, .data = {255}}) == ump{{0x509fff00}});
}

TEST_CASE("from gives form, stream and bytes") {
  const auto seven = sysex7::from(ump{{0x3f330102, 0x03000000}});
  REQUIRE(seven);
  CHECK(seven->form == ump_form::end);
  CHECK(seven->group == 15);
  CHECK(seven->data == packet_data<6>{1, 2, 3});
  const auto eight = sysex8::from(ump{{0x5012ff80}});
  REQUIRE(eight);
  CHECK(eight->stream_id == 255);
  CHECK(eight->data == packet_data<13>{0x80});
}

TEST_CASE("no data packet counts more bytes than it has, and what it does not count is zero") {
  CHECK_FALSE(sysex7::from(ump{{0x30070000}}));
  CHECK_FALSE(sysex7::from(ump{{0x300f0000}}));
  CHECK_FALSE(sysex7::from(ump{{0x30010001}}));
  CHECK_FALSE(sysex7::from(ump{{0x30018000}}));
  CHECK_FALSE(sysex7::from(ump{{0x30400000}}));
  CHECK_FALSE(sysex8::from(ump{{0x50000000}})); // the stream id counts
  CHECK_FALSE(sysex8::from(ump{{0x500f0000}}));
  CHECK_FALSE(sysex8::from(ump{{0x503f0000}})); // a message given up
  CHECK_FALSE(sysex8::from(ump{{0x50010001}}));
  CHECK_FALSE(sysex8::from(ump{{0x50410000}}));
  CHECK_FALSE(mixed_data_set_header::from(ump{{0x50900000}}));
}

TEST_CASE("the fields of data packets are where the standard has them") {
  constexpr std::uint32_t all = 0xffffffff;
  // Of the four bits of the count those that leave it between what is there and what there may be.
  CHECK(field_bits(sysex7{.data = {1, 2, 3, 4, 5, 6}}) == words{0x0f307f7f, 0x7f7f7f7f});
  CHECK(field_bits(sysex7{}) == words{0x0f370000});
  CHECK(field_bits(sysex8{.data = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}}) ==
        words{0x0f30ffff, all, all, all});
  CHECK(field_bits(mixed_data_set_header{}) == words{0x0f0fffff, all, all, all});
  CHECK(field_bits(mixed_data_set_payload{}) == words{0x0f0fffff, all, all, all});
}
