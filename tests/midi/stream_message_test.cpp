#include <jamnet/midi/stream_message.hpp>

#include <doctest/doctest.h>

#include "message_laws.hpp"

using namespace jamnet;

TEST_CASE("a stream message is the four words the standard has for it") {
  CHECK(ump(stream_message::endpoint_discovery{.filter = 0x1f}) == ump{{0xf0000101, 0x0000001f}});
  CHECK(ump(stream_message::endpoint_info{
            .static_function_blocks = true, .function_blocks = 5, .midi2 = true, .rx_jr = true}) ==
        ump{{0xf0010101, 0x85000202}});
  CHECK(ump(stream_message::endpoint_info{.function_blocks = 127, .midi1 = true, .tx_jr = true}) ==
        ump{{0xf0010101, 0x7f000101}});
  CHECK(ump(stream_message::device_identity{.manufacturer = {0x00, 0x21, 0x09},
                                            .family = {1, 2},
                                            .model = {3, 4},
                                            .revision = {5, 6, 7, 127}}) ==
        ump{{0xf0020000, 0x00002109, 0x01020304, 0x0506077f}});
  CHECK(ump(stream_message::stream_configuration_request{.stream_protocol = 2, .rx_jr = true}) ==
        ump{{0xf0050202}});
  CHECK(ump(stream_message::stream_configuration_notification{.tx_jr = true}) == ump{{0xf0060101}});
  CHECK(ump(stream_message::function_block_discovery{.filter = 3}) == ump{{0xf010ff03}});
  CHECK(ump(stream_message::function_block_info{.active = true,
                                                .function_block = 2,
                                                .ui_hint = 3,
                                                .midi1 = 1,
                                                .direction = 2,
                                                .first_group = 4,
                                                .groups = 5,
                                                .ci_version = 1,
                                                .sysex8_streams = 6}) ==
        ump{{0xf0118236, 0x04050106}});
  CHECK(ump(stream_message::start_of_clip{}) == ump{{0xf0200000}});
  CHECK(ump(stream_message::end_of_clip{}) == ump{{0xf0210000}});
}

TEST_CASE("a name of up to fourteen bytes, a function block's of thirteen, fills one packet") {
  CHECK(ump(stream_message::endpoint_name{.text = "Ana"}) == ump{{0xf003416e, 0x61000000}});
  CHECK(
      ump(stream_message::product_instance_id{.form = ump_form::start, .text = "ABCDEFGHIJKLMN"}) ==
      ump{{0xf4044142, 0x43444546, 0x4748494a, 0x4b4c4d4e}});
  CHECK(ump(stream_message::function_block_name{.form = ump_form::end,
                                                .function_block = 9,
                                                .text = "ABC"}) == ump{{0xfc120941, 0x42430000}});
  CHECK(stream_message::endpoint_name::from(ump{{0xf8034100, 0x42000000}})->text.size() == 3);
  CHECK(stream_message::endpoint_name::from(ump{{0xf8034142}})->text.text() == "AB");
}

TEST_CASE("the fields of stream messages are where the standard has them") {
  using namespace stream_message;
  constexpr std::uint32_t all = 0xffffffff;
  CHECK(field_bits(endpoint_discovery{}) == words{0xffff, 0xff});
  CHECK(field_bits(endpoint_info{}) == words{0xffff, 0xff000303});
  CHECK(field_bits(device_identity{}) == words{0, 0x007f7f7f, 0x7f7f7f7f, 0x7f7f7f7f});
  CHECK(field_bits(endpoint_name{}) == words{0x0c00ffff, all, all, all});
  CHECK(field_bits(product_instance_id{}) == words{0x0c00ffff, all, all, all});
  CHECK(field_bits(stream_configuration_request{}) == words{0xff03});
  CHECK(field_bits(stream_configuration_notification{}) == words{0xff03});
  CHECK(field_bits(function_block_discovery{}) == words{0xffff});
  CHECK(field_bits(function_block_info{}) == words{0xff3f, all});
  CHECK(field_bits(function_block_name{}) == words{0x0c00ffff, all, all, all});
  CHECK(field_bits(start_of_clip{}) == words{});
  CHECK(field_bits(end_of_clip{}) == words{});
}
