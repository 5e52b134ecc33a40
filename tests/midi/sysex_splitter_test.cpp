#include <jamnet/midi/sysex_splitter.hpp>

#include <vector>

#include <doctest/doctest.h>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;

namespace {

using packets = std::vector<ump>;

std::vector<std::uint8_t> counting(std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i & 0x7f);
  return bytes;
}

template <class Packet>
packets split(std::size_t size, const Packet& like) {
  packets out;
  split_sysex(counting(size), like, [&](const ump& p) { out.push_back(p); });
  return out;
}

/// Whether the packets hold these bytes in order, and their forms make one of `whole`.
template <class Packet>
void check_whole(const packets& of, std::size_t size, const Packet& like) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i < of.size(); ++i) {
    const auto part = Packet::from(of[i]);
    REQUIRE(part);
    const bool begins = i == 0 && (like.form == ump_form::complete || like.form == ump_form::start);
    const bool ends =
        i + 1 == of.size() && (like.form == ump_form::complete || like.form == ump_form::end);
    CHECK(part->form == (begins ? ends ? ump_form::complete : ump_form::start
                         : ends ? ump_form::end
                                : ump_form::continued));
    CHECK(part->group == like.group);
    CHECK((part->data.full() || i + 1 == of.size()));
    for (const auto byte : part->data.bytes()) bytes.push_back(byte);
  }
  CHECK(bytes == counting(size));
}

} // namespace

TEST_CASE("a SysEx becomes packets of six bytes, or thirteen, and none is empty but the only one") {
  CHECK(split(0, sysex7{}) == packets{ump{{0x30000000}}});
  CHECK(split(6, sysex7{}) == packets{ump{{0x30060001, 0x02030405}}});
  CHECK(split(7, sysex7{.group = 2}) == packets{ump{{0x32160001, 0x02030405}}, ump{{0x32310600}}});
  CHECK(split(14, sysex8{.stream_id = 9}) ==
        packets{ump{{0x501e0900, 0x01020304, 0x05060708, 0x090a0b0c}}, ump{{0x5032090d}}});
}

TEST_CASE(
    "whatever the length and the form, all bytes come in order and the forms make the whole") {
  for (std::size_t size = 0; size < 100; ++size) {
    CAPTURE(size);
    for (const auto form :
         {ump_form::complete, ump_form::start, ump_form::continued, ump_form::end}) {
      const sysex7 seven{.form = form, .group = 15};
      check_whole(split(size, seven), size, seven);
      CHECK(split(size, seven).size() == sysex_packets<sysex7>(size));
      const sysex8 eight{.form = form, .stream_id = 255, .group = 1};
      check_whole(split(size, eight), size, eight);
      CHECK(split(size, eight).size() == sysex_packets<sysex8>(size));
    }
  }
}

TEST_CASE("a splitter that has finished begins the next message") {
  packets out;
  const auto sink = [&](const ump& p) { out.push_back(p); };
  sysex_splitter<sysex7> splitter;
  for (const int round : {0, 1}) {
    CAPTURE(round);
    out.clear();
    for (const auto byte : counting(20)) splitter.push(byte, sink);
    splitter.finish(sink);
    CHECK(out == split(20, sysex7{}));
  }
}

TEST_CASE("splitting never allocates, however long the SysEx") {
  const auto bytes = counting(100'000);
  std::size_t count = 0;
  {
    const testing::rt_guard guard;
    split_sysex(bytes, sysex8{}, [&](const ump&) { ++count; });
  }
  CHECK(count == sysex_packets<sysex8>(bytes.size()));
}
