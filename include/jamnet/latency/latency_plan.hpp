// SPDX-License-Identifier: MIT
//
// How late, in frames, and how much memory that takes: a user's wish in seconds, checked once.
//
//     const auto plan = latency_plan::of({.rate = 48'000, .channels = 2, .latency = 50ms});
//     if (!plan) return say(to_string(plan.error().code), plan.error().detail);
//     write_ahead_buffer<float> ahead{*plan};
#pragma once

#include <cstdint>

#include <jamnet/core/math.hpp>
#include <jamnet/core/result.hpp>
#include <jamnet/ring/frame_store.hpp>
#include <jamnet/time/timeline.hpp>

namespace jamnet::inline v0 {

struct latency_options {
  double rate = 48'000; ///< Hz, 1 to 10 million
  std::size_t channels = 2;
  nanoseconds latency = std::chrono::milliseconds{50}; ///< rounded to the nearest frame
  nanoseconds largest{}; ///< up to which the latency may be changed later; 0: as it is
  std::size_t block = 1; ///< frames of the largest block that is written or read at once
};

class latency_plan {
public:
  /// Fails with audio_rate, audio_channels, or latency_range for a latency below one frame, above
  /// `largest`, or beyond 2^28 frames; audio_block for a block of none or beyond 2^28.
  /// [any-thread] [rt-safe] O(1)
  [[nodiscard]] static constexpr result<latency_plan> of(const latency_options& wish) noexcept {
    return exactly(frames_in(wish.latency, wish.rate), wish);
  }
  /// The same with the latency in frames. [any-thread] [rt-safe] O(1)
  [[nodiscard]] static constexpr result<latency_plan> exactly(std::int64_t latency,
                                                              const latency_options& wish) noexcept;

  [[nodiscard]] constexpr double rate() const noexcept { return rate_; }
  [[nodiscard]] constexpr std::size_t channels() const noexcept { return shape_.channels(); }
  [[nodiscard]] constexpr std::int64_t latency() const noexcept { return latency_; } ///< frames
  [[nodiscard]] constexpr std::int64_t largest() const noexcept { return largest_; } ///< frames
  [[nodiscard]] constexpr std::size_t block() const noexcept { return block_; }      ///< frames
  /// The power of two at or above four times the largest latency, or more if blocks need it.
  [[nodiscard]] constexpr audio_shape shape() const noexcept { return shape_; }

  [[nodiscard]] constexpr nanoseconds duration(std::int64_t frames) const noexcept {
    return nanoseconds{nearest(static_cast<double>(frames) * 1e9 / rate_)};
  }
  /// To the nearest frame. [any-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr std::int64_t frames(nanoseconds duration) const noexcept {
    return frames_in(duration, rate_);
  }

private:
  static constexpr std::int64_t most = std::int64_t{1} << 28;

  static constexpr std::int64_t frames_in(nanoseconds duration, double rate) noexcept {
    const double frames = static_cast<double>(duration.count()) * 1e-9 * rate;
    return magnitude(frames) < 1e12 ? nearest(frames) : frames < 0 ? -1 : most + 1;
  }

  constexpr latency_plan(double rate, std::int64_t latency, std::int64_t largest, std::size_t block,
                         audio_shape shape) noexcept
      : rate_{rate},
        latency_{latency},
        largest_{largest},
        block_{block},
        shape_{shape} {}

  double rate_;
  std::int64_t latency_, largest_;
  std::size_t block_;
  audio_shape shape_;
};

constexpr result<latency_plan> latency_plan::exactly(std::int64_t latency,
                                                     const latency_options& wish) noexcept {
  const auto wrong = [](errc code, auto number) {
    const auto limited = number < 0 ? 0 : number > UINT32_MAX ? UINT32_MAX : number;
    return failure{code, static_cast<std::uint32_t>(limited)};
  };
  if (!(wish.rate >= 1 && wish.rate <= 1e7)) { // also if it is not a number
    const bool is_number = magnitude(wish.rate) < 1e18;
    return wrong(errc::audio_rate, is_number ? static_cast<std::int64_t>(wish.rate) : 0);
  }
  const std::int64_t largest =
      wish.largest == nanoseconds{} ? latency : frames_in(wish.largest, wish.rate);
  if (latency < 1 || latency > largest || largest > most)
    return wrong(errc::latency_range, latency);
  if (wish.block < 1 || wish.block > static_cast<std::size_t>(most))
    return wrong(errc::audio_block, wish.block);

  // Ahead of the reader: the latency and a block; behind it: what a longer latency will repeat.
  const auto long_run = static_cast<std::size_t>(largest);
  const auto shape =
      audio_shape::of(wish.channels, std::max(4 * long_run, 2 * long_run + wish.block));
  if (!shape) return shape.error();
  return latency_plan{wish.rate, latency, largest, wish.block, *shape};
}

} // namespace jamnet::inline v0
