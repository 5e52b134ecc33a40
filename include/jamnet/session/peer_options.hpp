// SPDX-License-Identifier: MIT
//
// What a peer is told of itself when it is made, and within which limits it follows its network.
#pragma once

#include <cstddef>
#include <cstdint>

#include <jamnet/core/short_text.hpp>
#include <jamnet/core/siphash.hpp>
#include <jamnet/core/strong_id.hpp>
#include <jamnet/sync/adaptive_delay.hpp>
#include <jamnet/sync/agreed_delay.hpp>
#include <jamnet/sync/clock_drift_arbiter.hpp>
#include <jamnet/toast/carrier_layer.hpp>
#include <jamnet/toast/group_sender.hpp>
#include <jamnet/toast/send_state.hpp>
#include <jamnet/transport/shared_transport.hpp>

namespace jamnet::inline v0 {

struct peer_options {
  static constexpr nanoseconds never = nanoseconds::max();

  short_text name = "peer", room = "jam";
  peer_id id{};                             ///< 0: a random one
  nanoseconds found_after{1'000'000'000};   ///< without a session of the room; never: only join
  bool announce = true;                     ///< discover, and be discovered by, multicast
  std::uint16_t udp_port = 0, tcp_port = 0; ///< where this peer can be reached; 0: not
  /// Beside the datagrams of each link a stream, where both sides have this and a `tcp_port`: it
  /// takes what has to arrive, and all while datagrams do not pass. Costs a connection for each
  /// link, and a heartbeat more on it.
  bool stream_beside = false;
  toast::version_range versions{1, 1};
  std::size_t max_peers = 64;
  sync_options sync{};
  adaptive_delay_options delay{}; ///< what this peer asks of the session's latency
  nanoseconds ahead{}; ///< … and by how much more: what plays here must know of an event so long
                       ///< before it sounds, such as a block of an audio device
  agreed_delay_options latency{}; ///< its limits, while this peer is the master
  /// How often each event goes again unasked, over UDP: as the loss of each link calls for, within
  /// these limits; equal ones fix it. Each copy costs as much as the event, and spares those who
  /// would lack it a round trip.
  toast::redundancy_limits redundancy{};
  toast::rate_limits rate{};     ///< how fast events may go to each peer, over UDP
  toast::group_options group{};  ///< events to all at once, where datagrams reach all
  transport_options transport{}; ///< what this peer makes of the session's transport
  siphash_key secret{};          ///< of its cookies; all 0: from the seed, so from its id

  /// What lies between it and its sockets. Whoever composes them (session/peer_stack.hpp) makes
  /// these, and then says what they do in those that follow; a peer itself looks at those only.
  toast::layer_list layers{};
  bool trust_addresses = false; ///< what comes was sent from where it says: cookies need not show
  bool relays = false;          ///< there is a relay: toast::address::relayed() leads somewhere
  std::size_t headroom = 0;     ///< bytes to be left free in each datagram
};

} // namespace jamnet::inline v0
