#include <jamnet/jsonmidi/detail/compact_writer.hpp>

#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "packets.hpp"
#include <jamnet/jsonmidi/encode.hpp>

using namespace jamnet_test;
using jsonmidi::detail::slow_integer;

namespace {
template <unsigned Digits>
std::string written(slow_integer<Digits>& memory, std::int64_t value) {
  std::array<char, 64> buffer;
  return {buffer.data(), memory.write(buffer.data(), value)};
}

// Numbers where something changes: lengths, signs, ends.
std::vector<std::int64_t> edges() {
  std::vector<std::int64_t> all{INT64_MIN, INT64_MIN + 1, INT64_MAX, INT64_MAX - 1};
  std::int64_t power = 1;
  for (int digits = 1; digits <= 19; ++digits) {
    for (const std::int64_t off : {-1, 0, 1, 5})
      for (const std::int64_t sign : {-1, 1}) {
        all.push_back(sign * (power + off));
        if (power > 1) all.push_back(sign * (INT64_MAX / power * power - off));
      }
    if (digits < 19) power *= 10;
  }
  return all;
}
} // namespace

TEST_CASE("whatever was written before, a number is written as to_chars writes it") {
  for (const std::int64_t before : edges())
    for (const std::int64_t value : edges()) {
      slow_integer<8> time;
      slow_integer<4> seq;
      REQUIRE(written(time, value) == std::to_string(value));
      REQUIRE(written(seq, value) == std::to_string(value));
      slow_integer<8> time_after;
      slow_integer<4> seq_after;
      written(time_after, before);
      written(seq_after, before);
      REQUIRE(written(time_after, value) == std::to_string(value));
      REQUIRE(written(seq_after, value) == std::to_string(value));
    }
}

TEST_CASE("an encoder writes what encode writes, event after event") {
  jsonmidi::encoder encoder;
  std::array<char, jsonmidi::max_encoded_size> one, other;
  midi_event event;
  for (std::uint64_t seed = 0; seed < 100'000; ++seed) {
    random_source random{seed};
    const midi_event next = random_event(random, random_packet(random));
    event.packet = next.packet;
    if (random.next() % 8 == 0) event = next;
    event.time = session_time{event.time.time_since_epoch() / 2}; // with room above it
    event.time += nanoseconds{static_cast<std::int64_t>(random.next() % 50'000'000)};
    if (event.seq != midi_event::no_seq) event.seq = (event.seq + 1) & ((1ull << 53) - 1);
    CAPTURE(seed);
    REQUIRE(encoder.encode(event, one) == jsonmidi::encode(event, other));
  }
}
