// SPDX-License-Identifier: MIT
//
// The payload of a PEER frame, the first of every datagram: whose it is and for whom.
#pragma once

#include <cstddef>
#include <cstdint>

#include <jamnet/core/bytes.hpp>
#include <jamnet/core/result.hpp>
#include <jamnet/core/strong_id.hpp>

namespace jamnet::inline v0::toast {

struct peer_header {
  static constexpr std::size_t size = 24;

  session_id session; ///< 0 before WELC
  peer_id sender;
  peer_id destination; ///< 0: everybody

  /// [any-thread] [rt-safe] O(1)
  void write(std::uint8_t* out) const noexcept {
    store_be(out, session.value);
    store_be(out + 8, sender.value);
    store_be(out + 16, destination.value);
  }
};

/// frame_payload for another size or a sender of 0. [any-thread] [rt-safe] O(1)
[[nodiscard]] inline result<peer_header> decode_peer_header(bytes_view payload) noexcept {
  if (payload.size() != peer_header::size) return errc::frame_payload;
  const peer_header h{{load_be<std::uint64_t>(payload.data())},
                      {load_be<std::uint64_t>(payload.data() + 8)},
                      {load_be<std::uint64_t>(payload.data() + 16)}};
  if (!h.sender) return errc::frame_payload;
  return h;
}

} // namespace jamnet::inline v0::toast
