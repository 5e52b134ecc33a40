#include <jamnet/midi/byte_stream.hpp>

#include <vector>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;

namespace {

using bytes = std::vector<std::uint8_t>;
using packets = std::vector<ump>;

struct parsed {
  packets out;
  std::uint64_t dropped;
};

parsed parse(const bytes& in, unsigned group = 0) {
  byte_stream_parser parser{group};
  parsed p{};
  parser.feed(in, [&](const ump& packet) { p.out.push_back(packet); });
  p.dropped = parser.dropped();
  return p;
}

bytes written(const packets& in, running_status running = running_status::off) {
  byte_stream_writer writer{running};
  bytes out;
  for (const auto& packet : in) {
    std::array<std::uint8_t, 8> buffer{};
    const auto size = writer.write(packet, buffer);
    out.insert(out.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(size));
  }
  return out;
}

ump sysex(unsigned form, const bytes& data) {
  ump p{{0x30000000u | form << 20 | static_cast<std::uint32_t>(data.size()) << 16}};
  for (std::size_t i = 0; i < data.size(); ++i)
    p.words[(i + 2) / 4] |= std::uint32_t{data[i]} << (24 - 8 * ((i + 2) % 4));
  return p;
}

packets real_time_first(const packets& in) {
  packets out;
  for (const bool real_time : {true, false})
    for (const auto& p : in)
      if ((p.type() == ump_type::system && p.status() >= 0xf8) == real_time) out.push_back(p);
  return out;
}

bytes sysex_of(std::size_t size) {
  bytes b{0xf0};
  for (std::size_t i = 0; i < size; ++i) b.push_back(static_cast<std::uint8_t>(i & 0x7f));
  b.push_back(0xf7);
  return b;
}

} // namespace

TEST_CASE("every kind of message becomes the packet that carries it, in the parser's group") {
  const bytes in{0x80, 60,   1,    0x91, 61,   2,    0xa2, 62,   3,    0xb3, 63,
                 4,    0xc4, 5,    0xd5, 6,    0xe6, 7,    8,    0xf1, 9,    0xf2,
                 10,   11,   0xf3, 12,   0xf6, 0xf8, 0xfa, 0xfb, 0xfc, 0xfe, 0xff};
  const auto p = parse(in, 9);
  CHECK(p.dropped == 0);
  CHECK(p.out == packets{midi1(0x80, 60, 1, 9), midi1(0x91, 61, 2, 9), midi1(0xa2, 62, 3, 9),
                         midi1(0xb3, 63, 4, 9), midi1(0xc4, 5, 0, 9), midi1(0xd5, 6, 0, 9),
                         midi1(0xe6, 7, 8, 9), midi1(0xf1, 9, 0, 9), midi1(0xf2, 10, 11, 9),
                         midi1(0xf3, 12, 0, 9), midi1(0xf6, 0, 0, 9), midi1(0xf8, 0, 0, 9),
                         midi1(0xfa, 0, 0, 9), midi1(0xfb, 0, 0, 9), midi1(0xfc, 0, 0, 9),
                         midi1(0xfe, 0, 0, 9), midi1(0xff, 0, 0, 9)});
  CHECK(written(p.out) == in);
}

TEST_CASE("running status repeats the last channel message, across real-time bytes") {
  const auto p = parse({0x90, 60, 1, 61, 2, 0xf8, 62, 0xfa, 3, 0xc0, 4, 5});
  CHECK(p.dropped == 0);
  CHECK(p.out == packets{midi1(0x90, 60, 1), midi1(0x90, 61, 2), midi1(0xf8), midi1(0xfa),
                         midi1(0x90, 62, 3), midi1(0xc0, 4), midi1(0xc0, 5)});
  CHECK(written(p.out, running_status::on) ==
        bytes{0x90, 60, 1, 61, 2, 0xf8, 0xfa, 62, 3, 0xc0, 4, 5});
}

TEST_CASE("system common messages and SysEx cancel running status") {
  for (const auto& between : {bytes{0xf6}, bytes{0xf1, 1}, bytes{0xf0, 1, 0xf7}}) {
    bytes in{0x90, 60, 1};
    in.insert(in.end(), between.begin(), between.end());
    in.insert(in.end(), {61, 2});
    const auto p = parse(in);
    CHECK(p.out.size() == 2);
    CHECK(p.dropped == 2);
  }
  const packets notes{midi1(0x90, 60, 1), midi1(0xf6), midi1(0x90, 61, 2)};
  CHECK(written(notes, running_status::on) == bytes{0x90, 60, 1, 0xf6, 0x90, 61, 2});
}

TEST_CASE("a SysEx of any length becomes packets of six bytes and comes back as it was") {
  CHECK(parse({0xf0, 0xf7}).out == packets{sysex(0, {})});
  CHECK(parse(sysex_of(6)).out == packets{sysex(0, {0, 1, 2, 3, 4, 5})});
  CHECK(parse(sysex_of(7)).out == packets{sysex(1, {0, 1, 2, 3, 4, 5}), sysex(3, {6})});
  CHECK(parse(sysex_of(13)).out ==
        packets{sysex(1, {0, 1, 2, 3, 4, 5}), sysex(2, {6, 7, 8, 9, 10, 11}), sysex(3, {12})});
  for (std::size_t size = 0; size < 200; ++size) {
    const auto p = parse(sysex_of(size));
    CHECK(p.dropped == 0);
    CHECK(p.out.size() == (size == 0 ? 1 : (size + 5) / 6));
    CHECK(written(p.out) == sysex_of(size));
  }
}

TEST_CASE("real-time bytes inside a SysEx are handed on at once and leave it whole") {
  const auto p = parse({0xf0, 1, 0xf8, 2, 0xfe, 0xf7});
  CHECK(p.out == packets{midi1(0xf8), midi1(0xfe), sysex(0, {1, 2})});
  CHECK(p.dropped == 0);
}

TEST_CASE("a status byte drops the message it interrupts, and only that") {
  const auto p = parse({0x90, 60, 0xb0, 7, 100, 0xf2, 1, 0x90, 61, 1});
  CHECK(p.out == packets{midi1(0xb0, 7, 100), midi1(0x90, 61, 1)});
  CHECK(p.dropped == 2);
}

TEST_CASE("a status byte ends the SysEx it interrupts, so that the receiver is not left inside") {
  const auto p = parse({0xf0, 1, 2, 3, 4, 5, 6, 7, 0x90, 60, 1, 0xf0, 8, 0xf0, 9, 0xf7});
  CHECK(p.out == packets{sysex(1, {1, 2, 3, 4, 5, 6}), sysex(3, {7}), midi1(0x90, 60, 1),
                         sysex(0, {8}), sysex(0, {9})});
  CHECK(p.dropped == 2);
}

TEST_CASE("what means nothing is dropped and counted") {
  CHECK(parse({1, 2, 3}).dropped == 3);
  CHECK(parse({0xf4, 0xf5, 0xf7, 0xf9, 0xfd}).dropped == 5);
  CHECK(parse({0xf4, 0xf5, 0xf7, 0xf9, 0xfd, 1}).out.empty());
  CHECK(parse({0xf1, 1, 2}).dropped == 1); // system common has no running status
  const auto p = parse({0x90, 0xfd, 60, 0xf9, 1, 0xf0, 0xf9, 5, 0xf7});
  CHECK(p.out == packets{midi1(0x90, 60, 1), sysex(0, {5})});
  CHECK(p.dropped == 3);
}

TEST_CASE("a packet that MIDI 1.0 bytes cannot say has none") {
  std::array<std::uint8_t, 8> out{};
  for (const auto& p :
       {ump{{0x00000000}}, ump{{0x40903c00, 0x80000000}}, ump{{0x10f00000}}, ump{{0x10f40000}},
        ump{{0x10f70000}}, ump{{0x10f90000}}, ump{{0x10900000}}, ump{{0x20f80000}},
        ump{{0x20700000}}, ump{{0x20908000}}, ump{{0x20900080}}, ump{{0x30070000}},
        ump{{0x30400000}}, ump{{0x30018000}}, ump{{0x50000000}}, ump{{0xf0000000}}}) {
    CAPTURE(p.words[0]);
    CHECK(to_bytes(p, out) == 0);
  }
  CHECK(to_bytes(ump{{0x20c08080}}, out) == 0);
  CHECK(to_bytes(ump{{0x20c07f80}}, out) == 2); // what lies behind a message is no part of it
}

TEST_CASE("the writer leaves out the rest of a SysEx that another message cut") {
  const packets in{sysex(3, {1}),      sysex(1, {2}), midi1(0xf8),
                   midi1(0x90, 60, 1), sysex(2, {3}), sysex(3, {4})};
  CHECK(written(in) == bytes{0xf0, 2, 0xf8, 0x90, 60, 1});
}

TEST_CASE("where messages come one by one, nothing of one reaches the next") {
  byte_stream_parser parser;
  packets out;
  const auto message = [&](const bytes& in) {
    const auto sink = [&](const ump& packet) { out.push_back(packet); };
    parser.feed(in, sink);
    parser.end(sink);
    return parser.dropped();
  };
  CHECK(message({0x90, 60, 1}) == 0);
  CHECK(message({61, 2}) == 2); // no running status across
  CHECK(message({0x90, 60}) == 3);
  CHECK(message({1}) == 4);
  CHECK(message({0xf0, 1, 2}) == 5);
  CHECK(message({3, 0xf7}) == 7);
  CHECK(message({0xf0, 4, 0xf7}) == 7);
  CHECK(message({}) == 7);
  CHECK(out == packets{midi1(0x90, 60, 1), sysex(0, {1, 2}), sysex(0, {4})});
}

TEST_CASE("packets survive the bytes; only real-time ones may overtake a SysEx around them") {
  random_source random{1};
  for (int round = 0; round < 300; ++round) {
    CAPTURE(round);
    bytes in;
    for (int i = 0; i < 200; ++i) {
      const auto r = random.next();
      in.push_back(static_cast<std::uint8_t>(r & 7 ? r >> 8 & 0x7f : 0x80 | (r >> 8 & 0x7f)));
    }
    in.push_back(0xf6); // ends whatever is open
    const auto first = parse(in).out;
    for (const auto running : {running_status::off, running_status::on}) {
      const auto again = parse(written(first, running));
      CHECK(real_time_first(again.out) == real_time_first(first));
      CHECK(again.dropped == 0);
    }
  }
}

TEST_CASE("parsing and writing never allocate, however long the SysEx") {
  byte_stream_parser parser;
  byte_stream_writer writer;
  std::size_t size = 0;
  {
    testing::rt_guard guard;
    const auto count = [&](const ump& p) {
      std::array<std::uint8_t, 8> out{};
      size += writer.write(p, out);
    };
    parser.feed(0xf0, count);
    for (unsigned i = 0; i < 100'000; ++i) parser.feed(static_cast<std::uint8_t>(i & 0x7f), count);
    parser.feed(0xf7, count);
  }
  CHECK(size == 100'002);
}

TEST_CASE("whether a SysEx is open is known at every byte") {
  byte_stream_parser parser;
  const auto open_after = [&](std::uint8_t byte) {
    parser.feed(byte, [](const ump&) {});
    return parser.in_sysex();
  };
  CHECK_FALSE(parser.in_sysex());
  CHECK_FALSE(open_after(0x90)); // open, but none
  CHECK(open_after(0xf0));
  CHECK(open_after(1));
  CHECK(open_after(0xf8));
  CHECK_FALSE(open_after(0xf7));
  CHECK(open_after(0xf0));
  CHECK_FALSE(open_after(0xf4));
  CHECK(open_after(0xf0));
  parser.end([](const ump&) {});
  CHECK_FALSE(parser.in_sysex());
}
