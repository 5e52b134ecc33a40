#include <jamnet/midi/sysex_assembler.hpp>

#include <map>
#include <vector>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/midi/message.hpp>
#include <jamnet/midi/midi2_message.hpp>
#include <jamnet/midi/sysex_splitter.hpp>
#include <jamnet/midi/system_message.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;

namespace {

using bytes = std::vector<std::uint8_t>;
using packets = std::vector<ump>;

struct heard {
  sysex_outcome outcome{};
  unsigned group = 0;
  bytes data{};
  bool eight_bit = false;
  unsigned stream_id = 0;
  friend bool operator==(const heard&, const heard&) = default;
};

template <std::size_t Streams = 1>
struct listener {
  std::array<std::uint8_t, 64> room{};
  sysex_assembler<Streams> in{room};
  std::vector<heard> out{};

  void feed(const ump& packet) {
    in.feed(packet, [&](const sysex_message& m) {
      out.push_back({m.outcome, m.group, {m.data.begin(), m.data.end()}, m.eight_bit, m.stream_id});
    });
  }
  std::vector<heard> hear(const packets& all) {
    out.clear();
    for (const auto& packet : all) feed(packet);
    return out;
  }
};

bytes counting(std::size_t size, std::uint8_t from = 0) {
  bytes b(size);
  for (auto& byte : b) byte = from++ & 0x7f;
  return b;
}

template <class Packet>
packets split(const bytes& data, const Packet& like) {
  packets out;
  split_sysex(data, like, [&](const ump& p) { out.push_back(p); });
  return out;
}

ump part(ump_form form, packet_data<6> data, unsigned group = 0) {
  return sysex7{.form = form, .data = data, .group = group};
}

using enum sysex_outcome;
constexpr auto whole = ump_form::complete, start = ump_form::start, end = ump_form::end;

} // namespace

TEST_CASE("what was split is put together again, up to the room there is") {
  listener<> to;
  CHECK(to.in.max_size() == 64);
  for (std::size_t size = 0; size <= 64; ++size) {
    CAPTURE(size);
    const auto data = counting(size);
    CHECK(to.hear(split(data, sysex7{.group = 3})) == std::vector<heard>{{complete, 3, data}});
    CHECK(to.hear(split(data, sysex8{.stream_id = 7, .group = 3})) ==
          std::vector<heard>{{complete, 3, data, true, 7}});
  }
}

TEST_CASE("messages of other groups and streams come in between; each has its own bytes") {
  listener<4> to;
  const auto a = counting(16, 0), b = counting(16, 16), c = counting(16, 32), d = counting(16, 48);
  const std::array all{split(a, sysex7{}), split(b, sysex7{.group = 1}), split(c, sysex8{}),
                       split(d, sysex8{.stream_id = 1})};
  packets mixed;
  for (std::size_t i = 0; i < 3; ++i)
    for (const auto& one : all)
      if (i < one.size()) mixed.push_back(one[i]);
  CHECK(to.hear(mixed) == std::vector<heard>{{complete, 0, c, true, 0},
                                             {complete, 0, d, true, 1},
                                             {complete, 0, a},
                                             {complete, 1, b}});
}

TEST_CASE("real-time and utility messages, and all of other groups, come in between") {
  listener<> to;
  CHECK(to.hear({part(start, {1}, 2), system_message::timing_clock{.group = 2},
                 midi1(0xfe, 0, 0, 2), ump{{0x00100000}}, note_on{.group = 1}, midi1(0xf6),
                 part(end, {2}, 2)}) == std::vector<heard>{{complete, 2, {1, 2}}});
}

TEST_CASE("channel voice and system common messages of the group break a SysEx of 7 bits") {
  for (const ump& breaker :
       {ump(note_on{.group = 2}), ump(midi2::note_on{.group = 2}), midi1(0xf6, 0, 0, 2)}) {
    listener<2> to;
    CHECK(to.hear({part(start, {1, 2}, 2), part(start, {5}), breaker, part(end, {3}, 2),
                   part(end, {6})}) ==
          std::vector<heard>{{interrupted, 2, {1, 2}}, {stray, 2, {3}}, {complete, 0, {5, 6}}});
    // And none of 8 bits.
    CHECK(to.hear({sysex8{.form = start, .data = {1}, .group = 2}, breaker,
                   sysex8{.form = end, .data = {2}, .group = 2}}) ==
          std::vector<heard>{{complete, 2, {1, 2}, true, 0}});
  }
}

TEST_CASE("a start ends what was open and begins anew") {
  listener<> to;
  CHECK(to.hear({part(start, {1}), part(start, {2}), part(end, {3})}) ==
        std::vector<heard>{{interrupted, 0, {1}}, {complete, 0, {2, 3}}});
  CHECK(to.hear({part(start, {1}), part(whole, {2}), part(end, {3})}) ==
        std::vector<heard>{{interrupted, 0, {1}}, {complete, 0, {2}}, {stray, 0, {3}}});
}

TEST_CASE("a malformed packet breaks its own message, and so does the end that gives it up") {
  listener<2> to;
  const ump malformed{{0x30018000}}, given_up{{0x503f0500}};
  CHECK(to.hear({part(start, {1}), part(start, {9}, 1), malformed, part(end, {8}, 1), malformed}) ==
        std::vector<heard>{{interrupted, 0, {1}}, {complete, 1, {9, 8}}, {stray, 0, {}}});
  CHECK(to.hear({sysex8{.form = start, .stream_id = 5, .data = {1}}, given_up}) ==
        std::vector<heard>{{interrupted, 0, {1}, true, 5}});
}

TEST_CASE("a message too long is said so once, skipped to its end, and costs no other") {
  listener<2> to;
  CHECK(to.in.max_size() == 32);
  auto all = split(counting(33), sysex7{});
  all.insert(all.begin() + 1, part(start, {7}, 1));
  all.push_back(part(end, {8}, 1));
  CHECK(to.hear(all) == std::vector<heard>{{too_long, 0, counting(32)}, {complete, 1, {7, 8}}});

  CHECK(to.hear(split(counting(1000), sysex7{})) ==
        std::vector<heard>{{too_long, 0, counting(32)}});
  auto broken = split(counting(1000), sysex7{});
  broken.pop_back();
  broken.push_back(note_on{}); // lost already: nothing is said again
  CHECK(to.hear(broken) == std::vector<heard>{{too_long, 0, counting(32)}});
  CHECK(to.hear({part(start, {1}), part(end, {2})}) == std::vector<heard>{{complete, 0, {1, 2}}});
}

TEST_CASE("a message more than there is room for is refused; those open keep their room") {
  listener<2> to;
  CHECK(to.hear({part(start, {1}, 1), part(start, {2}, 2), part(start, {3}, 3), part(end, {4}, 3),
                 part(whole, {5}, 4), part(end, {6}, 1), part(end, {7}, 2)}) ==
        std::vector<heard>{{too_many, 3, {3}},
                           {stray, 3, {4}},
                           {complete, 4, {5}},
                           {complete, 1, {1, 6}},
                           {complete, 2, {2, 7}}});
}

TEST_CASE("what is forgotten is neither completed nor said to be interrupted") {
  listener<> to;
  to.feed(part(start, {1}));
  to.in.reset();
  CHECK(to.hear({part(end, {2})}) == std::vector<heard>{{stray, 0, {2}}});
}

TEST_CASE("mixed data sets and reserved statuses are no SysEx") {
  listener<> to;
  CHECK(to.hear({mixed_data_set_header{}, mixed_data_set_payload{}, ump{{0x50410000}},
                 ump{{0x50f00000}}, ump{{0xd0100000}}, ump{{0xf0000000}}})
            .empty());
}

TEST_CASE("without room only messages of one packet are whole") {
  sysex_assembler<1> in{{}};
  std::vector<sysex_outcome> out;
  const auto sink = [&](const sysex_message& m) { out.push_back(m.outcome); };
  in.feed(part(whole, {1, 2, 3}), sink);
  in.feed(part(start, {1}), sink);
  in.feed(part(end, {2}), sink);
  CHECK(out == std::vector{complete, too_long});
}

TEST_CASE("of any packets every data byte that came is in at most one message, and in its order") {
  constexpr std::uint64_t seed = 7;
  CAPTURE(seed);
  random_source random{seed};
  listener<3> to;
  std::map<std::uint64_t, bytes> sent; // what came since the last start, by stream
  std::size_t completed = 0;
  for (int i = 0; i < 100'000; ++i) {
    const auto r = random.next();
    const auto form = static_cast<ump_form>(r & 3);
    const auto group = static_cast<unsigned>(r >> 2 & 1), id = static_cast<unsigned>(r >> 3 & 1);
    const bool eight = (r >> 4 & 1) != 0;
    const auto data = counting(r >> 8 & 3, static_cast<std::uint8_t>(r >> 16 & 0x7f));
    const ump packet =
        eight ? ump(sysex8{.form = form, .stream_id = id, .data = data, .group = group})
              : ump(sysex7{.form = form, .data = data, .group = group});
    auto& so_far = sent[eight ? 2 + group * 2 + id : group];
    if (form == start || form == whole) so_far.clear();
    so_far.insert(so_far.end(), data.begin(), data.end());
    if ((r >> 24 & 31) == 0) to.feed(note_on{.group = group});
    to.out.clear();
    to.feed(packet);
    CHECK(to.out.size() <= 2);
    for (const auto& m : to.out) {
      if (m.outcome != complete) continue;
      ++completed;
      CHECK(m.data == sent[m.eight_bit ? 2 + m.group * 2 + m.stream_id : m.group]);
    }
  }
  CHECK(completed > 30'000);
}

TEST_CASE("putting together never allocates") {
  std::array<std::uint8_t, 1000> room{};
  sysex_assembler<4> in{room};
  std::size_t size = 0;
  const auto data = counting(200);
  const auto all = split(data, sysex7{});
  {
    const testing::rt_guard guard;
    for (const auto& packet : all)
      in.feed(packet, [&](const sysex_message& m) { size += m.data.size(); });
  }
  CHECK(size == 200);
}
