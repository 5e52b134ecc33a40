// SPDX-License-Identifier: MIT
//
// The messages that open and close a link: ANNO, HELO, CHAL, WELC, BYE_ and ERRO, as values
// and as JSON.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <jamnet/core/algorithm.hpp>
#include <jamnet/core/result.hpp>
#include <jamnet/toast/cookie.hpp>
#include <jamnet/toast/detail/fields.hpp>
#include <jamnet/toast/known_peer.hpp>

namespace jamnet::inline v0::toast {

/// The protocol versions a peer speaks, from `min` to `max`.
struct version_range {
  std::uint32_t min = 1, max = 1;

  friend constexpr bool operator==(const version_range&, const version_range&) = default;
  /// The highest version that both speak. [any-thread] [rt-safe] O(1)
  [[nodiscard]] constexpr std::optional<std::uint32_t>
  common(const version_range& other) const noexcept {
    const auto low = std::max(min, other.min), high = std::min(max, other.max);
    return low <= high ? std::optional{high} : std::nullopt;
  }
};

/// What a peer can do, a bit each; on the wire a list of words. Words not known here are ignored.
enum class capability : std::uint8_t {
  midi = 1,
  transport = 2,
  state = 4,
  audio = 8,
  sealed = 16,
  multicast = 32
};
inline constexpr std::array<std::string_view, 6> capability_names{
    "midi", "transport", "state", "audio", "sealed", "multicast"};
using capabilities = std::uint8_t;

/// Those that are named. [any-thread] [rt-safe] O(1)
template <class... Capability>
[[nodiscard]] constexpr capabilities all_of(Capability... named) noexcept {
  return static_cast<capabilities>((0u | ... | static_cast<unsigned>(named)));
}

/// The least size of HELO's payload on UDP: no answer is longer than what a stranger sent.
inline constexpr std::size_t hello_padding = 1'100;

/// `resume` of who begins a link anew.
inline constexpr std::uint64_t nothing_to_resume = ~std::uint64_t{0};

/// HELO: somebody wants to open a link. ANNO carries the same, to everybody, with `session` and
/// without `attempt` and `seq_next`.
struct hello {
  version_range versions;
  peer_id peer;
  short_text name, room;
  capabilities can = 0;
  session_id session;                       ///< the sender's session; 0 while it has none
  std::uint32_t attempt = 0;                ///< the same in every repetition of one opening
  std::uint64_t seq_next = 0;               ///< the number of the sender's next event
  std::uint16_t udp = 0, tcp = 0;           ///< the ports it can be reached at; 0: not
  std::uint64_t resume = nothing_to_resume; ///< goes on with a link: the event it expects next
  toast::cookie cookie{};                   ///< what CHAL gave; 0 before
  toast::cookie beside{};                   ///< what WELC gave: a stream for that link; else 0
};

/// CHAL: a HELO has to be repeated with this cookie.
struct challenge {
  toast::cookie cookie{};
  std::uint32_t attempt = 0; ///< of the HELO
};

/// WELC: the link is open.
struct welcome {
  std::uint32_t version = 1;
  session_id session; ///< 0: none yet, the first claim of a master will name it
  peer_id peer;
  short_text name;
  capabilities can = 0; ///< what both can
  std::uint32_t attempt = 0;
  std::uint64_t seq_next = 0;         ///< the number of the sender's next event
  std::array<known_peer, 12> peers{}; ///< some of the other members
  std::size_t peer_count = 0;
  std::uint64_t resume = nothing_to_resume; ///< goes on with a link: the event it expects next
  std::uint16_t tcp = 0;                    ///< the port at which a stream is taken …
  toast::cookie beside{};                   ///< … beside this link, from who says this; 0: none
};

/// BYE_: the sender leaves.
struct goodbye {
  short_text reason = "left";
};

/// ERRO: why a side is about to close, in the words of the protocol.
struct refusal {
  errc code = errc::refused;
  short_text text;
};

// Encoding writes into the caller's buffer and gives the text, empty when it does not fit.
// Decoding gives json_* and value_range failures with their offset, and key_missing.
// All are [any-thread] [rt-safe] and linear in the text.

[[nodiscard]] std::string_view encode(const hello& h, std::span<char> out) noexcept;
[[nodiscard]] std::string_view encode(const challenge& c, std::span<char> out) noexcept;
[[nodiscard]] std::string_view encode(const welcome& w, std::span<char> out) noexcept;
[[nodiscard]] std::string_view encode(const goodbye& g, std::span<char> out) noexcept;
[[nodiscard]] std::string_view encode(const refusal& r, std::span<char> out) noexcept;
[[nodiscard]] result<hello> decode_hello(std::string_view text) noexcept;
[[nodiscard]] result<challenge> decode_challenge(std::string_view text) noexcept;
[[nodiscard]] result<welcome> decode_welcome(std::string_view text) noexcept;
[[nodiscard]] result<refusal> decode_refusal(std::string_view text) noexcept;

// ------------------------------------------------------------------------------------------------

namespace detail {

struct refusal_word {
  errc code;
  std::string_view word;
};
inline constexpr std::array<refusal_word, 9> refusal_words{{{errc::version_mismatch, "version"},
                                                            {errc::wrong_key, "key"},
                                                            {errc::not_admitted, "refused"},
                                                            {errc::wrong_room, "session"},
                                                            {errc::duplicate_peer, "duplicate"},
                                                            {errc::room_full, "full"},
                                                            {errc::peer_slow, "slow"},
                                                            {errc::frame_crc, "crc"},
                                                            {errc::limit_exceeded, "limit"}}};

inline void write_capabilities(json::writer& out, capabilities can) noexcept {
  out.key("capabilities").begin_array();
  for (std::size_t i = 0; i < capability_names.size(); ++i)
    if ((can >> i & 1) != 0) out.value(capability_names[i]);
  out.end_array();
}

[[nodiscard]] inline bool try_capabilities(json::reader& in, capabilities& out) noexcept {
  return in.try_array([&](json::reader& value) {
    char scratch[64];
    std::string_view word;
    if (!value.try_string(scratch, word)) return false;
    for (std::size_t i = 0; i < capability_names.size(); ++i)
      if (word == capability_names[i]) out = static_cast<capabilities>(out | 1u << i);
    return true;
  });
}

} // namespace detail

inline std::string_view encode(const hello& h, std::span<char> buffer) noexcept {
  json::writer out{buffer};
  out.begin_object().member("min", h.versions.min).member("max", h.versions.max);
  detail::write_id(out, "peer", h.peer);
  out.member("name", h.name.view()).member("room", h.room.view());
  if (h.session) detail::write_id(out, "session", h.session);
  detail::write_capabilities(out, h.can);
  if (h.udp != 0) out.member("udp", h.udp);
  if (h.tcp != 0) out.member("tcp", h.tcp);
  if (h.attempt != 0) out.member("attempt", h.attempt).member("seq_next", h.seq_next);
  if (h.resume != nothing_to_resume) out.member("resume", h.resume);
  if (h.cookie) detail::write_id(out, "cookie", h.cookie);
  if (h.beside) detail::write_id(out, "beside", h.beside);
  return out.end_object().text();
}

inline result<hello> decode_hello(std::string_view text) noexcept {
  hello h;
  h.versions = {0, 0};
  json::reader in{text};
  const auto member = [&](std::string_view key, json::reader& value) {
    if (key == "min") return detail::try_number(value, h.versions.min);
    if (key == "max") return detail::try_number(value, h.versions.max);
    if (key == "peer") return detail::try_id(value, h.peer);
    if (key == "name") return detail::try_text(value, h.name);
    if (key == "room") return detail::try_text(value, h.room);
    if (key == "session") return detail::try_id(value, h.session);
    if (key == "capabilities") return detail::try_capabilities(value, h.can);
    if (key == "udp") return detail::try_number(value, h.udp);
    if (key == "tcp") return detail::try_number(value, h.tcp);
    if (key == "attempt") return detail::try_number(value, h.attempt);
    if (key == "seq_next") return detail::try_number(value, h.seq_next, detail::seq_limit);
    if (key == "resume") return detail::try_number(value, h.resume, detail::seq_limit);
    if (key == "cookie") return detail::try_id(value, h.cookie);
    if (key == "beside") return detail::try_id(value, h.beside);
    return value.skip();
  };
  if (!in.try_object(member) || !in.finish()) return in.error();
  if (!h.peer || h.versions.max == 0)
    return failure{errc::key_missing, static_cast<std::uint32_t>(text.size())};
  return h;
}

inline std::string_view encode(const challenge& c, std::span<char> buffer) noexcept {
  json::writer out{buffer};
  out.begin_object();
  detail::write_id(out, "cookie", c.cookie);
  return out.member("attempt", c.attempt).end_object().text();
}

inline result<challenge> decode_challenge(std::string_view text) noexcept {
  challenge c;
  json::reader in{text};
  const auto member = [&](std::string_view key, json::reader& value) {
    if (key == "cookie") return detail::try_id(value, c.cookie);
    if (key == "attempt") return detail::try_number(value, c.attempt);
    return value.skip();
  };
  if (!in.try_object(member) || !in.finish()) return in.error();
  if (!c.cookie) return failure{errc::key_missing, static_cast<std::uint32_t>(text.size())};
  return c;
}

inline std::string_view encode(const welcome& w, std::span<char> buffer) noexcept {
  json::writer out{buffer};
  out.begin_object().member("version", w.version);
  detail::write_id(out, "session", w.session);
  detail::write_id(out, "peer", w.peer);
  out.member("name", w.name.view());
  detail::write_capabilities(out, w.can);
  out.member("attempt", w.attempt).member("seq_next", w.seq_next);
  if (w.resume != nothing_to_resume) out.member("resume", w.resume);
  if (w.tcp != 0) out.member("tcp", w.tcp);
  if (w.beside) detail::write_id(out, "beside", w.beside);
  detail::write_known_peers(out, {w.peers.data(), w.peer_count});
  return out.end_object().text();
}

inline result<welcome> decode_welcome(std::string_view text) noexcept {
  welcome w;
  json::reader in{text};
  const auto member = [&](std::string_view key, json::reader& value) {
    if (key == "version") return detail::try_number(value, w.version);
    if (key == "session") return detail::try_id(value, w.session);
    if (key == "peer") return detail::try_id(value, w.peer);
    if (key == "name") return detail::try_text(value, w.name);
    if (key == "capabilities") return detail::try_capabilities(value, w.can);
    if (key == "attempt") return detail::try_number(value, w.attempt);
    if (key == "seq_next") return detail::try_number(value, w.seq_next, detail::seq_limit);
    if (key == "resume") return detail::try_number(value, w.resume, detail::seq_limit);
    if (key == "tcp") return detail::try_number(value, w.tcp);
    if (key == "beside") return detail::try_id(value, w.beside);
    if (key == "peers") return detail::try_known_peers(value, w.peers, w.peer_count);
    return value.skip();
  };
  if (!in.try_object(member) || !in.finish()) return in.error();
  if (!w.peer) return failure{errc::key_missing, static_cast<std::uint32_t>(text.size())};
  return w;
}

inline std::string_view encode(const goodbye& g, std::span<char> buffer) noexcept {
  return json::writer{buffer}.begin_object().member("reason", g.reason.view()).end_object().text();
}

inline std::string_view encode(const refusal& r, std::span<char> buffer) noexcept {
  std::string_view word = "limit";
  for (const auto& known : detail::refusal_words)
    if (known.code == r.code) word = known.word;
  const std::string_view text = r.text.empty() ? to_string(r.code) : r.text.view();
  return json::writer{buffer}
      .begin_object()
      .member("code", word)
      .member("text", text)
      .end_object()
      .text();
}

inline result<refusal> decode_refusal(std::string_view text) noexcept {
  refusal r;
  short_text word;
  json::reader in{text};
  const auto member = [&](std::string_view key, json::reader& value) {
    if (key == "code") return detail::try_text(value, word);
    if (key == "text") return detail::try_text(value, r.text);
    return value.skip();
  };
  if (!in.try_object(member) || !in.finish()) return in.error();
  for (const auto& known : detail::refusal_words)
    if (known.word == word.view()) r.code = known.code;
  return r;
}

} // namespace jamnet::inline v0::toast
