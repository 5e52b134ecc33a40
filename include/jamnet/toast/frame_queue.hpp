// SPDX-License-Identifier: MIT
//
// Whole frames that wait for a stream which takes them byte by byte. What was begun must be
// finished, or the other side loses its place; what was not can be forgotten for an ERRO.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <jamnet/core/bytes.hpp>
#include <jamnet/toast/frame.hpp>

namespace jamnet::inline v0::toast {

class frame_queue {
public:
  /// Expects whole frames. [one-thread] [allocates] O(n)
  void append(bytes_view frames) { bytes_.insert(bytes_.end(), frames.begin(), frames.end()); }

  /// What to send next; empty when nothing waits. [one-thread] [rt-safe] O(1)
  [[nodiscard]] bytes_view front() const noexcept { return bytes_view{bytes_}.subspan(sent_); }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size() - sent_; }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }

  /// The stream took so many bytes of front(). [one-thread] [rt-safe] O(1) amortised
  void sent(std::size_t count) noexcept {
    JAMNET_EXPECTS(count <= size());
    sent_ += count;
    if (sent_ == bytes_.size()) {
      const bool was_large = bytes_.capacity() > keep;
      bytes_.clear();
      sent_ = 0;
      if (was_large) bytes_.shrink_to_fit(); // an idle stream costs little
    } else if (sent_ > keep && sent_ > bytes_.size() / 2) {
      const auto whole = begun_at();
      bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(whole));
      sent_ -= whole;
    }
  }
  /// Forgets the frames of which nothing was sent. [one-thread] [rt-safe] O(frames)
  void forget_unsent() noexcept {
    const auto begun = begun_at();
    bytes_.resize(begun < sent_ ? begun + size_at(begun) : sent_);
  }

private:
  static constexpr std::size_t keep = 65'536;

  [[nodiscard]] std::size_t size_at(std::size_t at) const noexcept {
    return 4 + load_be<std::uint32_t>(bytes_.data() + at);
  }
  // Where the frame begins of which a part was sent, or else sent_.
  [[nodiscard]] std::size_t begun_at() const noexcept {
    std::size_t at = 0;
    while (at < sent_ && at + size_at(at) <= sent_) at += size_at(at);
    return at;
  }

  std::vector<std::uint8_t> bytes_; // begins with a frame
  std::size_t sent_ = 0;            // bytes of it
};

} // namespace jamnet::inline v0::toast
