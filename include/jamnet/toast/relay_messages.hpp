// SPDX-License-Identifier: MIT
//
// RELY, what a relay and its clients say to each other: a client registers itself for a room, the
// relay asks it to prove its address, and then introduces the members to each other. Datagrams
// between the two bear the relay's own id; those that pass through it bear the peers'.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <jamnet/core/result.hpp>
#include <jamnet/toast/cookie.hpp>
#include <jamnet/toast/frame.hpp>
#include <jamnet/toast/known_peer.hpp>
#include <jamnet/toast/peer_header.hpp>

namespace jamnet::inline v0::toast {

/// The id of every relay, as sender and as destination; no peer has it.
inline constexpr peer_id relay_id{~std::uint64_t{0}};

/// Which room, for those who must not know more of it. That of a sealed room is made from its key.
using room_tag = strong_id<struct room_tag_tag>;

/// The tag of an open room: FNV-1a of its name, 64 bits. [any-thread] [rt-safe] O(n)
[[nodiscard]] constexpr room_tag open_room_tag(std::string_view name) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return {hash};
}

/// RELY to a relay: let me in. Repeated, it keeps the registration alive.
struct registration {
  room_tag room;
  peer_id peer;
  std::uint64_t key = 0;  ///< random: shows that it is the same peer, from wherever
  toast::cookie cookie{}; ///< as the relay asked for; 0: none yet
};

/// RELY from a relay: who else is there, and how they are seen from outside. Or, with a cookie and
/// nothing else: say that again with this.
struct introduction {
  std::array<known_peer, 12> peers{};
  std::size_t count = 0;
  toast::cookie cookie{};
};

// Encoding writes into the caller's buffer and gives the text, empty when it does not fit.
// Decoding gives json_* and value_range failures with their offset, and key_missing.
// All are [any-thread] [rt-safe] and linear in the text.

[[nodiscard]] inline std::string_view encode(const registration& r, std::span<char> out) noexcept;
[[nodiscard]] inline std::string_view encode(const introduction& i, std::span<char> out) noexcept;
[[nodiscard]] inline result<registration> decode_registration(std::string_view text) noexcept;
[[nodiscard]] inline result<introduction> decode_introduction(std::string_view text) noexcept;

// ------------------------------------------------------------------------------------------------

namespace detail {
using word = strong_id<struct word_tag>; // 64 bits that are nobody's id, written as one
}

inline std::string_view encode(const registration& r, std::span<char> buffer) noexcept {
  json::writer out{buffer};
  out.begin_object();
  detail::write_id(out, "room", r.room);
  detail::write_id(out, "peer", r.peer);
  detail::write_id(out, "key", detail::word{r.key});
  if (r.cookie) detail::write_id(out, "cookie", r.cookie);
  return out.end_object().text();
}

inline std::string_view encode(const introduction& i, std::span<char> buffer) noexcept {
  json::writer out{buffer};
  out.begin_object();
  if (i.cookie)
    detail::write_id(out, "cookie", i.cookie);
  else
    detail::write_known_peers(out, {i.peers.data(), i.count});
  return out.end_object().text();
}

inline result<registration> decode_registration(std::string_view text) noexcept {
  registration r;
  detail::word key;
  bool room = false;
  json::reader in{text};
  const auto member = [&](std::string_view name, json::reader& value) {
    if (name == "room") return room = detail::try_id(value, r.room);
    if (name == "peer") return detail::try_id(value, r.peer);
    if (name == "key") return detail::try_id(value, key);
    if (name == "cookie") return detail::try_id(value, r.cookie);
    return value.skip();
  };
  if (!in.try_object(member) || !in.finish()) return in.error();
  if (!room || !r.peer || r.peer == relay_id)
    return failure{errc::key_missing, static_cast<std::uint32_t>(text.size())};
  r.key = key.value;
  return r;
}

inline result<introduction> decode_introduction(std::string_view text) noexcept {
  introduction i;
  json::reader in{text};
  const auto member = [&](std::string_view name, json::reader& value) {
    if (name == "peers") return detail::try_known_peers(value, i.peers, i.count);
    if (name == "cookie") return detail::try_id(value, i.cookie);
    return value.skip();
  };
  if (!in.try_object(member) || !in.finish()) return in.error();
  return i;
}

namespace detail {

/// A datagram between a relay and its client: PEER and one frame. 0 when it does not fit.
template <class Message>
[[nodiscard]] std::size_t write_own(std::span<std::uint8_t> out, const peer_header& header,
                                    frame_type type, const Message& m) noexcept {
  frame_writer to{out};
  header.write(to.open().data());
  to.close(toast::type::peer, not_synchronised, 0, peer_header::size);
  const auto room = to.open();
  const auto text = encode(m, {reinterpret_cast<char*>(room.data()), room.size()});
  if (text.empty()) return 0;
  to.close(type, not_synchronised, 1, text.size());
  return to.written().size();
}

} // namespace detail

} // namespace jamnet::inline v0::toast
