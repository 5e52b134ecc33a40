// SPDX-License-Identifier: MIT
//
// Where a datagram comes from or goes to, as plain bytes: protocols compare and carry addresses,
// only a platform resolves them. A TCP connection is the address of its other end.
#pragma once

#include <array>
#include <cstdint>

namespace jamnet::inline v0::toast {

enum class carrier : std::uint8_t {
  none,      ///< no address
  udp,       ///< a datagram to one peer
  multicast, ///< a datagram to everybody on the local network; ip and port are the platform's
  tcp,       ///< a stream to one peer
  any,       ///< whom to connect to by datagrams, or by a stream where those do not pass
  relayed    ///< a datagram through a relay (toast/relay_client.hpp); ip names the peer by its id
};

struct address {
  std::array<std::uint8_t, 16> ip{}; ///< IPv6, or IPv4 mapped into it (::ffff:a.b.c.d)
  std::uint16_t port = 0;
  carrier via = carrier::none;

  friend constexpr bool operator==(const address&, const address&) = default;

  [[nodiscard]] static constexpr address v4(std::uint8_t a, std::uint8_t b, std::uint8_t c,
                                            std::uint8_t d, std::uint16_t port,
                                            carrier via = carrier::udp) noexcept {
    return {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d}, port, via};
  }
  [[nodiscard]] static constexpr address everybody() noexcept {
    return {{}, 0, carrier::multicast};
  }
  /// The same place by another way.
  [[nodiscard]] constexpr address by(carrier other) const noexcept { return {ip, port, other}; }
  /// Of the peer of this id, through the relay that both know; 0: of all in the room.
  [[nodiscard]] static constexpr address relayed(std::uint64_t peer) noexcept {
    address a{{}, 0, carrier::relayed};
    for (std::size_t i = 0; i < 16; ++i) // twice: neither half tells nothing
      a.ip[i] = static_cast<std::uint8_t>(peer >> (56 - 8 * (i % 8)));
    return a;
  }
  /// Whose it is, if it is relayed().
  [[nodiscard]] constexpr std::uint64_t relayed_peer() const noexcept {
    std::uint64_t id = 0;
    for (std::size_t i = 0; i < 8; ++i) id = id << 8 | ip[i];
    return id;
  }
  /// A number that differs for most addresses that differ: quick to compare first.
  [[nodiscard]] constexpr std::uint32_t tag() const noexcept {
    return static_cast<std::uint32_t>(ip[14]) << 24 | static_cast<std::uint32_t>(ip[15]) << 16 |
           port;
  }
  [[nodiscard]] constexpr bool is_v4() const noexcept {
    for (std::size_t i = 0; i < 10; ++i)
      if (ip[i] != 0) return false;
    return ip[10] == 0xff && ip[11] == 0xff;
  }
  /// fe80::/10: it says nothing to anybody who is not on the same cable. Bytes 4 to 7, which are 0
  /// in such an address, hold the number of this machine's interface to that cable.
  [[nodiscard]] constexpr bool is_link_local() const noexcept {
    return ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80;
  }
};

} // namespace jamnet::inline v0::toast
