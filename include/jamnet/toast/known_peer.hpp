// SPDX-License-Identifier: MIT
//
// Where another member of the session can be reached: how peers are introduced to each other, in
// WELC and in the master's CLKM.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include <jamnet/toast/detail/fields.hpp>

namespace jamnet::inline v0::toast {

struct known_peer {
  peer_id peer;
  address where;             ///< as seen by who introduces it; its port is the one it listens on
  std::uint16_t streams = 0; ///< where that is one of datagrams: the port at which it takes streams
};

namespace detail {

inline void write_known_peers(json::writer& out, std::span<const known_peer> peers) noexcept {
  out.key("peers").begin_array();
  for (const known_peer& p : peers) {
    out.begin_object();
    write_id(out, "peer", p.peer);
    write_ip(out, "ip", p.where);
    out.member("port", p.where.port);
    if (p.where.via == carrier::tcp) out.member("tcp", true);
    if (p.streams != 0) out.member("streams", p.streams);
    out.end_object();
  }
  out.end_array();
}

[[nodiscard]] inline bool try_known_peer(json::reader& in, known_peer& out) noexcept {
  out.where.via = carrier::udp;
  return in.try_object([&](std::string_view key, json::reader& value) {
    if (key == "peer") return try_id(value, out.peer);
    if (key == "ip") return try_ip(value, out.where);
    if (key == "port") return try_number(value, out.where.port);
    if (key == "streams") return try_number(value, out.streams);
    if (key == "tcp") {
      bool tcp = false;
      if (!value.try_bool(tcp)) return false;
      if (tcp) out.where.via = carrier::tcp;
      return true;
    }
    return value.skip();
  });
}

/// As many as `out` has room for; the others are skipped.
[[nodiscard]] inline bool try_known_peers(json::reader& in, std::span<known_peer> out,
                                          std::size_t& count) noexcept {
  return in.try_array([&](json::reader& value) {
    return count < out.size() ? try_known_peer(value, out[count++]) : value.skip();
  });
}

} // namespace detail

} // namespace jamnet::inline v0::toast
