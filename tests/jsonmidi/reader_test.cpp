#include <jamnet/jsonmidi/reader.hpp>

#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "packets.hpp"
#include <jamnet/jsonmidi/encode.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet_test;

namespace {

struct heard {
  std::size_t line;
  failure why; // zero for an event
  midi_event event;
  friend bool operator==(const heard&, const heard&) = default;
};

// What a reader makes of the text when it comes in these pieces.
template <class Cut>
std::vector<heard> read(std::string_view text, Cut&& next_size, const jsonmidi::limits& most = {}) {
  jsonmidi::reader in{most};
  std::vector<heard> all;
  const auto sink = [&](const result<midi_event>& e) {
    all.push_back(e ? heard{in.line_number(), {}, *e} : heard{in.line_number(), e.error(), {}});
  };
  while (!text.empty()) {
    const auto piece = text.substr(0, next_size());
    in.feed(piece, sink);
    text.remove_prefix(piece.size());
  }
  in.finish(sink);
  return all;
}
std::vector<heard> read(std::string_view text, const jsonmidi::limits& most = {}) {
  return read(text, [&] { return text.size(); }, most);
}

const std::string start = R"({"type":"start","timestamp":1})";
const std::string stop = R"({"type":"stop","timestamp":2})";
const midi_event start_event = at(1, {{0x10fa0000}});
const midi_event stop_event = at(2, {{0x10fc0000}});

} // namespace

TEST_CASE("each line is one message, with CRLF as with LF, and empty lines are none") {
  CHECK(read(start + "\n\n \t\r\n" + stop + "\r\n") ==
        std::vector<heard>{{1, {}, start_event}, {4, {}, stop_event}});
}

TEST_CASE("a refused line costs only itself, and its offset counts within it") {
  CHECK(read(start + "\n{\"type\":\"strat\",\"timestamp\":1}\nx\n" + stop + "\n") ==
        std::vector<heard>{{1, {}, start_event},
                           {2, {errc::type_unknown, 8}, {}},
                           {3, {errc::json_syntax, 0}, {}},
                           {4, {}, stop_event}});
}

TEST_CASE("a line without an end is delivered when the stream is over") {
  jsonmidi::reader in;
  int events = 0;
  const auto count = [&](const result<midi_event>& e) { events += e.has_value(); };
  in.feed(start, count);
  CHECK(events == 0);
  in.finish(count);
  CHECK(events == 1);
  in.finish(count);
  in.feed(stop + "\n", count);
  CHECK(events == 2);
}

TEST_CASE("a SysEx line gives each of its packets") {
  const auto all = read(R"({"type":"systemExclusive","timestamp":1,"data":[1,2,3,4,5,6,7]})"
                        "\n");
  REQUIRE(all.size() == 2);
  CHECK(all[0].event.packet == ump{{0x30160102, 0x03040506}});
  CHECK(all[1].event.packet == ump{{0x30310700, 0}});
}

TEST_CASE("an overlong line is told once, as soon as it is known, and costs only itself") {
  const jsonmidi::limits most{.line = 40};
  const std::string text = start + "\n" + std::string(500, 'x') + "\n" + stop + "\n";
  const std::vector<heard> expected{
      {1, {}, start_event}, {2, {errc::line_too_long, 40}, {}}, {3, {}, stop_event}};
  for (std::size_t size = 1; size < text.size(); ++size)
    CHECK(read(text, [&] { return size; }, most) == expected);

  jsonmidi::reader in{most};
  int told = 0;
  for (int i = 0; i < 1000; ++i) in.feed("0123456789", [&](const result<midi_event>&) { ++told; });
  CHECK(told == 1);
}

TEST_CASE("a line of exactly the limit is read, wherever it is cut") {
  const jsonmidi::limits most{.line = start.size()};
  for (std::size_t size = 1; size <= start.size(); ++size)
    CHECK(
        read(start + "\n", [&] { return size; }, most) == std::vector<heard>{{1, {}, start_event}});
  CHECK(read(start + " \n", most).front().why.code == errc::line_too_long);
}

TEST_CASE("where a stream is cut makes no difference") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    random_source random{seed};
    std::string text;
    for (int i = 0; i < 20; ++i) {
      std::array<char, jsonmidi::max_encoded_size> line;
      std::string next{jsonmidi::encode(random_event(random, random_packet(random)), line)};
      if (random.next() % 4 == 0) next.erase(random.next() % next.size(), 1);
      if (random.next() % 8 == 0) next.assign(300, ' ');
      text += next + (random.next() % 5 == 0 ? "\r\n" : "\n");
    }
    const jsonmidi::limits most{.line = 250};
    CAPTURE(seed);
    REQUIRE(read(text, [&] { return random.next() % 100; }, most) == read(text, most));
  }
}

TEST_CASE("lines that come whole allocate nothing") {
  jsonmidi::reader in;
  const std::string text = start + "\n" + stop + "\n";
  int events = 0;
  const testing::rt_guard guard;
  in.feed(text, [&](const result<midi_event>&) { ++events; });
  CHECK(events == 2);
}
