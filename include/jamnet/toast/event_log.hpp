// SPDX-License-Identifier: MIT
//
// What a sender remembers of its latest events, so that it can send them again: numbered from 0,
// the oldest forgotten first. One log serves all links; each link keeps its own account of what
// its peer has (toast/send_state.hpp). The bytes lie in one ring, allocated once and touched as it
// fills: ten thousand events at once, or half a minute of a thousand a second that nobody heard.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include <jamnet/core/bytes.hpp>
#include <jamnet/core/untouched_array.hpp>

namespace jamnet::inline v0::toast {

class event_log {
public:
  static constexpr std::size_t capacity = 32'768;         ///< events
  static constexpr std::size_t byte_capacity = 4'194'304; ///< bytes of all events kept

  event_log() : bytes_(byte_capacity), entries_(capacity) {}

  /// Remembers the event that gets number next(); older ones are forgotten as room demands.
  /// Expects at most 65,536 bytes. [one-thread] [rt-safe] O(1) amortised
  void append(bytes_view event, bool urgent) noexcept {
    JAMNET_EXPECTS(event.size() <= 65'536);
    if (next_ - low_ == capacity) ++low_;
    if (write_ + event.size() > byte_capacity) { // no event is split over the ring's end
      while (low_ < next_ && at(low_).offset >= write_) ++low_;
      write_ = 0;
    }
    while (low_ < next_ && at(low_).offset >= write_ && at(low_).offset < write_ + event.size())
      ++low_;
    if (!event.empty()) std::memcpy(bytes_.data() + write_, event.data(), event.size());
    at(next_++) = {static_cast<std::uint32_t>(write_), static_cast<std::uint32_t>(event.size()),
                   urgent};
    write_ += event.size();
  }
  /// The event's bytes. Expects low() <= seq < next(). [one-thread] [rt-safe] O(1)
  [[nodiscard]] bytes_view operator[](std::uint64_t seq) const noexcept {
    JAMNET_EXPECTS(seq >= low_ && seq < next_);
    const entry& e = entries_[seq % capacity];
    return {bytes_.data() + e.offset, e.size};
  }
  /// Whether it goes before others when sent again. Expects low() <= seq < next().
  /// [one-thread] [rt-safe] O(1)
  [[nodiscard]] bool is_urgent(std::uint64_t seq) const noexcept {
    return entries_[seq % capacity].urgent;
  }
  /// The oldest event still kept. [one-thread] [rt-safe] O(1)
  [[nodiscard]] std::uint64_t low() const noexcept { return low_; }
  /// The number the next event will get. [one-thread] [rt-safe] O(1)
  [[nodiscard]] std::uint64_t next() const noexcept { return next_; }

private:
  struct entry {
    std::uint32_t offset = 0, size = 0;
    bool urgent = false;
  };
  entry& at(std::uint64_t seq) noexcept { return entries_[seq % capacity]; }

  untouched_array<std::uint8_t> bytes_;
  untouched_array<entry> entries_;
  std::size_t write_ = 0;
  std::uint64_t low_ = 0, next_ = 0;
};

} // namespace jamnet::inline v0::toast
