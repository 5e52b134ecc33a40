// SPDX-License-Identifier: MIT
//
// SysEx dumps that wait to be sent, cut into pieces of which each fits a datagram, in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/jsonmidi/sysex.hpp>

namespace jamnet::inline v0::detail {

class sysex_feed {
public:
  static constexpr std::size_t piece_size = 216; ///< bytes: 36 packets, a line of 1,000 characters
  static constexpr std::size_t capacity = 8'388'608; ///< bytes of all that wait

  /// Takes a dump; false when there is no room. [one-thread] [allocates] O(n)
  [[nodiscard]] bool try_add(bytes_view bytes, session_time at, unsigned group) {
    if (bytes.size() > capacity - waiting_) return false;
    waiting_ += bytes.size();
    dumps_.push_back({{bytes.begin(), bytes.end()}, at, group, 0});
    return true;
  }
  /// The next piece, without time and number; its bytes last until taken(). Expects that there is
  /// one. [one-thread] [rt-safe] O(1)
  [[nodiscard]] jsonmidi::system_exclusive front() const noexcept {
    const dump& d = dumps_.front();
    const auto rest = bytes_view{d.bytes}.subspan(d.sent);
    const auto piece = rest.first(std::min(rest.size(), piece_size));
    const bool starts = d.sent == 0, ends = piece.size() == rest.size();
    jsonmidi::system_exclusive out;
    out.time = d.at;
    out.group = d.group;
    out.form = starts ? ends ? ump_form::complete : ump_form::start
               : ends ? ump_form::end
                      : ump_form::continued;
    out.data = piece;
    return out;
  }
  /// It was sent. The size of the dump if that was its last piece, else 0. [one-thread] O(1)
  [[nodiscard]] std::size_t taken() noexcept {
    dump& d = dumps_.front();
    const std::size_t size = std::min(d.bytes.size() - d.sent, piece_size);
    d.sent += size;
    waiting_ -= size;
    if (d.sent < d.bytes.size()) return 0;
    const std::size_t whole = d.sent;
    dumps_.erase(dumps_.begin());
    return whole;
  }
  [[nodiscard]] bool empty() const noexcept { return dumps_.empty(); }
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_; } ///< bytes
  void clear() noexcept {
    dumps_.clear();
    waiting_ = 0;
  }

private:
  struct dump {
    std::vector<std::uint8_t> bytes;
    session_time at;
    unsigned group;
    std::size_t sent;
  };
  std::vector<dump> dumps_;
  std::size_t waiting_ = 0;
};

} // namespace jamnet::inline v0::detail
