// SPDX-License-Identifier: MIT
//
// What a receiver knows of one sender's events: delivers each number once and in order, holds
// what came too early, and knows what to acknowledge and what to ask for.
//
// It stands between decoding and delivery: the caller decodes an event to learn its number, asks
// offer(), and delivers it at once in the usual case. Only an event that overtook another is
// stored, as bytes, and decoded again when its turn comes. The bytes lie in a ring in the order in
// which they came; it is touched only as far as it was ever filled.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/bit_ring.hpp>
#include <jamnet/core/bytes.hpp>
#include <jamnet/core/untouched_array.hpp>

namespace jamnet::inline v0::toast {

/// Numbers from first to last, both included.
struct seq_range {
  std::uint64_t first = 0, last = 0;
  friend constexpr bool operator==(const seq_range&, const seq_range&) = default;
};

class event_window {
public:
  static constexpr std::uint64_t span = 4096; ///< how far ahead an event may be
  /// A sender that has no more than this under way is never refused for want of memory.
  static constexpr std::size_t byte_span = 256 * 1024;

  explicit event_window(std::uint64_t first = 0)
      : next_{first},
        end_{first},
        start_{first},
        offsets_(span),
        ring_(ring_size) {}

  /// Expects `first` instead of what it did, and nothing has come. [one-thread] [rt-safe] O(span)
  void restart(std::uint64_t first) noexcept {
    next_ = end_ = start_ = first;
    known_ = 0;
    early_ = {};
    head_ = tail_ = 0;
    received_ = duplicates_ = lost_ = refused_ = 0;
  }

  enum class verdict : std::uint8_t {
    deliver,   ///< it is the next: deliver it, then what pop_ready() gives
    hold,      ///< it came early: hold() it
    duplicate, ///< it was received before
    refused    ///< too far ahead, or no room to hold it: its sender will send it again
  };
  /// Judges the arrival of event `seq` whose encoding has `size` bytes; `deliver` counts it as
  /// delivered. [one-thread] [rt-safe] O(1) amortised
  [[nodiscard]] verdict offer(std::uint64_t seq, std::size_t size) noexcept {
    if (seq < next_ || (seq < end_ && early_[seq])) {
      ++duplicates_;
      return verdict::duplicate;
    }
    if (seq == next_) {
      delivered();
      return verdict::deliver;
    }
    if (seq - next_ >= span || !has_room(size)) {
      ++refused_;
      return verdict::refused;
    }
    return verdict::hold;
  }
  /// Stores an early event. Expects that offer() said so. [one-thread] [rt-safe] O(n)
  void hold(std::uint64_t seq, bytes_view event) noexcept {
    const record r{seq, event.size()};
    std::uint8_t* const to = ring_.data() + head_ % ring_size;
    std::memcpy(to, &r, sizeof r);
    if (!event.empty()) std::memcpy(to + sizeof r, event.data(), event.size());
    offsets_[seq % span] = static_cast<std::uint32_t>(head_ % ring_size);
    head_ += footprint(event.size());
    early_.set(seq);
    end_ = std::max(end_, seq + 1);
  }
  /// Takes the next event in order if it was held; false when it is still missing. The view lasts
  /// until the next call of another function. [one-thread] [rt-safe] O(1)
  [[nodiscard]] bool pop_ready(bytes_view& event) noexcept {
    if (next_ == end_ || !early_[next_]) return false;
    const std::size_t at = offsets_[next_ % span];
    event = {ring_.data() + at + sizeof(record), read(at).size};
    early_.reset(next_);
    delivered();
    return true;
  }
  /// The sender no longer keeps what lies below `low`: gives up the next event if it is one of
  /// them and did not come, counts it as lost and returns true; then the caller takes what
  /// pop_ready() gives and asks again. [one-thread] [rt-safe] O(span / 64)
  [[nodiscard]] bool skip_below(std::uint64_t low) noexcept {
    if (next_ >= low || (next_ < end_ && early_[next_])) return false;
    const std::uint64_t held = early_.find(true, next_, end_);
    const std::uint64_t to = held < end_ ? std::min(low, held) : low;
    lost_ += to - next_;
    next_ = to;
    end_ = std::max(end_, next_);
    return true;
  }

  /// The sender has sent all below `seq_next`: what did not come of it is wanted.
  /// [one-thread] [rt-safe] O(1)
  void announce(std::uint64_t seq_next) noexcept { known_ = seq_next; }

  /// The ranges received since the window's start, oldest first, as many as fit `out`; the first
  /// holds all that was delivered. [one-thread] [rt-safe] O(span / 64)
  [[nodiscard]] std::size_t have(std::span<seq_range> out) const noexcept {
    std::size_t count = 0;
    if (next_ > start_ && !out.empty()) out[count++] = {start_, next_ - 1};
    for (auto first = early_.find(true, next_, end_); first < end_ && count < out.size();) {
      const auto behind = early_.find(false, first, end_);
      out[count++] = {first, behind - 1};
      first = early_.find(true, behind, end_);
    }
    return count;
  }
  /// The gaps before the newest event received or announced, oldest first, as many as fit `out`.
  /// [one-thread] [rt-safe] O(span / 64)
  [[nodiscard]] std::size_t want(std::span<seq_range> out) const noexcept {
    std::size_t count = 0;
    for (auto first = next_; first < end_ && count < out.size();) {
      const auto behind = early_.find(true, first, end_);
      out[count++] = {first, behind - 1};
      first = early_.find(false, behind, end_);
    }
    const auto newest = std::min(known_, next_ + span);
    if (end_ < newest && count < out.size()) out[count++] = {end_, newest - 1};
    return count;
  }
  /// Whether anything is missing before the newest. [one-thread] [rt-safe] O(1)
  [[nodiscard]] bool has_gap() const noexcept { return next_ < end_; }

  [[nodiscard]] std::uint64_t next() const noexcept { return next_; }
  [[nodiscard]] std::uint64_t end() const noexcept { return end_; } ///< one beyond the newest
  [[nodiscard]] std::uint64_t received() const noexcept { return received_; }
  [[nodiscard]] std::uint64_t duplicates() const noexcept { return duplicates_; }
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }

private:
  // Before each event in the ring; also where the ring's end is left unused.
  struct record {
    std::uint64_t seq = 0;
    std::uint64_t size = 0;
  };
  // An event is freed when all that came before it are: so two windows' worth may lie there.
  static constexpr std::size_t ring_size = 1u << 20;
  static_assert(ring_size >= 2 * (byte_span + span * 2 * sizeof(record)));

  static constexpr std::size_t footprint(std::size_t size) noexcept {
    return sizeof(record) + (size + sizeof(record) - 1) / sizeof(record) * sizeof(record);
  }
  [[nodiscard]] record read(std::size_t at) const noexcept {
    record r;
    std::memcpy(&r, ring_.data() + at, sizeof r);
    return r;
  }
  void delivered() noexcept {
    ++next_;
    ++received_;
    end_ = std::max(end_, next_);
  }
  // Makes it, by forgetting what was delivered; an event is never split over the ring's end.
  [[nodiscard]] bool has_room(std::size_t size) noexcept {
    if (next_ == end_) head_ = tail_ = 0;
    while (tail_ < head_) {
      const record oldest = read(tail_ % ring_size);
      if (oldest.seq >= next_) break;
      tail_ += footprint(oldest.size);
    }
    const std::size_t need = footprint(size), left = ring_size - head_ % ring_size;
    if (size >= ring_size || (need > left ? left : 0) + need > ring_size - (head_ - tail_))
      return false;
    if (need > left) {
      const record unused{0, left - sizeof(record)};
      std::memcpy(ring_.data() + head_ % ring_size, &unused, sizeof unused);
      head_ += left;
    }
    return true;
  }

  std::uint64_t next_, end_, start_, known_ = 0;
  bit_ring<span> early_; // received, not delivered
  untouched_array<std::uint32_t> offsets_;
  untouched_array<std::uint8_t> ring_;
  std::uint64_t head_ = 0, tail_ = 0; // of the ring, counted on
  std::uint64_t received_ = 0, duplicates_ = 0, lost_ = 0, refused_ = 0;
};

} // namespace jamnet::inline v0::toast
