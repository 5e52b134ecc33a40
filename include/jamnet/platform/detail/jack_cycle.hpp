// SPDX-License-Identifier: MIT
//
// The period of a JACK server in host time.
#pragma once

#include <jamnet/platform/detail/jack_library.hpp>

#if __has_include(<jack/jack.h>) && __has_include(<dlfcn.h>)

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
class jack_clock {
public:
  explicit jack_clock(double rate) noexcept : usual_frame_ns_{1e9 / rate} {}

  /// The period whose callback this is. Calls the system only where reading its clock does.
  [[nodiscard]] jack_cycle read(const jack_library& jack, ::jack_client_t* client) noexcept;

private:
  double usual_frame_ns_;
  jack_time_t expected_ = 0; // when this period was to begin, by the one before
};

// JACK counts microseconds of a clock of its own. Where the two clocks stand to each other is read
// anew in each period, because they do not run alike, and again where that took long: interrupted.
inline jack_cycle jack_clock::read(const jack_library& jack, ::jack_client_t* client) noexcept {
  const steady_source host;
  host_time middle{};
  jack_time_t now = 0;
  nanoseconds took = nanoseconds::max();
  for (int i = 0; i < 3 && took > nanoseconds{2'000}; ++i) {
    const auto before = host.now();
    const auto seen = jack.time();
    const auto after = host.now();
    if (after - before >= took) continue;
    took = after - before;
    middle = before + took / 2;
    now = seen;
  }

  jack_nframes_t first = 0;
  jack_time_t begin = 0, next = 0;
  float ignored = 0;
  const bool told = jack.cycle_times(client, &first, &begin, &next, &ignored) == 0;
  const jack_nframes_t frames = jack.buffer_size(client);
  if (!told || next <= begin || frames == 0) { // the first period, or one after a pause
    expected_ = 0;
    const double period = usual_frame_ns_ * static_cast<double>(frames);
    return {middle, first, usual_frame_ns_, static_cast<std::uint32_t>(std::min(period, 4e9))};
  }
  const auto apart = [](jack_time_t a, jack_time_t b) { // in ns, of times that are near
    return nanoseconds{static_cast<std::int64_t>(a - b) * 1'000};
  };
  const auto jump = expected_ == 0 ? nanoseconds{0} : apart(begin, expected_);
  expected_ = next;
  jack_cycle cycle;
  cycle.start = middle + apart(begin, now) - nanoseconds{500}; // it cuts to microseconds …
  cycle.first = first;
  cycle.frame_ns = static_cast<double>(apart(next, begin).count()) / static_cast<double>(frames);
  const double bound = static_cast<double>(took.count()) / 2 + 2'000 + // … so this much
                       cycle.frame_ns / 2 + magnitude(static_cast<double>(jump.count()));
  cycle.bound_ns = static_cast<std::uint32_t>(std::min(bound, 4e9));
  return cycle;
}

} // namespace jamnet::inline v0::detail

#endif
