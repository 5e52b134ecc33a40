// SPDX-License-Identifier: MIT
//
// TOAST's addresses as Asio's endpoints and as text: IPv4, and IPv6 with the interface where an
// address means nothing without it (fe80::1%eth0).
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <asio/ip/address.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ip/udp.hpp>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/bytes.hpp>
#include <jamnet/core/result.hpp>
#include <jamnet/toast/address.hpp>

namespace jamnet::inline v0 {

/// [any-thread] [rt-safe] O(1)
template <class Protocol>
[[nodiscard]] toast::address to_address(const asio::ip::basic_endpoint<Protocol>& endpoint,
                                        toast::carrier via) noexcept {
  toast::address a{{}, endpoint.port(), via};
  if (endpoint.address().is_v4()) {
    const auto v4 = endpoint.address().to_v4().to_bytes();
    return toast::address::v4(v4[0], v4[1], v4[2], v4[3], endpoint.port(), via);
  }
  const auto v6 = endpoint.address().to_v6().to_bytes();
  for (std::size_t i = 0; i < 16; ++i) a.ip[i] = v6[i];
  if (a.is_link_local())
    store_be(&a.ip[4], static_cast<std::uint32_t>(endpoint.address().to_v6().scope_id()));
  return a;
}

/// The endpoint of Asio's protocol (asio::ip::udp or tcp). [any-thread] [rt-safe] O(1)
template <class Protocol>
[[nodiscard]] asio::ip::basic_endpoint<Protocol> to_endpoint(const toast::address& a) noexcept {
  if (a.is_v4()) return {asio::ip::address_v4{{a.ip[12], a.ip[13], a.ip[14], a.ip[15]}}, a.port};
  asio::ip::address_v6::bytes_type bytes{};
  for (std::size_t i = 0; i < 16; ++i) bytes[i] = a.ip[i];
  std::uint32_t scope = 0;
  if (a.is_link_local()) {
    scope = load_be<std::uint32_t>(&a.ip[4]);
    for (std::size_t i = 4; i < 8; ++i) bytes[i] = 0;
  }
  return {asio::ip::address_v6{bytes, scope}, a.port};
}

/// For tables of addresses. [any-thread] [rt-safe] O(1)
struct address_hash {
  [[nodiscard]] std::size_t operator()(const toast::address& a) const noexcept {
    std::uint64_t hash = std::uint64_t{a.port} << 8 | static_cast<std::uint64_t>(a.via);
    for (const std::uint8_t byte : a.ip) hash = (hash ^ byte) * 0x100000001b3u;
    return static_cast<std::size_t>(hash ^ hash >> 32);
  }
};

/// A port from text: 1 to 65535, or value_range. [any-thread] [rt-safe] O(1)
[[nodiscard]] inline result<std::uint16_t> parse_port(std::string_view text) noexcept {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port < 1 || port > 65535)
    return errc::value_range;
  return static_cast<std::uint16_t>(port);
}

/// All addresses of "host:port", the best first: IPv6 and IPv4 where a name has both. The host is a
/// number ("192.168.1.2", "[::1]", "[fe80::1%eth0]") or a name that the system's resolver knows.
/// value_range when it is neither, or for the port; address_unavailable for a name that leads
/// nowhere, and for a link-local number without an interface. [control-thread] [blocks] [allocates]
[[nodiscard]] inline result<std::vector<toast::address>> resolve_all(std::string_view text,
                                                                     toast::carrier via) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return errc::value_range;
  const auto port = parse_port(text.substr(colon + 1));
  if (!port) return port.error();
  std::string host{text.substr(0, colon)};
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const bool has_colons = host.find(':') != std::string::npos;
  if (host.empty() || bracketed != has_colons || host.find_first_of("[]") != std::string::npos)
    return errc::value_range;

  asio::error_code error;
  std::vector<toast::address> all;
  const auto take = [&](const asio::ip::address& ip) {
    const auto a = to_address(asio::ip::udp::endpoint{ip, *port}, via);
    const bool anywhere = a.is_link_local() && load_be<std::uint32_t>(&a.ip[4]) == 0;
    if (!anywhere && std::find(all.begin(), all.end(), a) == all.end()) all.push_back(a);
  };
  if (const auto number = asio::ip::make_address(host, error); !error) {
    take(number);
  } else {
    if (bracketed) return errc::value_range;
    asio::io_context io;
    for (const auto& found : asio::ip::udp::resolver{io}.resolve(host, "", error))
      take(found.endpoint().address());
  }
  if (all.empty()) return errc::address_unavailable;
  return all;
}

/// The best of them. [control-thread] [blocks] [allocates]
[[nodiscard]] inline result<toast::address> resolve(std::string_view text, toast::carrier via) {
  const auto all = resolve_all(text, via);
  if (!all) return all.error();
  return all->front();
}

/// "a.b.c.d:port" or "[IPv6]:port". [any-thread] [allocates] O(1)
[[nodiscard]] inline std::string to_string(const toast::address& a) {
  const auto endpoint = to_endpoint<asio::ip::udp>(a);
  const auto ip = endpoint.address().to_string();
  return (a.is_v4() ? ip : '[' + ip + ']') + ':' + std::to_string(a.port);
}

/// What the system refused, as one of ours; anything else is errc::system with its number.
/// [any-thread] [rt-safe] O(1)
[[nodiscard]] inline failure to_failure(const asio::error_code& error) noexcept {
  const auto number = static_cast<std::uint32_t>(error.value());
  if (error == asio::error::address_in_use) return {errc::address_in_use, number};
  if (error == asio::error::host_not_found || error.value() == EADDRNOTAVAIL)
    return {errc::address_unavailable, number};
  return {errc::system, number};
}

} // namespace jamnet::inline v0
