// Packets that carry a number, so that whoever hears one knows which it is, and the moments at
// which they are sent.
#pragma once

#include <cstdint>
#include <thread>

#include <jamnet/midi/message.hpp>
#include <jamnet/time/steady_source.hpp>

namespace jamnet_bench {

// So many numbers: a note-on's two data bytes; a velocity of 0 is none.
inline constexpr unsigned ids = 128 * 128 - 128;

inline jamnet::ump numbered(unsigned i) {
  return jamnet::note_on{.note = i % 128, .velocity = 1 + i / 128 % 127};
}
// `ids` if it has none.
inline unsigned number_of(const jamnet::ump& packet) {
  const auto on = jamnet::note_on::from(packet);
  return on ? on->note + 128 * (on->velocity - 1) : ids;
}

inline jamnet::host_time host_now() { return jamnet::steady_source{}.now(); }
inline void sleep_until(jamnet::host_time when) {
  const auto left = when - host_now();
  if (left > jamnet::nanoseconds{0}) std::this_thread::sleep_for(left);
}

inline double in_us(jamnet::nanoseconds d) { return static_cast<double>(d.count()) * 1e-3; }
// Between two moments in ns.
inline float us_between(std::int64_t from, std::int64_t to) {
  return static_cast<float>(static_cast<double>(to - from) * 1e-3);
}

} // namespace jamnet_bench
