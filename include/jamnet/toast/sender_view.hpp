// SPDX-License-Identifier: MIT
//
// What all links of a peer have to say alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <jamnet/sync/commit_stamp.hpp>
#include <jamnet/time/clock_map.hpp>
#include <jamnet/toast/clock_messages.hpp>
#include <jamnet/toast/frame.hpp>
#include <jamnet/toast/handshake.hpp>

namespace jamnet::inline v0::toast {

/// What a peer says of itself and its session in every datagram.
struct sender_view {
  hello self;
  bool synchronised = false;
  clock_map<host_timeline, session_timeline> clock;   ///< the best estimate, not the slewed output
  std::uint32_t bound_ns = 0;                         ///< the soft bound of `clock`, saturating
  std::uint8_t hops = 0;                              ///< from the master
  clock_claim claim;                                  ///< the master's, as this peer knows it
  std::uint64_t late = 0;                             ///< events that came too late
  std::uint64_t wish_ns = 0, lead_ns = 0;             ///< see heartbeat
  commit_stamp transport{};                           ///< see heartbeat
  std::string_view transport_lines{};                 ///< what TRAN is to hold, if it is due
  nanoseconds heartbeat{500'000'000};                 ///< from one to the next
  std::size_t datagram_limit = toast::datagram_limit; ///< less where a layer adds to it
  bool pads_hello = true; ///< not where strangers cannot reach the other side's peer
};

} // namespace jamnet::inline v0::toast
