#include <jamnet/midi/smf_event.hpp>

#include <vector>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;

namespace {

using bytes = std::vector<std::uint8_t>;

std::vector<ump> packets_of(std::initializer_list<smf_event> events) {
  byte_stream_parser parser{2};
  std::vector<ump> out;
  for (const auto& e : events) smf_packets(e, parser, [&](const ump& p) { out.push_back(p); });
  return out;
}

} // namespace

TEST_CASE("the status byte tells the kind of an event") {
  CHECK(smf_event{.status = 0x80}.kind() == smf_kind::channel);
  CHECK(smf_event{.status = 0xef}.kind() == smf_kind::channel);
  CHECK(smf_event{.status = 0xf0}.kind() == smf_kind::sysex);
  CHECK(smf_event{.status = 0xf7}.kind() == smf_kind::escape);
  CHECK(smf_event{.status = 0xff}.kind() == smf_kind::meta);
}

TEST_CASE("only a set-tempo event of three bytes sets a tempo") {
  const bytes data{0x07, 0xa1, 0x20, 0x00};
  const auto three = bytes_view(data).first(3);
  CHECK(smf_tempo({.status = 0xff, .meta = 0x51, .data = three}) == 500'000);
  CHECK(smf_tempo({.status = 0xff, .meta = 0x51, .data = data}) == 0);
  CHECK(smf_tempo({.status = 0xff, .meta = 0x58, .data = three}) == 0);
  CHECK(smf_tempo({.status = 0xf0, .meta = 0x51, .data = three}) == 0);
}

TEST_CASE("a channel event is one packet of the parser's group, a meta event none") {
  const bytes note{60, 100}, name{'p', 'i'};
  CHECK(packets_of({{.status = 0x93, .data = note}, {.status = 0xff, .meta = 3, .data = name}}) ==
        std::vector<ump>{midi1(0x93, 60, 100, 2)});
}

TEST_CASE("a SysEx may go on in escapes, and an escape may carry any message") {
  const bytes first{1, 2, 3, 4, 5}, rest{6, 7, 0xf7}, start{0xfa}, song{0xf3, 1};
  CHECK(packets_of({{.status = 0xf0, .data = first},
                    {.status = 0xf7, .data = rest},
                    {.status = 0xf7, .data = start},
                    {.status = 0xf7, .data = song}}) == std::vector<ump>{{{0x32160102, 0x03040506}},
                                                                         {{0x32310700, 0}},
                                                                         midi1(0xfa, 0, 0, 2),
                                                                         midi1(0xf3, 1, 0, 2)});
}

TEST_CASE("turning events into packets never allocates") {
  const bytes data(1000, 7);
  byte_stream_parser parser;
  std::size_t count = 0;
  {
    testing::rt_guard guard;
    smf_packets({.status = 0xf0, .data = data}, parser, [&](const ump&) { ++count; });
  }
  CHECK(count == 166);
}
