// SPDX-License-Identifier: MIT
//
// The period of a JACK server in host time.
#pragma once

#include <jamnet/platform/detail/jack_library.hpp>

#if __has_include(<jack/jack.h>) && __has_include(<dlfcn.h>)

#include <cstdint>
#include <utility>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/math.hpp>
#include <jamnet/sync/delivery_clock.hpp>
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
// JACK's own filter of when periods begin is off by milliseconds for seconds after one that came
// too late. So we look ourselves: which frame it was, and when the server began the period, which
// it tells to a frame. That may be late and is never early, as what a driver delivers. All clients
// see the same, so they agree.
class jack_clock {
public:
  explicit jack_clock(double rate, double frames) noexcept
      : frame_ns_{1e9 / rate},
        longest_delay_{nearest(std::max(2e6, frame_ns_ * frames / 2))} {}

  /// The period whose callback this is. Calls the system only where reading its clock does.
  template <clock_source Host = steady_source>
  [[nodiscard]] jack_cycle read(const jack_library& jack, ::jack_client_t* client,
                                const Host& host = {}) noexcept;

private:
  struct look { // at all of JACK's clocks at once
    std::uint32_t first = 0;
    host_time begun{};
    nanoseconds took{};
    bool whole = false; // and not in two periods
  };
  template <class Host>
  [[nodiscard]] look look_at(const jack_library& jack, ::jack_client_t* client,
                             const Host& host) const noexcept;
  [[nodiscard]] delivery_clock fresh() const noexcept {
    return delivery_clock{{.resolution = nanoseconds{nearest(frame_ns_)},
                           .longest_delay = longest_delay_,
                           .skew = 50e-6, // quartzes; what one exceeds it by, the bound says
                           .window = nanoseconds{2'000'000'000}}};
  }
  // Late again and again: a server that was held up goes on counting frames as if nothing had been.
  [[nodiscard]] bool lost_time(nanoseconds late) noexcept {
    constexpr nanoseconds usual{500'000};
    late_in_a_row_ = late > usual ? late_in_a_row_ + 1 : 0;
    return late_in_a_row_ == 8;
  }

  double frame_ns_;
  nanoseconds longest_delay_;
  delivery_clock begun_ = fresh();
  std::uint32_t first_ = 0; // frame of the period before …
  nanoseconds counted_{};   // … and what all before it take
  int late_in_a_row_ = 0;
};

template <class Host>
auto jack_clock::look_at(const jack_library& jack, ::jack_client_t* client,
                         const Host& host) const noexcept -> look {
  const auto first_frame = [&](std::uint32_t& first) {
    jack_time_t begin = 0, next = 0;
    float period = 0;
    return jack.cycle_times(client, &first, &begin, &next, &period) == 0;
  };
  look best;
  for (int i = 0; i < 3 && (!best.whole || best.took > nanoseconds{2'000}); ++i) {
    std::uint32_t first = 0, still = 0;
    const bool told = first_frame(first);
    const auto before = host.now();
    const auto since = jack.frames_since_start(client);
    const auto after = host.now();
    const bool whole = told && first_frame(still) && still == first;
    if (best.whole && (!whole || after - before >= best.took)) continue;
    const auto begun = nanoseconds{nearest((since + 0.5) * frame_ns_)}; // it cuts to a frame
    best = {first, before + (after - before) / 2 - begun, after - before, whole};
  }
  return best;
}

template <clock_source Host>
jack_cycle jack_clock::read(const jack_library& jack, ::jack_client_t* client,
                            const Host& host) noexcept {
  const look seen = look_at(jack, client, host);
  const auto in_ns = [](double ns) { return static_cast<std::uint32_t>(std::clamp(ns, 0.0, 4e9)); };
  if (!seen.whole) // the first period
    return {seen.begun, seen.first, frame_ns_, in_ns(static_cast<double>(longest_delay_.count()))};

  const auto frames = static_cast<std::int32_t>(seen.first - std::exchange(first_, seen.first));
  counted_ += nanoseconds{nearest(frames * frame_ns_)};
  auto placed = begun_.place(counted_, seen.begun);
  auto late = seen.begun - placed.at;
  if (lost_time(late)) {
    begun_ = fresh();
    placed = begun_.place(counted_, seen.begun);
    late = {};
  }
  const auto bound = placed.bound + late + seen.took / 2;
  return {placed.at, seen.first, frame_ns_, in_ns(static_cast<double>(bound.count()))};
}

} // namespace jamnet::inline v0::detail

#endif
