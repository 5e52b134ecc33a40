// SPDX-License-Identifier: MIT
//
// The period of a JACK server in host time.
#pragma once

#include <jamnet/platform/detail/jack_library.hpp>

#if __has_include(<jack/jack.h>) && __has_include(<dlfcn.h>)

#include <array>
#include <cstddef>
#include <cstdint>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/math.hpp>
#include <jamnet/time/steady_source.hpp>

namespace jamnet::inline v0::detail {

/// A period in host time.
struct jack_cycle {
  host_time start{};          ///< of its first frame …
  std::uint32_t first = 0;    ///< … which has this number, by JACK's count
  double frame_ns = 0;        ///< how long a frame lasts
  std::uint32_t bound_ns = 0; ///< how wrong the moment of a frame may be

  [[nodiscard]] host_time at(double frames) const noexcept {
    return start + nanoseconds{nearest(frames * frame_ns)};
  }
  /// The same for what happens so many frames later, or so many more or fewer.
  [[nodiscard]] jack_cycle later(double frames, double more_or_fewer) const noexcept {
    const double bound = bound_ns + more_or_fewer * frame_ns;
    return {at(frames), first, frame_ns, static_cast<std::uint32_t>(std::min(bound, 4e9))};
  }
};

/// Of one client, from its callback.
//
// JACK tells when a period began by a filter of its own, smooth, and the same for all clients. But
// it takes seconds to come to rest, by milliseconds after a start, or a period that came too late.
// When the period did begin is known to a frame. That may be late, and is never early: so from the
// least late of a few the filter is not let go far.
class jack_clock {
public:
  explicit jack_clock(double rate) noexcept : usual_frame_ns_{1e9 / rate} {}

  /// The period whose callback this is. Calls the system only where reading its clock does.
  [[nodiscard]] jack_cycle read(const jack_library& jack, ::jack_client_t* client) noexcept;

private:
  static constexpr double at_rest = 500'000; // ns: a busy machine is late by as much

  // JACK counts microseconds of a clock of its own.
  static nanoseconds apart(jack_time_t a, jack_time_t b) noexcept {
    return nanoseconds{static_cast<std::int64_t>(a - b) * 1'000};
  }
  double least_late(double late) noexcept {
    late_[count_++ % late_.size()] = late;
    return *std::min_element(late_.begin(), late_.begin() + std::min(count_, late_.size()));
  }

  double usual_frame_ns_;
  jack_time_t expected_ = 0;     // when this period was to begin, by the one before
  std::array<double, 8> late_{}; // by how much periods began after what the filter says, ns …
  std::size_t count_ = 0;        // … of so many
};

// Where the two clocks stand to each other is read anew in each period, because they do not run
// alike, and again where that took long: interrupted.
inline jack_cycle jack_clock::read(const jack_library& jack, ::jack_client_t* client) noexcept {
  const steady_source host;
  host_time middle{};
  jack_time_t now = 0;
  jack_nframes_t since = 0;
  nanoseconds took = nanoseconds::max();
  for (int i = 0; i < 3 && took > nanoseconds{2'000}; ++i) {
    const auto before = host.now();
    const auto seen = jack.time();
    const auto after = host.now();
    const auto seen_since = jack.frames_since_start(client);
    if (after - before >= took) continue;
    took = after - before;
    middle = before + took / 2 - nanoseconds{500}; // it cuts to microseconds
    now = seen;
    since = seen_since;
  }

  jack_nframes_t first = 0;
  jack_time_t begin = 0, next = 0;
  float ignored = 0;
  const bool told = jack.cycle_times(client, &first, &begin, &next, &ignored) == 0;
  const auto frames = static_cast<double>(jack.buffer_size(client));
  jack_cycle cycle{middle, first, usual_frame_ns_, 0};
  double bound = usual_frame_ns_ * frames;
  if (!told || next <= begin) { // the first period
    count_ = 0;
    cycle.start -= nanoseconds{nearest((since + 0.5) * usual_frame_ns_)};
  } else {
    if (begin != expected_) count_ = 0; // it began anew
    cycle.frame_ns = static_cast<double>(apart(next, begin).count()) / frames;
    cycle.start += apart(begin, now);
    const double late =
        static_cast<double>(apart(now, begin).count()) - (since + 0.5) * usual_frame_ns_;
    const double least = least_late(late);
    const double rest = std::clamp(least, -at_rest, at_rest);
    cycle.start += nanoseconds{nearest(least - rest)};
    bound = magnitude(rest) + (least == rest ? 0.5 : 1.5) * cycle.frame_ns + 2'000 +
            static_cast<double>(took.count()) / 2;
  }
  expected_ = next;
  cycle.bound_ns = static_cast<std::uint32_t>(std::min(bound, 4e9));
  return cycle;
}

} // namespace jamnet::inline v0::detail

#endif
