#include <jamnet/midi/flex_message.hpp>

#include <doctest/doctest.h>

#include "message_laws.hpp"

using namespace jamnet;

TEST_CASE("flex data is the four words the standard has for it, to a channel or to its group") {
  CHECK(ump(flex_message::set_tempo{.ten_nanos_per_quarter_note = 50'000'000, .group = 3}) ==
        ump{{0xd3100000, 0x02faf080}});
  CHECK(ump(flex_message::set_tempo{.channel = 16}) == ump{{0xd00f0000}});
  CHECK(ump(flex_message::set_time_signature{
            .numerator = 6, .denominator = 3, .thirty_seconds_per_quarter_note = 8}) ==
        ump{{0xd0100001, 0x06030800}});
  CHECK(ump(flex_message::set_metronome{.clocks_per_primary_click = 24,
                                        .accent1 = 1,
                                        .accent2 = 2,
                                        .accent3 = 3,
                                        .subdivision1 = 4,
                                        .subdivision2 = 5}) ==
        ump{{0xd0100002, 0x18010203, 0x04050000}});
  CHECK(ump(flex_message::set_key_signature{.channel = 1, .sharps_or_flats = -3, .tonic = 5}) ==
        ump{{0xd0000005, 0xd5000000}});
  CHECK(ump(flex_message::set_key_signature{.sharps_or_flats = -8}).words[1] == 0x80000000);
  CHECK(ump(flex_message::set_key_signature{.sharps_or_flats = 7}).words[1] == 0x70000000);
}

TEST_CASE("a chord has its tonic, its bass and their alterations in their places") {
  const flex_message::set_chord_name chord{.channel = 4,
                                           .tonic_sharps_or_flats = 1,
                                           .tonic = 5,
                                           .chord_type = 0x11,
                                           .alterations = {{{1, 5}, {2, 6}, {3, 7}, {4, 8}}},
                                           .bass_sharps_or_flats = -2,
                                           .bass_tonic = 7,
                                           .bass_chord_type = 0x13,
                                           .bass_alterations = {{{1, 3}, {2, 4}}},
                                           .group = 15};
  const ump packet{{0xdf030006, 0x15111526, 0x37480000, 0xe7131324}};
  CHECK(ump(chord) == packet);
  const auto back = flex_message::set_chord_name::from(packet);
  REQUIRE(back);
  CHECK(back->channel == 4);
  CHECK(back->alterations[3].degree == 8);
  CHECK(back->bass_sharps_or_flats == -2);
  CHECK(back->bass_alterations[1].type == 2);
}

TEST_CASE("a text of up to twelve bytes fills one packet") {
  CHECK(ump(flex_message::flex_text{.bank = 1, .status = 3, .text = "Take Five"}) ==
        ump{{0xd0100103, 0x54616b65, 0x20466976, 0x65000000}});
  CHECK(ump(flex_message::flex_text{.channel = 2, .form = ump_form::end, .bank = 2, .status = 1}) ==
        ump{{0xd0c10201}});
  const auto text =
      flex_message::flex_text::from(ump{{0xd0500200, 0x41424344, 0x45464748, 0x494a4b4c}});
  REQUIRE(text);
  CHECK(text->form == ump_form::start);
  CHECK(text->channel == std::nullopt);
  CHECK(text->text.text() == "ABCDEFGHIJKL");
}

TEST_CASE("only banks 1 and 2 have texts, only addresses 0 and 1 mean something; other messages "
          "are whole") {
  CHECK_FALSE(flex_message::flex_text::from(ump{{0xd0100000, 0x41000000}}));
  CHECK_FALSE(flex_message::flex_text::from(ump{{0xd0100300, 0x41000000}}));
  CHECK_FALSE(flex_message::flex_text::from(ump{{0xd0200100, 0x41000000}}));
  CHECK_FALSE(flex_message::set_tempo::from(ump{{0xd0300000}}));
  CHECK_FALSE(flex_message::set_tempo::from(ump{{0xd0110000}})); // the group has no channel
  CHECK_FALSE(flex_message::set_tempo::from(ump{{0xd0500000}}));
  CHECK_FALSE(flex_message::set_key_signature::from(ump{{0xd0100005, 1}}));
}

TEST_CASE("the fields of flex data are where the standard has them") {
  using namespace flex_message;
  constexpr std::uint32_t all = 0xffffffff;
  // One bit from the whole group's address, 1, to a channel's, 0.
  CHECK(field_bits(set_tempo{}) == words{0x0f100000, all});
  CHECK(field_bits(set_time_signature{}) == words{0x0f100000, 0xffffff00});
  CHECK(field_bits(set_metronome{}) == words{0x0f100000, all, 0xffff0000});
  CHECK(field_bits(set_key_signature{}) == words{0x0f100000, 0xff000000});
  CHECK(field_bits(set_chord_name{}) == words{0x0f100000, all, 0xffff0000, all});
  CHECK(field_bits(flex_text{}) == words{0x0fd000ff, all, all, all}); // 1 and 2 differ in two bits
  // And from channel 1 to others, or to the group.
  CHECK(field_bits(set_tempo{.channel = 1}) == words{0x0f1f0000, all});
  CHECK(field_bits(flex_text{.channel = 1}) == words{0x0fdf00ff, all, all, all});
}
