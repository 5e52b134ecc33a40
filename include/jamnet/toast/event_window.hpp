// SPDX-License-Identifier: MIT
//
// What a receiver knows of one sender's events: delivers each number once and in order, holds
// what came too early, and knows what to acknowledge and what to ask for.
//
// It stands between decoding and delivery: the caller decodes an event to learn its number, asks
// offer(), and delivers it at once in the usual case. Only an event that overtook another is
// stored, as bytes, and decoded again when its turn comes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/bit_ring.hpp>
#include <jamnet/core/bytes.hpp>

namespace jamnet::inline v0::toast {

/// Numbers from first to last, both included.
struct seq_range {
  std::uint64_t first = 0, last = 0;
  friend constexpr bool operator==(const seq_range&, const seq_range&) = default;
};

class event_window {
public:
  static constexpr std::uint64_t span = 1024;             ///< how far ahead an event may be
  static constexpr std::size_t byte_capacity = 64 * 1024; ///< bytes held of early events

  explicit event_window(std::uint64_t first = 0) : next_{first}, start_{first} {
    held_.reserve(span);
    bytes_.reserve(byte_capacity);
  }

  enum class verdict : std::uint8_t {
    deliver,   ///< it is the next: deliver it, then what pop_ready() gives
    hold,      ///< it came early: hold() it
    duplicate, ///< it was received before
    refused    ///< too far ahead, or no room to hold it: its sender will send it again
  };
  /// Judges the arrival of event `seq` whose encoding has `size` bytes; `deliver` counts it as
  /// delivered. [one-thread] [rt-safe] O(1)
  [[nodiscard]] verdict offer(std::uint64_t seq, std::size_t size) noexcept {
    if (seq < next_ || (seq - next_ < span && early_[seq])) {
      ++duplicates_;
      return verdict::duplicate;
    }
    if (seq == next_) {
      ++next_;
      ++received_;
      return verdict::deliver;
    }
    if (seq - next_ >= span || bytes_.size() + size > byte_capacity) {
      ++refused_;
      return verdict::refused;
    }
    return verdict::hold;
  }
  /// Stores an early event. Expects that offer() said so. [one-thread] [rt-safe] O(n)
  void hold(std::uint64_t seq, bytes_view event) noexcept {
    early_.set(seq);
    const auto at = std::upper_bound(held_.begin(), held_.end(), seq,
                                     [](std::uint64_t s, const entry& e) { return s < e.seq; });
    held_.insert(at, {seq, static_cast<std::uint32_t>(bytes_.size()),
                      static_cast<std::uint32_t>(event.size())});
    for (const std::uint8_t byte : event) bytes_.push_back(byte);
  }
  /// Takes the next event in order if it was held; false when it is still missing. The view lasts
  /// until the next call. [one-thread] [rt-safe] O(n)
  [[nodiscard]] bool pop_ready(bytes_view& event) noexcept {
    if (held_.empty() || held_.front().seq != next_) {
      if (held_.empty()) bytes_.clear();
      return false;
    }
    event = bytes_view{bytes_}.subspan(held_.front().offset, held_.front().size);
    held_.erase(held_.begin());
    early_.reset(next_);
    ++next_;
    ++received_;
    return true;
  }
  /// The sender no longer keeps what lies below `low`: gives up the next event if it is one of
  /// them and did not come, counts it as lost and returns true; then the caller takes what
  /// pop_ready() gives and asks again. [one-thread] [rt-safe] O(1)
  [[nodiscard]] bool skip_below(std::uint64_t low) noexcept {
    if (next_ >= low || (!held_.empty() && held_.front().seq == next_)) return false;
    const std::uint64_t to = held_.empty() ? low : std::min(low, held_.front().seq);
    lost_ += to - next_;
    next_ = to;
    return true;
  }

  /// The ranges received since the window's start, oldest first, as many as fit `out`; the first
  /// holds all that was delivered. [one-thread] [rt-safe] O(n)
  [[nodiscard]] std::size_t have(std::span<seq_range> out) const noexcept {
    std::size_t count = 0;
    if (next_ > start_ && !out.empty()) out[count++] = {start_, next_ - 1};
    for (const entry& e : held_) {
      if (count > 0 && out[count - 1].last + 1 == e.seq) {
        out[count - 1].last = e.seq;
      } else {
        if (count == out.size()) break;
        out[count++] = {e.seq, e.seq};
      }
    }
    return count;
  }
  /// The gaps before the newest event received, oldest first, as many as fit `out`.
  /// [one-thread] [rt-safe] O(n)
  [[nodiscard]] std::size_t want(std::span<seq_range> out) const noexcept {
    std::size_t count = 0;
    std::uint64_t expected = next_;
    for (const entry& e : held_) {
      if (e.seq != expected) {
        if (count == out.size()) break;
        out[count++] = {expected, e.seq - 1};
      }
      expected = e.seq + 1;
    }
    return count;
  }

  [[nodiscard]] std::uint64_t next() const noexcept { return next_; }
  [[nodiscard]] std::uint64_t received() const noexcept { return received_; }
  [[nodiscard]] std::uint64_t duplicates() const noexcept { return duplicates_; }
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }

private:
  struct entry {
    std::uint64_t seq = 0;
    std::uint32_t offset = 0, size = 0;
  };

  std::uint64_t next_, start_;
  bit_ring<span> early_;            // received, not delivered
  std::vector<entry> held_;         // the early events, by number
  std::vector<std::uint8_t> bytes_; // their bytes; emptied whenever no gap is left
  std::uint64_t received_ = 0, duplicates_ = 0, lost_ = 0, refused_ = 0;
};

} // namespace jamnet::inline v0::toast
