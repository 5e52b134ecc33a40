// SPDX-License-Identifier: MIT
//
// What a captured packet carried, of UDP or TCP over IPv4 or IPv6: from whom, to whom, and the
// payload as a view. And the way back, for captures that are made rather than caught. Checksums
// are written but not judged, because captures hold packets that a network card had yet to finish.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/bytes.hpp>
#include <jamnet/core/result.hpp>
#include <jamnet/toast/address.hpp>
#include <jamnet/toast/pcap.hpp>

namespace jamnet::inline v0::toast {

struct ip_packet {
  address from, to;   ///< via UDP or TCP
  bytes_view payload; ///< as much of it as was captured
  bool cut = false;   ///< less than was sent
  // TCP alone:
  std::uint32_t sequence = 0;        ///< of the payload's first byte, as if SYN were none
  bool begins = false, ends = false; ///< SYN; FIN or RST
};

/// Bytes that write_udp() and write_tcp() need beside the payload.
inline constexpr std::size_t ip_overhead = 60;

/// The packet in a record of this link type. packet_malformed for headers that do not fit into
/// it, packet_other for whatever else: other link types and protocols, and fragments, with their
/// number. [any-thread] [rt-safe] O(1)
[[nodiscard]] result<ip_packet> read_ip_packet(link_type link, bytes_view packet) noexcept;

/// Writes a packet of link type raw_ip and returns its size; 0, and nothing written, when it does
/// not fit. Expects addresses of the same family, a payload of at most 65,000 bytes.
/// [any-thread] [rt-safe] O(n)
[[nodiscard]] std::size_t write_udp(const address& from, const address& to, bytes_view payload,
                                    std::span<std::uint8_t> out) noexcept;
/// The same for a segment of a stream that begins with `sequence`.
[[nodiscard]] std::size_t write_tcp(const address& from, const address& to, std::uint32_t sequence,
                                    bytes_view payload, std::span<std::uint8_t> out) noexcept;

// ------------------------------------------------------------------------------------------------

namespace detail {

inline constexpr std::uint16_t ipv4_type = 0x0800, ipv6_type = 0x86dd;
inline constexpr std::uint8_t tcp_protocol = 6, udp_protocol = 17;

[[nodiscard]] inline failure other(std::uint32_t what) noexcept {
  return {errc::packet_other, what};
}

// Behind the link's header: IPv4 or IPv6, whatever that header called it.
[[nodiscard]] inline result<bytes_view> network_layer(link_type link, bytes_view packet) noexcept {
  std::size_t skip = 0, type_at = 0; // where the protocol's number stands; 0: nowhere
  switch (link) {
  case link_type::raw_ip: break;
  case link_type::loopback:
  case link_type::loopback_network: skip = 4; break; // its number differs from system to system
  case link_type::ethernet: skip = 14, type_at = 12; break;
  case link_type::cooked: skip = 16, type_at = 14; break;
  case link_type::cooked2: skip = 20, type_at = 0; break;
  default: return other(static_cast<std::uint32_t>(link));
  }
  if (packet.size() < skip) return errc::packet_malformed;
  if (link == link_type::cooked2 || type_at != 0) {
    auto type = load_be<std::uint16_t>(packet.data() + type_at);
    for (int tags = 0; tags < 2 && (type == 0x8100 || type == 0x88a8); ++tags, skip += 4) {
      if (packet.size() < skip + 4) return errc::packet_malformed;
      type = load_be<std::uint16_t>(packet.data() + skip + 2);
    }
    if (type != ipv4_type && type != ipv6_type) return other(type);
  }
  return packet.subspan(skip);
}

// The protocol above IP, and its bytes; `cut` when fewer were captured than sent.
struct transport_layer {
  address from, to; // without port and carrier
  std::uint8_t protocol = 0;
  bytes_view bytes;
  bool cut = false;
};

[[nodiscard]] inline bytes_view at_most(bytes_view bytes, std::size_t size, bool& cut) noexcept {
  cut = bytes.size() < size;
  return bytes.first(std::min(bytes.size(), size));
}

[[nodiscard]] inline result<transport_layer> read_ipv4(bytes_view p) noexcept {
  if (p.size() < 20) return errc::packet_malformed;
  const std::size_t header = std::size_t{p[0] & 15u} * 4;
  std::size_t total = load_be<std::uint16_t>(p.data() + 2);
  if (total == 0) total = p.size(); // left to the network card
  if (header < 20 || total < header || p.size() < header) return errc::packet_malformed;
  if ((load_be<std::uint16_t>(p.data() + 6) & 0x3fff) != 0) return other(p[9]); // a fragment
  const auto ip = [&](std::size_t at) {
    return address::v4(p[at], p[at + 1], p[at + 2], p[at + 3], 0);
  };
  transport_layer t{ip(12), ip(16), p[9], {}, false};
  t.bytes = at_most(p.subspan(header), total - header, t.cut);
  return t;
}

[[nodiscard]] inline result<transport_layer> read_ipv6(bytes_view p) noexcept {
  if (p.size() < 40) return errc::packet_malformed;
  transport_layer t{{}, {}, p[6], {}, false};
  std::memcpy(t.from.ip.data(), p.data() + 8, 16);
  std::memcpy(t.to.ip.data(), p.data() + 24, 16);
  std::size_t total = load_be<std::uint16_t>(p.data() + 4);
  if (total == 0) total = p.size() - 40;
  t.bytes = at_most(p.subspan(40), total, t.cut);
  // Options, hop by hop or of the destination, and routing; more than a few are nobody's.
  for (int headers = 0; t.protocol == 0 || t.protocol == 43 || t.protocol == 60; ++headers) {
    if (headers == 8 || t.bytes.size() < 8) return errc::packet_malformed;
    const std::size_t size = 8 + std::size_t{t.bytes[1]} * 8;
    if (t.bytes.size() < size) return errc::packet_malformed;
    t.protocol = t.bytes[0];
    t.bytes = t.bytes.subspan(size);
  }
  return t;
}

[[nodiscard]] inline std::uint32_t sum_of(bytes_view bytes, std::uint32_t sum) noexcept {
  for (std::size_t i = 0; i < bytes.size(); ++i)
    sum += static_cast<std::uint32_t>(bytes[i]) << (i % 2 == 0 ? 8 : 0);
  return sum;
}
[[nodiscard]] inline std::uint16_t folded(std::uint32_t sum) noexcept {
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

// `transport` is the header above IP, its checksum 0 at `checksum_at`.
[[nodiscard]] inline std::size_t write_ip(const address& from, const address& to,
                                          std::uint8_t protocol, std::span<std::uint8_t> transport,
                                          std::size_t checksum_at, bytes_view payload,
                                          std::span<std::uint8_t> out) noexcept {
  JAMNET_EXPECTS(from.is_v4() == to.is_v4() && payload.size() <= 65'000);
  const bool v4 = from.is_v4();
  const std::size_t header = v4 ? 20 : 40, above = transport.size() + payload.size();
  if (out.size() < header + above) return 0;
  const auto ip = [&](const address& a) { return bytes_view{a.ip}.subspan(v4 ? 12 : 0); };
  auto sum = sum_of(ip(from), sum_of(ip(to), protocol + static_cast<std::uint32_t>(above)));
  sum = sum_of(payload, sum_of(transport, sum));
  const std::uint16_t checksum = folded(sum);
  store_be(transport.data() + checksum_at, checksum == 0 ? std::uint16_t{0xffff} : checksum);

  std::uint8_t* const p = out.data();
  std::memset(p, 0, header);
  std::memcpy(p + (v4 ? 12 : 8), ip(from).data(), ip(from).size());
  std::memcpy(p + (v4 ? 16 : 24), ip(to).data(), ip(to).size());
  if (v4) {
    p[0] = 0x45;
    store_be(p + 2, static_cast<std::uint16_t>(header + above));
    store_be(p + 6, std::uint16_t{0x4000});
    p[8] = 64;
    p[9] = protocol;
    store_be(p + 10, folded(sum_of({p, header}, 0)));
  } else {
    p[0] = 0x60;
    store_be(p + 4, static_cast<std::uint16_t>(above));
    p[6] = protocol;
    p[7] = 64;
  }
  std::memcpy(p + header, transport.data(), transport.size());
  if (!payload.empty()) std::memcpy(p + header + transport.size(), payload.data(), payload.size());
  return header + above;
}

} // namespace detail

inline result<ip_packet> read_ip_packet(link_type link, bytes_view packet) noexcept {
  const auto network = detail::network_layer(link, packet);
  if (!network) return network.error();
  if (network->empty()) return errc::packet_malformed;
  const unsigned version = (*network)[0] >> 4;
  if (version != 4 && version != 6) return detail::other(version);
  const auto ip = version == 4 ? detail::read_ipv4(*network) : detail::read_ipv6(*network);
  if (!ip) return ip.error();
  const bool tcp = ip->protocol == detail::tcp_protocol;
  if (!tcp && ip->protocol != detail::udp_protocol) return detail::other(ip->protocol);
  const bytes_view t = ip->bytes;
  if (t.size() < (tcp ? 20u : 8u)) return errc::packet_malformed;

  ip_packet p{ip->from, ip->to, {}, ip->cut};
  p.from.port = load_be<std::uint16_t>(t.data());
  p.to.port = load_be<std::uint16_t>(t.data() + 2);
  p.from.via = p.to.via = tcp ? carrier::tcp : carrier::udp;
  if (tcp) {
    const std::size_t header = std::size_t{t[12]} / 16 * 4;
    if (header < 20 || header > t.size()) return errc::packet_malformed;
    p.begins = (t[13] & 2) != 0;
    p.ends = (t[13] & 5) != 0;
    p.sequence = load_be<std::uint32_t>(t.data() + 4) + (p.begins ? 1 : 0);
    p.payload = t.subspan(header);
  } else {
    const std::size_t size = load_be<std::uint16_t>(t.data() + 4);
    if (size < 8 || (size > t.size() && !ip->cut)) return errc::packet_malformed;
    p.payload = t.first(std::min(size, t.size())).subspan(8);
  }
  return p;
}

inline std::size_t write_udp(const address& from, const address& to, bytes_view payload,
                             std::span<std::uint8_t> out) noexcept {
  std::uint8_t header[8] = {};
  store_be(header, from.port);
  store_be(header + 2, to.port);
  store_be(header + 4, static_cast<std::uint16_t>(8 + payload.size()));
  return detail::write_ip(from, to, detail::udp_protocol, header, 6, payload, out);
}

inline std::size_t write_tcp(const address& from, const address& to, std::uint32_t sequence,
                             bytes_view payload, std::span<std::uint8_t> out) noexcept {
  std::uint8_t header[20] = {};
  store_be(header, from.port);
  store_be(header + 2, to.port);
  store_be(header + 4, sequence);
  header[12] = 5 << 4;
  header[13] = 0x18; // PSH ACK
  store_be(header + 14, std::uint16_t{0xffff});
  return detail::write_ip(from, to, detail::tcp_protocol, header, 16, payload, out);
}

} // namespace jamnet::inline v0::toast
