// SPDX-License-Identifier: MIT
//
// How much may be under way to a peer, and how fast it leaves, so that ten thousand events at once
// do not drown a link: the congestion window of TCP, doubled in each round trip until something is
// lost or queues grow, less then, and more again by a datagram a round trip.
//
// It has a floor that no music reaches and no loss takes away: radio loses datagrams without being
// full, and a note that waits is worth nothing. What leaves is spread over the round trip; a few
// datagrams at once always may.
#pragma once

#include <cstddef>
#include <cstdint>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/time/timeline.hpp>
#include <jamnet/toast/frame.hpp>

namespace jamnet::inline v0::toast {

/// Bytes of events a second to one peer, over UDP.
struct rate_limits {
  std::int64_t least = 250'000;      ///< whatever is lost
  std::int64_t most = 1'000'000'000; ///< for who shares a thin line with others
};

class pacer {
public:
  static constexpr std::size_t floor = 10 * datagram_limit, initial = 32 * datagram_limit,
                               most = 256 * 1024;
  static constexpr nanoseconds queue_limit{25'000'000}, crowd_lasts{1'000'000'000};
  static constexpr std::uint64_t crowd = 64; ///< events that wait to leave at all

  explicit pacer(const rate_limits& limits = {}) noexcept
      : limits_{limits.least, std::max(limits.most, std::int64_t{1'000})} {}

  /// When something may leave. [one-thread] [rt-safe] O(1)
  [[nodiscard]] host_time next() const noexcept { return full_at_ - at_once_; }
  /// So much left at `now`. [one-thread] [rt-safe] O(1)
  void sent(std::size_t bytes, host_time now) noexcept {
    full_at_ = std::max(full_at_, now) + lasts(bytes);
    at_once_ = std::max(lasts(floor), nanoseconds{1'000'000});
  }
  /// The peer has `bytes` more; was the window all that held back others? [one-thread] [rt-safe]
  /// O(1)
  void acknowledged(std::size_t bytes, bool was_full) noexcept {
    if (!was_full) return;
    window_ += window_ < threshold_ ? bytes : datagram_limit * bytes / window_ + 1;
    window_ = std::min(window_, most);
  }
  /// An answer took `sample` on a path that takes `smoothed`, at `least`. [one-thread] [rt-safe]
  /// O(1)
  void measured(nanoseconds sample, nanoseconds smoothed, nanoseconds least,
                host_time now) noexcept {
    round_trip_ = std::max(smoothed, nanoseconds{1'000'000});
    if (sample > least + std::max(queue_limit, least / 2)) congested(now);
    window_ = std::max(window_, lowest());
  }
  /// Something was lost, or queues. Counts once a round trip. [one-thread] [rt-safe] O(1)
  void congested(host_time now) noexcept {
    if (now < deaf_until_) return;
    deaf_until_ = now + round_trip_;
    window_ = threshold_ = std::max(window_ * 7 / 10, lowest());
  }
  /// Nothing comes back any more. [one-thread] [rt-safe] O(1)
  void stalled() noexcept {
    threshold_ = std::max(window_ / 2, lowest());
    window_ = lowest();
  }
  /// More wait to leave than can, for now. [one-thread] [rt-safe] O(1)
  void crowded(host_time now) noexcept { crowded_until_ = now + crowd_lasts; }
  /// Whether that was so of late: copies would only make the others wait longer, and what is lost
  /// is lost because it is too much. [one-thread] [rt-safe] O(1)
  [[nodiscard]] bool is_crowded(host_time now) const noexcept { return now < crowded_until_; }
  /// How many bytes may be under way. [one-thread] [rt-safe] O(1)
  [[nodiscard]] std::size_t window() const noexcept { return window_; }
  /// How many bytes may leave a second. [one-thread] [rt-safe] O(1)
  [[nodiscard]] std::int64_t rate() const noexcept {
    return static_cast<std::int64_t>(datagram_limit) * 1'000'000'000 /
           lasts(datagram_limit).count();
  }

private:
  [[nodiscard]] std::size_t lowest() const noexcept {
    const auto bytes =
        static_cast<double>(limits_.least) * static_cast<double>(round_trip_.count()) * 1e-9;
    return static_cast<std::size_t>(std::clamp<double>(bytes, floor, most));
  }
  // Twice as fast as the window passes, so that the window can grow.
  [[nodiscard]] nanoseconds lasts(std::size_t bytes) const noexcept {
    const auto n = static_cast<std::int64_t>(bytes);
    return std::max(round_trip_ * n / static_cast<std::int64_t>(2 * window_),
                    nanoseconds{n * 1'000'000'000 / limits_.most});
  }

  rate_limits limits_;
  std::size_t window_ = initial, threshold_ = most;
  nanoseconds round_trip_{20'000'000}, at_once_{0};
  host_time full_at_ = host_time::min(); // when as much could leave at once as ever may
  host_time deaf_until_ = host_time::min(), crowded_until_ = host_time::min();
};

} // namespace jamnet::inline v0::toast
