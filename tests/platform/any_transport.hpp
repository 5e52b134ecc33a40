// Transports and times drawn at random, the ends of all ranges among them; the bench asks them,
// too.
#pragma once

#include <cstdint>
#include <limits>
#include <utility>

#include <jamnet/core/random.hpp>
#include <jamnet/time/tick_map.hpp>
#include <jamnet/transport/transport_state.hpp>

namespace jamnet_test {

using namespace jamnet;

inline transport_state any_transport(random_source& random) {
  const auto signed_bits = [&] { return static_cast<std::int64_t>(random.next()); };
  const auto somewhere = [&] { // near the start, as a rule
    const std::int64_t far = std::int64_t{1} << 60;
    if (random.next() % 8 == 0) return quarter_notes{random.next() % 2 == 0 ? far : -far};
    return quarter_notes{signed_bits() >> (random.next() % 4 == 0 ? 3 : 20)};
  };
  transport_state s;
  s.mode = static_cast<transport_mode>(random.next() % 8 < 2 ? random.next() % 4 : 1);
  s.signature.numerator = static_cast<std::uint8_t>(1 + random.next() % 255);
  s.signature.denominator = static_cast<std::uint8_t>(1u << random.next() % 7);
  s.since = session_time{nanoseconds{signed_bits() >> (1 + random.next() % 16)}};
  s.position = somewhere();
  s.bpm = random.next() % 8 == 0 ? (random.next() % 2 == 0 ? 1 : 999) : random.uniform(1, 999);
  s.bar_line = somewhere();
  s.bar = signed_bits() >> (1 + random.next() % 40);
  if (random.next() % 2 == 0) { // a loop, mostly one that is played
    s.loop_from = somewhere();
    s.loop_to = somewhere();
    if (s.loop_to < s.loop_from) std::swap(s.loop_from, s.loop_to);
    if (s.loop_to - s.loop_from < s.shortest_loop) s.loop_to = s.loop_from;
    if (s.loop_from < s.loop_to && random.next() % 4 != 0) s.position = s.loop_from;
  }
  return s;
}

/// Some before it begins, most while it plays, some at the end of time.
inline session_time any_time(random_source& random, const transport_state& s) {
  const auto bits = static_cast<std::int64_t>(random.next());
  switch (random.next() % 8) {
  case 0: return session_time{nanoseconds{bits}};
  case 1: return session_time{nanoseconds{std::numeric_limits<std::int64_t>::min() + (bits & 1)}};
  case 2: return session_time{nanoseconds{std::numeric_limits<std::int64_t>::max() - (bits & 1)}};
  case 3: return s.since + nanoseconds{bits % 4};
  default: return s.since + nanoseconds{bits >> (9 + random.next() % 40)};
  }
}

inline tick_map<session_timeline> any_counter(random_source& random, const transport_state& s) {
  tick_map<session_timeline> map;
  map.valid_bits = 32 + static_cast<unsigned>(random.next() % 33);
  map.from = random.next() & tick_format{1, map.valid_bits}.mask();
  map.to = session_time{nanoseconds{s.since.time_since_epoch().count() / 2}};
  map.residual = random.uniform(-1, 1);
  map.tick_ns = random.next() % 2 == 0 ? random.uniform(0.1, 100) : random.uniform(1, 1e6);
  return map;
}

} // namespace jamnet_test
