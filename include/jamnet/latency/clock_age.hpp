// SPDX-License-Identifier: MIT
//
// The age of samples by a clock: that nothing sounds before it is a latency old.
//
//     using policies = write_ahead_policies<clock_age<steady_source, young_samples::silenced>>;
//
// Places alone keep the latency as long as reader and writer count the same time. This checks
// that they do. Of each block that is written it keeps when; a frame's age is what the clock says
// since then, with writer and reader each taken to need a frame's time for a frame.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include <jamnet/core/math.hpp>
#include <jamnet/latency/write_ahead_policies.hpp>
#include <jamnet/ring/spsc_ring.hpp>
#include <jamnet/time/clock_source.hpp>

namespace jamnet::inline v0 {

enum class young_samples : bool {
  logged,   ///< counted in buffer_health::young_frames and told to the telemetry
  silenced, ///< that, and not heard
};

template <clock_source Clock, young_samples Young = young_samples::logged>
class clock_age {
public:
  static constexpr bool silences = Young == young_samples::silenced;

  /// `tolerance`: by how much a frame may be too young, for threads are never on time.
  /// [one-thread] [allocates] O(1)
  explicit clock_age(Clock clock = {}, nanoseconds tolerance = std::chrono::milliseconds{1})
      : clock_{std::move(clock)},
        tolerance_{tolerance},
        stamps_{std::make_unique<stamps>()} {}

  /// Beyond 1024 blocks on their way, blocks go unchecked. [producer] [rt-safe] [wait-free] O(1)
  void wrote(std::uint64_t position, std::size_t frames) noexcept {
    if (frames != 0) (void)stamps_->try_push({position, position + frames, clock_.now()});
  }

  /// [consumer] [rt-safe] O(blocks) within the frames
  template <class Report>
  void find_young(std::uint64_t position, std::size_t frames, nanoseconds latency, double rate,
                  Report&& report) noexcept {
    const auto now = clock_.now();
    const auto end = position + frames;
    while (current_.end <= position && stamps_->try_pop(current_)) {
    }
    for (stamp block = current_; block.begin < end; block = current_) {
      const auto ahead = static_cast<double>(static_cast<std::int64_t>(position - block.begin));
      const auto age = now - block.written - nanoseconds{nearest(ahead * 1e9 / rate)};
      const auto first = std::max(block.begin, position), last = std::min(block.end, end);
      if (first < last && age + tolerance_ < latency) report(first - position, last - first);
      if (block.end > end || !stamps_->try_pop(current_)) return;
    }
  }

private:
  struct stamp {
    std::uint64_t begin = 0, end = 0; // positions
    host_time written{};
  };
  using stamps = spsc_ring<stamp, 1024>;

  Clock clock_;
  nanoseconds tolerance_;
  std::unique_ptr<stamps> stamps_;
  stamp current_; // the consumer's: the block that the last frame it took belongs to
};

} // namespace jamnet::inline v0
