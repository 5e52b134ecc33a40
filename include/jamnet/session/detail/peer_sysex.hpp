// SPDX-License-Identifier: MIT
//
// SysEx of any length: its pieces become events one by one, as the links take them, so that what is
// played meanwhile comes between two of them and not behind the last. They go as events do, also
// where a stream is beside the datagrams: what is numbered behind a piece is delivered behind it,
// so by the stream each would have notes wait for TCP.
#pragma once

#include <jamnet/session/peer.hpp>

namespace jamnet::inline v0 {

inline errc peer::send_sysex(bytes_view bytes, session_time at, unsigned group) {
  if (!arbiter_.synchronised() || left_) return errc::refused;
  if (bytes.empty() || group > 15) return errc::value_range;
  if (std::any_of(bytes.begin(), bytes.end(), [](std::uint8_t b) { return b > 127; }))
    return errc::value_range;
  return dumps_.try_add(bytes, at, group) ? errc{} : errc::limit_exceeded;
}

// No peer that is heard lacks more than this. A stream acknowledges seldom, and so does a group.
inline bool peer::may_feed() const noexcept {
  constexpr std::uint64_t under_way = 32, under_way_seldom = 128;
  return !dumps_.empty() && std::none_of(members_.begin(), members_.end(), [&](const auto& m) {
    const bool seldom = m->link.is_stream() || m->listener.served;
    const auto most = seldom ? under_way_seldom : under_way;
    return m->link.is_open() && !m->silent && log_.next() - m->link.sent().low(log_) >= most;
  });
}

inline void peer::feed_sysex(host_time now) {
  while (may_feed()) {
    auto piece = dumps_.front();
    piece.seq = log_.next();
    piece.time = std::max(piece.time, clock().to_session(now) + latency());
    std::array<char, toast::datagram_limit> line;
    const auto text = jsonmidi::encode(piece, line);
    JAMNET_EXPECTS(!text.empty());
    log_.append(as_bytes(text), false);
    ++statistics_.events_sent;
    members_.touch_all([](member&) {});
    if (const auto size = dumps_.taken(); size > 0)
      tell(peer_change::sysex_sent, nullptr, {}, size);
  }
}

} // namespace jamnet::inline v0
