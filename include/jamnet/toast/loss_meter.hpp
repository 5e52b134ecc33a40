// SPDX-License-Identifier: MIT
//
// How many of the other side's frames never came, by their sequence numbers. A flag for each of
// the latest tells a frame that is late from one that is lost, so that reordering is no loss and
// doubling no gain. A frame is reported missing only when so many later ones have come that it
// will hardly come any more; if it does, the count is mended.
#pragma once

#include <cstdint>

#include <jamnet/core/bit_ring.hpp>

namespace jamnet::inline v0::toast {

/// What a receiver says of the frames it was sent, since the link opened.
struct loss_report {
  std::uint64_t missed = 0; ///< frames that did not come …
  std::uint64_t runs = 0;   ///< … in so many pieces
  std::uint64_t frames = 0; ///< of so many
  friend constexpr bool operator==(const loss_report&, const loss_report&) = default;
};

class loss_meter {
public:
  static constexpr std::uint64_t patience = 16; ///< later frames that make one missing
  static constexpr std::uint64_t reach = 1024;  ///< later frames, after which it is not known
  /// A sequence that leaps further was not lost but begins anew.
  static constexpr std::uint64_t furthest = 32'768;

  /// A frame came. [one-thread] [rt-safe] O(frames skipped)
  void came(std::uint32_t sequence) noexcept {
    if (newest_ == 0) begin(sequence);
    auto ahead = static_cast<std::int32_t>(sequence - static_cast<std::uint32_t>(newest_));
    if (ahead > static_cast<std::int64_t>(furthest)) {
      begin(sequence);
      ahead = 1;
    }
    if (ahead <= 0) return came_late(newest_ - static_cast<std::uint64_t>(-std::int64_t{ahead}));
    for (const auto end = newest_ + static_cast<std::uint64_t>(ahead); newest_ < end;) {
      ++newest_;
      came_.reset(newest_);
      if (newest_ == end) came_.set(newest_);
      if (newest_ - first_ >= patience) settle(newest_ - patience);
      ++frames_;
    }
    ++received_;
  }

  /// The next frame begins anew. [one-thread] [rt-safe] O(1)
  void recount() noexcept { newest_ = 0; }

  /// Those that have not come up to the newest, late ones included. [one-thread] [rt-safe] O(1)
  [[nodiscard]] std::uint64_t missing() const noexcept { return frames_ - received_; }
  /// Those that will not come. [one-thread] [rt-safe] O(1)
  [[nodiscard]] const loss_report& report() const noexcept { return settled_; }

private:
  // Numbers go on beyond 2^32, and begin far enough from 0 to look back.
  void begin(std::uint32_t sequence) noexcept {
    newest_ = (std::uint64_t{1} << 32) + sequence - 1;
    first_ = newest_ + 1;
    after_gap_ = false;
  }
  void settle(std::uint64_t n) noexcept {
    ++settled_.frames;
    const bool missed = !came_[n];
    settled_.missed += missed ? 1u : 0u;
    settled_.runs += missed && !after_gap_ ? 1u : 0u;
    after_gap_ = missed;
  }
  void came_late(std::uint64_t n) noexcept {
    if (n < first_ || newest_ - n >= reach || came_[n]) return;
    came_.set(n);
    ++received_;
    if (n + patience <= newest_) --settled_.missed;
  }

  std::uint64_t first_ = 0, newest_ = 0;
  std::uint64_t frames_ = 0, received_ = 0;
  bit_ring<reach> came_;
  loss_report settled_;
  bool after_gap_ = false;
};

} // namespace jamnet::inline v0::toast
