// SPDX-License-Identifier: MIT
//
// Capture files as tcpdump and Wireshark write and read them (the classic pcap format, not
// pcapng): a header, then records, each a packet with the time it was seen. Read from views, like
// frames, so a file may come in pieces and through a pipe.
//
//     const auto file = toast::read_pcap_header(bytes);
//     for (rest = bytes.subspan(toast::pcap_format::size); !rest.empty();) {
//       const auto record = toast::read_pcap_record(*file, rest); …
//       rest = rest.subspan(record->size());
//     }
#pragma once

#include <cstddef>
#include <cstdint>

#include <jamnet/core/bytes.hpp>
#include <jamnet/core/result.hpp>

namespace jamnet::inline v0::toast {

/// What the packets of a capture begin with. Others exist, and are not read here.
enum class link_type : std::uint16_t {
  loopback = 0,           ///< BSD: a protocol family in the writer's byte order
  ethernet = 1,           ///<
  raw_ip = 101,           ///< IPv4 or IPv6 at once
  loopback_network = 108, ///< OpenBSD: the same in network byte order
  cooked = 113,           ///< Linux, from all interfaces
  cooked2 = 276           ///< … with the interface
};

struct pcap_format {
  static constexpr std::size_t size = 24;                ///< bytes of the file's header
  static constexpr std::uint32_t packet_limit = 262'144; ///< bytes of a packet, as tcpdump's

  link_type link = link_type::raw_ip;
  bool big_endian = false, nanoseconds = true; ///< or microseconds

  friend constexpr bool operator==(const pcap_format&, const pcap_format&) = default;
};

struct pcap_record {
  static constexpr std::size_t header_size = 16;

  std::int64_t time_ns = 0;    ///< since 1970
  std::uint32_t sent_size = 0; ///< how long the packet was; more than packet.size() if it was cut
  bytes_view packet;

  [[nodiscard]] constexpr std::size_t size() const noexcept { return header_size + packet.size(); }
};

namespace detail {

[[nodiscard]] constexpr std::uint32_t load_u32(const std::uint8_t* from, bool big_endian) noexcept {
  const auto value = load_be<std::uint32_t>(from);
  return big_endian ? value
                    : value >> 24 | (value >> 8 & 0xff00) | (value << 8 & 0xff0000) | value << 24;
}
constexpr void store_u32(std::uint8_t* to, std::uint32_t value, bool big_endian) noexcept {
  for (unsigned i = 0; i < 4; ++i)
    to[i] = static_cast<std::uint8_t>(value >> (big_endian ? 24 - 8 * i : 8 * i));
}

inline constexpr std::uint32_t pcap_microseconds = 0xa1b2c3d4, pcap_nanoseconds = 0xa1b23c4d;

} // namespace detail

/// The header at the front of a file. frame_truncated (more bytes may mend it), or capture_format
/// for what is no pcap file, with its first four bytes. [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr result<pcap_format> read_pcap_header(bytes_view file) noexcept {
  if (file.size() < 4) return errc::frame_truncated;
  const auto magic = load_be<std::uint32_t>(file.data());
  for (const bool big_endian : {false, true}) {
    const auto read = detail::load_u32(file.data(), big_endian);
    const bool fine = read == detail::pcap_nanoseconds;
    if (!fine && read != detail::pcap_microseconds) continue;
    if (file.size() < pcap_format::size) return errc::frame_truncated;
    // The upper half says how packets end, which no one here looks at.
    const auto link = detail::load_u32(file.data() + 20, big_endian) & 0xffff;
    return pcap_format{static_cast<link_type>(link), big_endian, fine};
  }
  return failure{errc::capture_format, magic};
}

/// The record at the front of `bytes`; the next one starts at its size(). frame_truncated (more
/// bytes may mend it), or capture_format for a length or a time that cannot be: nothing behind it
/// can be read then. [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr result<pcap_record> read_pcap_record(const pcap_format& format,
                                                             bytes_view bytes) noexcept {
  if (bytes.size() < pcap_record::header_size) return errc::frame_truncated;
  const auto field = [&](std::size_t at) {
    return detail::load_u32(bytes.data() + at, format.big_endian);
  };
  const std::uint32_t fraction = field(4), size = field(8);
  if (size > pcap_format::packet_limit) return failure{errc::capture_format, size};
  if (fraction >= (format.nanoseconds ? 1'000'000'000u : 1'000'000u))
    return failure{errc::capture_format, fraction};
  if (bytes.size() - pcap_record::header_size < size) return errc::frame_truncated;
  return pcap_record{std::int64_t{field(0)} * 1'000'000'000 +
                         std::int64_t{fraction} * (format.nanoseconds ? 1 : 1000),
                     field(12), bytes.subspan(pcap_record::header_size, size)};
}

/// Writes a file's header. [any-thread] [rt-safe] O(1)
constexpr void write_pcap_header(const pcap_format& format,
                                 std::span<std::uint8_t, pcap_format::size> out) noexcept {
  const std::uint32_t fields[] = {
      format.nanoseconds ? detail::pcap_nanoseconds : detail::pcap_microseconds,
      format.big_endian ? 0x00020004u : 0x00040002u, // version 2.4, as two halves
      0,
      0,
      pcap_format::packet_limit,
      static_cast<std::uint32_t>(format.link)};
  std::uint8_t* to = out.data();
  for (const std::uint32_t value : fields) {
    detail::store_u32(to, value, format.big_endian);
    to += 4;
  }
}

/// Writes what stands before a packet, which follows it in the file. Expects a time from 1970 to
/// 2106 and a packet of at most packet_limit bytes. [any-thread] [rt-safe] O(1)
constexpr void
write_pcap_record_header(const pcap_format& format, std::int64_t time_ns, std::size_t packet_size,
                         std::span<std::uint8_t, pcap_record::header_size> out) noexcept {
  JAMNET_EXPECTS(time_ns >= 0 && time_ns / 1'000'000'000 <= 0xffff'ffff);
  JAMNET_EXPECTS(packet_size <= pcap_format::packet_limit);
  const auto size = static_cast<std::uint32_t>(packet_size);
  const auto fraction = static_cast<std::uint32_t>(time_ns % 1'000'000'000);
  const std::uint32_t fields[] = {static_cast<std::uint32_t>(time_ns / 1'000'000'000),
                                  format.nanoseconds ? fraction : fraction / 1000, size, size};
  std::uint8_t* to = out.data();
  for (const std::uint32_t value : fields) {
    detail::store_u32(to, value, format.big_endian);
    to += 4;
  }
}

} // namespace jamnet::inline v0::toast
