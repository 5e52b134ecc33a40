// SPDX-License-Identifier: MIT
//
// Does a device that should be playing still play? Found out by looking now and then how many
// blocks it has asked for.
#pragma once

#include <cstdint>
#include <utility>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/time/timeline.hpp>

namespace jamnet::inline v0::detail {

class audio_watch {
public:
  enum class finding : std::uint8_t { plays, stuck, resumed, gone };

  // All of these are [one-thread] [rt-safe] O(1).

  /// From now on; `may_race`: a device that may hand out blocks faster than they are played, as
  /// JACK does when it renders. Others do so only when nothing is behind them any more.
  void begin(host_time now, std::uint64_t blocks, nanoseconds block, bool may_race) noexcept {
    looked_ = now;
    blocks_ = blocks;
    block_ = std::max(block, nanoseconds{1});
    silent_ = {};
    stuck_ = false;
    may_race_ = may_race;
  }

  /// `open`: whether the device itself says that it is there.
  finding look(host_time now, std::uint64_t blocks, bool open) noexcept {
    // Who looks only now and then, or was suspended, saw no more than a moment of silence.
    const nanoseconds passed = std::clamp(now - looked_, nanoseconds{}, longest_look);
    const std::uint64_t came = blocks - blocks_;
    const bool races = !may_race_ && came > few_blocks + pace(now - looked_);
    looked_ = now;
    blocks_ = blocks;
    if (!open || races) return finding::gone;
    if (came != 0) {
      silent_ = {};
      return std::exchange(stuck_, false) ? finding::resumed : finding::plays;
    }
    silent_ += passed;
    const nanoseconds patience = std::max(least_patience, 16 * block_);
    if (silent_ > patience + give_up) return finding::gone;
    if (stuck_ || silent_ <= patience) return finding::plays;
    stuck_ = true;
    return finding::stuck;
  }

private:
  static constexpr nanoseconds least_patience{200'000'000}, give_up{1'000'000'000};
  static constexpr nanoseconds longest_look{500'000'000};
  static constexpr std::uint64_t few_blocks = 64; // that a device may owe

  // Blocks that eight devices would play meanwhile.
  std::uint64_t pace(nanoseconds passed) const noexcept {
    return static_cast<std::uint64_t>(8 * std::max(passed, nanoseconds{}) / block_);
  }

  host_time looked_{};
  std::uint64_t blocks_ = 0;
  nanoseconds block_{1}, silent_{};
  bool stuck_ = false, may_race_ = false;
};

} // namespace jamnet::inline v0::detail
