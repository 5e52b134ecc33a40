// SPDX-License-Identifier: MIT
//
// TOAST's addresses as Asio's endpoints and as text. IPv4 today.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include <asio/ip/address.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ip/udp.hpp>

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
  return a;
}

/// The endpoint of Asio's protocol (asio::ip::udp or tcp). [any-thread] [rt-safe] O(1)
template <class Protocol>
[[nodiscard]] asio::ip::basic_endpoint<Protocol> to_endpoint(const toast::address& a) noexcept {
  if (a.is_v4()) return {asio::ip::address_v4{{a.ip[12], a.ip[13], a.ip[14], a.ip[15]}}, a.port};
  asio::ip::address_v6::bytes_type bytes{};
  for (std::size_t i = 0; i < 16; ++i) bytes[i] = a.ip[i];
  return {asio::ip::address_v6{bytes}, a.port};
}

/// A port from text: 1 to 65535, or value_range. [any-thread] [rt-safe] O(1)
[[nodiscard]] inline result<std::uint16_t> parse_port(std::string_view text) noexcept {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port < 1 || port > 65535)
    return errc::value_range;
  return static_cast<std::uint16_t>(port);
}

/// An address from "host:port": a number or a name that the system's resolver knows.
/// address_unavailable, or value_range for the port. [control-thread] [blocks] [allocates]
[[nodiscard]] inline result<toast::address> resolve(std::string_view text, toast::carrier via) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return errc::value_range;
  const auto port = parse_port(text.substr(colon + 1));
  if (!port) return port.error();
  asio::io_context io;
  asio::error_code error;
  const auto found = asio::ip::udp::resolver{io}.resolve(
      asio::ip::udp::v4(), std::string{text.substr(0, colon)}, "", error);
  if (error || found.empty()) return errc::address_unavailable;
  return to_address(asio::ip::udp::endpoint{found.begin()->endpoint().address(), *port}, via);
}

/// "a.b.c.d:port". [any-thread] [allocates] O(1)
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
