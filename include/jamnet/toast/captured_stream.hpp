// SPDX-License-Identifier: MIT
//
// One direction of a TCP connection as a capture shows it: segments in any order, some twice, some
// missing, become its bytes in order. What a capture lacks never comes; so what waits behind a gap
// is bounded, and beyond that the gap is given up and said to be one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/bytes.hpp>
#include <jamnet/toast/ip_packet.hpp>

namespace jamnet::inline v0::toast {

class captured_stream {
public:
  static constexpr std::size_t segment_limit = 64;         ///< that wait behind a gap
  static constexpr std::size_t byte_limit = 1024 * 1024;   ///< of all of them
  static constexpr std::uint32_t reach = 16 * 1024 * 1024; ///< further off is another connection

  /// Takes a segment of this direction and calls `sink(bytes_view, bool behind_gap)` for each
  /// piece that is next, in order; behind_gap: bytes before it are missing, or were before the
  /// capture began. [one-thread] [allocates] O(n + what waits)
  template <class Sink>
  void take(const ip_packet& segment, Sink&& sink) {
    const std::uint32_t ahead = segment.sequence - next_;
    const bool elsewhere = ahead >= reach && ahead < 0u - reach;
    const bool anew = segment.begins && segment.sequence != start_;
    if (anew || !begun_ || elsewhere) begin(segment);
    insert(segment.sequence, segment.payload, sink);
    while (held_.size() > segment_limit || held_bytes_ > byte_limit) give_up(sink);
  }
  /// The capture is over: gives what waits behind gaps. [one-thread] [allocates] O(what waits)
  template <class Sink>
  void finish(Sink&& sink) {
    while (!held_.empty()) give_up(sink);
  }
  /// How many bytes the capture lacks between those it has. [one-thread] [rt-safe] O(1)
  [[nodiscard]] std::uint64_t missing() const noexcept { return missing_; }
  [[nodiscard]] std::size_t waiting() const noexcept { return held_bytes_; }

private:
  struct piece {
    std::uint32_t sequence = 0;
    std::vector<std::uint8_t> bytes;
  };

  void begin(const ip_packet& segment) {
    start_ = next_ = segment.sequence;
    gap_ = !segment.begins;
    begun_ = true;
    held_.clear();
    held_bytes_ = 0;
  }
  template <class Sink>
  void insert(std::uint32_t sequence, bytes_view bytes, Sink& sink) {
    const std::uint32_t ahead = sequence - next_;
    if (ahead < reach && ahead > 0) return hold(sequence, bytes);
    deliver(sequence, bytes, sink);
    while (!held_.empty() && held_.front().sequence - next_ - 1 >= reach) {
      const piece p = take_front();
      deliver(p.sequence, p.bytes, sink);
    }
  }
  // Of bytes from `sequence` on, which is not ahead of what is next, those that are new.
  template <class Sink>
  void deliver(std::uint32_t sequence, bytes_view bytes, Sink& sink) {
    const std::uint32_t known = next_ - sequence;
    if (known >= bytes.size()) return;
    bytes = bytes.subspan(known);
    next_ += static_cast<std::uint32_t>(bytes.size());
    sink(bytes, std::exchange(gap_, false));
  }
  void hold(std::uint32_t sequence, bytes_view bytes) {
    if (bytes.empty()) return;
    const auto at = std::upper_bound(
        held_.begin(), held_.end(), sequence - next_,
        [this](std::uint32_t ahead, const piece& p) { return ahead < p.sequence - next_; });
    held_.insert(at, {sequence, {bytes.begin(), bytes.end()}});
    held_bytes_ += bytes.size();
  }
  template <class Sink>
  void give_up(Sink& sink) {
    const piece p = take_front();
    missing_ += p.sequence - next_;
    next_ = p.sequence;
    gap_ = true;
    insert(p.sequence, p.bytes, sink);
  }
  piece take_front() {
    piece p = std::move(held_.front());
    held_.erase(held_.begin());
    held_bytes_ -= p.bytes.size();
    return p;
  }

  std::vector<piece> held_; // in order
  std::size_t held_bytes_ = 0;
  std::uint32_t start_ = 0, next_ = 0;
  std::uint64_t missing_ = 0;
  bool begun_ = false, gap_ = false;
};

} // namespace jamnet::inline v0::toast
