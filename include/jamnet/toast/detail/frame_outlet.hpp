// SPDX-License-Identifier: MIT
//
// Lays frames into a datagram, each with the next sequence number of its link.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <jamnet/toast/frame.hpp>

namespace jamnet::inline v0::toast::detail {

class frame_outlet {
public:
  frame_outlet(std::span<std::uint8_t> out, std::int64_t timestamp, std::uint32_t& sequence,
               std::uint64_t& count) noexcept
      : frames_{out},
        timestamp_{timestamp},
        sequence_{sequence},
        count_{count} {}

  [[nodiscard]] std::span<std::uint8_t> room() const noexcept { return frames_.open(); }
  [[nodiscard]] std::span<char> text_room() const noexcept {
    return {reinterpret_cast<char*>(room().data()), room().size()};
  }
  void close(frame_type type, std::size_t size) noexcept {
    frames_.close(type, timestamp_, sequence_++, size);
    ++count_;
  }
  /// False, and nothing written, when there is no room.
  template <class Message>
  bool binary(frame_type type, const Message& m) noexcept {
    if (room().size() < Message::size) return false;
    m.write(room().data());
    close(type, Message::size);
    return true;
  }
  template <class Message>
  bool json(frame_type type, const Message& m) noexcept {
    const auto text = encode(m, text_room());
    if (!text.empty()) close(type, text.size());
    return !text.empty();
  }
  [[nodiscard]] std::size_t size() const noexcept { return frames_.written().size(); }

private:
  frame_writer frames_;
  std::int64_t timestamp_;
  std::uint32_t& sequence_;
  std::uint64_t& count_;
};

} // namespace jamnet::inline v0::toast::detail
