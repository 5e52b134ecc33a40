#include <jamnet/jsonmidi/detail/canonical_reader.hpp>

#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "packets.hpp"
#include <jamnet/jsonmidi/decode.hpp>
#include <jamnet/jsonmidi/encode.hpp>
#include <jamnet/midi/message.hpp>

using namespace jamnet_test;

namespace {

// Every fast road there is, which must agree where more than one can be taken.
bool try_canonical(std::string_view line, midi_event& event) {
  using namespace jsonmidi::detail;
  canonical_line in_order;
  const bool ordered = read_in_order(line, in_order) && !in_order.row;
  std::vector<midi_event> compact(4);
  std::vector<bool> taken;
  if (line.size() >= 64) {
    taken.push_back(read_compact<portable_digit_map>(line, compact[0]));
    taken.push_back(read_compact<native_digit_map>(line, compact[1]));
#if defined(JAMNET_X86_VECTORS)
    if (this_cpu.avx2) taken.push_back(read_compact_avx2(line, compact[2]));
    if (this_cpu.avx512) taken.push_back(read_compact_avx512(line, compact[3]));
#endif
  }
  for (std::size_t i = 0; i < taken.size(); ++i)
    if (taken[i]) {
      CAPTURE(i);
      CAPTURE(line);
      REQUIRE(ordered);
      REQUIRE(compact[i] == in_order.event);
    }
  event = in_order.event;
  return ordered;
}

// What the strict decoder alone says.
result<midi_event> strictly(std::string_view line) {
  jsonmidi::detail::line_decoder decoder{line, {}};
  if (!decoder.prove()) return decoder.error();
  midi_event event;
  decoder.deliver([&](const midi_event& e) {
    event = e;
    return true;
  });
  return event;
}

} // namespace

TEST_CASE("the fast road takes canonical lines of fixed fields and no others") {
  midi_event event;
  CHECK(try_canonical(R"({"type":"start","timestamp":-5,"seq":0,"group":3})", event));
  CHECK(event == at(-5, midi1(0xfa, 0, 0, 3), 0));
  for (const auto* other : {
           R"({"type":"start","timestamp":-5,"group":3,"seq":0})",
           R"({"type":"start","timestamp":-5,"group":0})",
           R"({"type":"start","timestamp":-5 })",
           R"({"type":"start","timestamp":05})",
           R"({"type":"start","timestamp":-0})",
           R"({"type":"start","timestamp":5.0})",
           R"({"type":"start","timestamp":5,"x":0})",
           R"({"type":"start","timestamp":5}x)",
           R"({"type":"start","timestamp":)",
           R"({"type":"noop","timestamp":5,"group":1})",
           R"({"type":"ump","timestamp":5,"words":[0]})",
       })
    CHECK_MESSAGE(!try_canonical(other, event), other);
}

TEST_CASE(
    "every message of fixed fields takes the fast road, both ways, to the same as the strict") {
  for (std::uint64_t seed = 0; seed < 50'000; ++seed) {
    random_source random{seed};
    midi_event event = random_event(random, random_packet(random));
    event.time = session_time{
        nanoseconds{event.time.time_since_epoch().count() % 1'000'000'000'000'000'000}};
    const auto* row = jsonmidi::find_message(event.packet);
    if (!row || (!row->fields.empty() && row->fields.back().kind > jsonmidi::field_kind::boolean))
      continue;
    if (row->name == "streamConfigurationNotification") continue; // begins as another does
    std::array<char, jsonmidi::max_encoded_size> line;
    const std::string_view text = jsonmidi::encode(event, line);
    midi_event fast;
    CAPTURE(seed);
    CAPTURE(text);
    REQUIRE(try_canonical(text, fast));
    REQUIRE(fast == event);
    const auto strict = strictly(text);
    REQUIRE(strict);
    REQUIRE(*strict == event);
  }
}

TEST_CASE("what the fast road accepts the strict decoder accepts as the same event") {
  const std::string alphabet = "{}[]:,\"\\0123456789.e+- t\n\x80";
  int accepted = 0;
  for (std::uint64_t seed = 0; seed < 200'000; ++seed) {
    random_source random{seed};
    const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random.next() % n); };
    const midi_event event = at(1234, random_named(random), 7);
    std::array<char, jsonmidi::max_encoded_size> buffer;
    std::string line{jsonmidi::encode(event, buffer)};
    for (std::size_t edits = 1 + below(2); edits-- > 0;) {
      const std::size_t at = line.find(':', below(line.size()) / 2) + below(12);
      if (at >= line.size()) continue;
      switch (below(3)) {
      case 0: line.insert(at, 1, alphabet[below(alphabet.size())]); break;
      case 1: line.erase(at, 1); break;
      default: line[at] = alphabet[below(alphabet.size())];
      }
    }
    midi_event fast;
    if (!try_canonical(line, fast)) continue;
    ++accepted;
    const auto strict = strictly(line);
    CAPTURE(line);
    REQUIRE(strict);
    REQUIRE(*strict == fast);
  }
  CHECK(accepted > 10'000);
}
