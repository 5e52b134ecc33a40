#include <jamnet/jsonmidi/detail/run.hpp>

#include <doctest/doctest.h>

using namespace jamnet;
using jsonmidi::detail::run;
using jsonmidi::detail::run_form;

TEST_CASE("a whole message is one complete packet, or start, continue and end") {
  CHECK(run_form(ump_form::complete, 0, 1) == ump_form::complete);
  CHECK(run_form(ump_form::complete, 0, 3) == ump_form::start);
  CHECK(run_form(ump_form::complete, 1, 3) == ump_form::continued);
  CHECK(run_form(ump_form::complete, 2, 3) == ump_form::end);
}

TEST_CASE("only the first packet of a start starts, and only the last of an end ends") {
  CHECK(run_form(ump_form::start, 0, 2) == ump_form::start);
  CHECK(run_form(ump_form::start, 1, 2) == ump_form::continued);
  CHECK(run_form(ump_form::continued, 0, 2) == ump_form::continued);
  CHECK(run_form(ump_form::continued, 1, 2) == ump_form::continued);
  CHECK(run_form(ump_form::end, 0, 2) == ump_form::continued);
  CHECK(run_form(ump_form::end, 1, 2) == ump_form::end);
  CHECK(run_form(ump_form::end, 0, 1) == ump_form::end);
}

TEST_CASE("a packet takes what it holds; none still takes one") {
  const auto& sysex7 = *jsonmidi::find_message("systemExclusive");
  const ump empty{{sysex7.word | 5u << 24}};
  CHECK(run{sysex7, empty, 0}.packets() == 1);
  CHECK(run{sysex7, empty, 6}.packets() == 1);
  const run two{sysex7, empty, 7};
  CHECK(two.packets() == 2);
  const std::array<std::uint8_t, 24> bytes{1, 2, 3, 4, 5, 6, 7, 8, 9};
  CHECK(two.packet(0, bytes.data(), 6) == ump{{0x35160102, 0x03040506}});
  CHECK(two.packet(1, &bytes[6], 1) == ump{{0x35310700, 0}});
}

TEST_CASE("a sysex8 counts its stream id") {
  const auto& sysex8 = *(jsonmidi::find_message("systemExclusive") + 1);
  const run one{sysex8, {{sysex8.word | 9u << 8}}, 2};
  const std::array<std::uint8_t, 16> bytes{1, 2, 3};
  CHECK(one.packet(0, bytes.data(), 2) == ump{{0x50030901, 0x02000000, 0, 0}});
}
