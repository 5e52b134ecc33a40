// SPDX-License-Identifier: MIT
//
// Cuts a byte stream, as TCP delivers it, into frames. What arrives whole is never copied; only a
// frame that is split over two reads waits in a buffer, which never outgrows one frame.
#pragma once

#include <cstddef>
#include <vector>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/toast/frame.hpp>

namespace jamnet::inline v0::toast {

class frame_splitter {
public:
  /// Calls `sink(const frame&, bytes_view whole)` for every frame that `bytes` complete. After
  /// bytes that are no frame, returns why and takes nothing more: a stream that has lost its
  /// place cannot find it again. [one-thread] [allocates] O(n)
  template <class Sink>
  result<std::size_t> feed(bytes_view bytes, Sink&& sink) {
    std::size_t count = 0;
    // A frame that began earlier: complete it in the buffer, at first its length, then the rest.
    while (!partial_.empty() && !bytes.empty()) {
      const std::size_t taken = std::min(missing(), bytes.size());
      partial_.insert(partial_.end(), bytes.begin(),
                      bytes.begin() + static_cast<std::ptrdiff_t>(taken));
      bytes = bytes.subspan(taken);
      const auto f = read_frame(partial_);
      if (f) {
        sink(*f, bytes_view{partial_});
        partial_.clear();
        if (partial_.capacity() > 65'536) partial_.shrink_to_fit(); // an idle stream costs little
        ++count;
      } else if (f.error().code != errc::frame_truncated) {
        return f.error();
      }
    }
    while (!bytes.empty()) {
      const auto f = read_frame(bytes);
      if (!f && f.error().code == errc::frame_truncated) {
        partial_.assign(bytes.begin(), bytes.end());
        break;
      }
      if (!f) return f.error();
      sink(*f, bytes.first(f->size()));
      bytes = bytes.subspan(f->size());
      ++count;
    }
    return count;
  }

private:
  /// How many bytes the buffered beginning lacks: to know its length, or to be whole.
  [[nodiscard]] std::size_t missing() const noexcept {
    if (partial_.size() < 4) return 4 - partial_.size();
    return 4 + load_be<std::uint32_t>(partial_.data()) - partial_.size();
  }

  std::vector<std::uint8_t> partial_;
};

} // namespace jamnet::inline v0::toast
