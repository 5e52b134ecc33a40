// SPDX-License-Identifier: MIT
//
// What peers of a sealed room say before they can seal, and the little they say of the room's key
// afterwards. None of it names a peer, a room or a session. The sealing itself is not here
// (secure/), so that who only looks on can read these.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <jamnet/toast/frame.hpp>
#include <jamnet/toast/handshake.hpp>

namespace jamnet::inline v0::toast {

using key_bytes = std::array<std::uint8_t, 32>;
using name_tag = strong_id<struct name_tag_tag>; ///< what stands for a room's name

/// HELO of a sealed room, and ANNO, which has no attempt, cookie or share.
struct sealed_hello {
  version_range versions;
  peer_id peer;
  name_tag tag;
  std::uint32_t attempt = 0;
  toast::cookie cookie{}; ///< what CHAL gave; 0 before, and then no share
  key_bytes share{};      ///< all 0: none
  std::uint16_t udp = 0, tcp = 0;
};

/// WELC of a sealed room: the acceptor's share, and the proof that it knows the secret.
struct sealed_welcome {
  std::uint32_t version = 1;
  peer_id peer;
  std::uint32_t attempt = 0;
  key_bytes share{}, proof{};
};

/// PROO: the opener's proof.
struct sealed_proof {
  key_bytes proof{};
};

/// ERRO of a sealed room before there are keys: only who knows the attempt is believed.
struct sealed_refusal {
  errc code = errc::refused;
  std::uint32_t attempt = 0;
};

/// ROOM, first within what is sealed: the key of all, and who has been expelled. With `have`, says
/// only that the other's word for this epoch and key has come.
struct room_news {
  static constexpr std::size_t expelled_limit = 32;

  std::uint64_t epoch = 0; ///< 0: has none yet
  key_bytes key{};
  std::array<std::uint8_t, 16> salt{}; ///< of the sender's own key for what it sends to all
  std::uint64_t counter = 0;           ///< the first that counts of what the sender seals for all
  bool have = false;
  std::array<peer_id, expelled_limit> expelled{};
  std::size_t expelled_count = 0;
};

// As in handshake.hpp. All are [any-thread] [rt-safe] and linear in the text.

[[nodiscard]] std::string_view encode(const sealed_hello& h, std::span<char> out) noexcept;
[[nodiscard]] std::string_view encode(const sealed_welcome& w, std::span<char> out) noexcept;
[[nodiscard]] std::string_view encode(const sealed_proof& p, std::span<char> out) noexcept;
[[nodiscard]] std::string_view encode(const sealed_refusal& r, std::span<char> out) noexcept;
[[nodiscard]] std::string_view encode(const room_news& r, std::span<char> out) noexcept;
[[nodiscard]] result<sealed_hello> decode_sealed_hello(std::string_view text) noexcept;
[[nodiscard]] result<sealed_welcome> decode_sealed_welcome(std::string_view text) noexcept;
[[nodiscard]] result<sealed_proof> decode_sealed_proof(std::string_view text) noexcept;
[[nodiscard]] result<sealed_refusal> decode_sealed_refusal(std::string_view text) noexcept;
[[nodiscard]] result<room_news> decode_room_news(std::string_view text) noexcept;

/// What stands before the ciphertext in SEAL.
struct seal_header {
  static constexpr std::size_t size = 16, tag_size = 16;
  static constexpr std::size_t overhead = frame_overhead + size + tag_size; ///< bytes it adds

  std::uint8_t epoch = 0; ///< of the room's key, modulo 256; 0 with the key of a link
  std::uint64_t counter = 0;

  /// [any-thread] [rt-safe] O(1)
  void write(std::uint8_t* out) const noexcept {
    store_be(out, std::uint64_t{epoch} << 56);
    store_be(out + 8, counter);
  }
};

/// frame_payload for what is too short or not 0 where it must be. [any-thread] [rt-safe] O(1)
[[nodiscard]] inline result<seal_header> decode_seal_header(bytes_view payload) noexcept {
  if (payload.size() < seal_header::size + seal_header::tag_size) return errc::frame_payload;
  const auto first = load_be<std::uint64_t>(payload.data());
  if (first << 8 != 0) return errc::frame_payload;
  return seal_header{static_cast<std::uint8_t>(first >> 56),
                     load_be<std::uint64_t>(payload.data() + 8)};
}

// ------------------------------------------------------------------------------------------------

namespace detail {

template <std::size_t Size>
void write_bytes(json::writer& out, std::string_view key,
                 const std::array<std::uint8_t, Size>& bytes) noexcept {
  std::array<char, 2 * Size> digits;
  for (std::size_t i = 0; i < Size; ++i) {
    digits[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
    digits[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
  }
  out.member(key, std::string_view{digits.data(), digits.size()});
}

template <std::size_t Size>
[[nodiscard]] bool try_bytes(json::reader& in, std::array<std::uint8_t, Size>& out) noexcept {
  const std::size_t at = in.offset();
  char scratch[2 * Size];
  std::string_view text;
  if (!in.try_string(scratch, text)) return false;
  if (text.size() != 2 * Size) return in.fail(errc::value_range, at);
  for (std::size_t i = 0; i < Size; i += 8) {
    strong_id<void> eight;
    if (!try_from_hex(text.substr(2 * i, 16), eight)) return in.fail(errc::value_range, at);
    store_be(out.data() + i, eight.value);
  }
  return true;
}

/// Reads the members of one object; key_missing unless `whole()` afterwards.
template <class T, class Member, class Whole>
[[nodiscard]] result<T> read_members(std::string_view text, T& out, Member&& member,
                                     Whole&& whole) noexcept {
  json::reader in{text};
  if (!in.try_object(member) || !in.finish()) return in.error();
  if (!whole()) return failure{errc::key_missing, static_cast<std::uint32_t>(text.size())};
  return out;
}

} // namespace detail

inline std::string_view encode(const sealed_hello& h, std::span<char> buffer) noexcept {
  json::writer out{buffer};
  out.begin_object().member("min", h.versions.min).member("max", h.versions.max);
  detail::write_id(out, "peer", h.peer);
  detail::write_id(out, "tag", h.tag);
  if (h.udp != 0) out.member("udp", h.udp);
  if (h.tcp != 0) out.member("tcp", h.tcp);
  if (h.attempt != 0) out.member("attempt", h.attempt);
  if (h.cookie) {
    detail::write_id(out, "cookie", h.cookie);
    detail::write_bytes(out, "share", h.share);
  }
  return out.end_object().text();
}

inline result<sealed_hello> decode_sealed_hello(std::string_view text) noexcept {
  sealed_hello h;
  h.versions = {0, 0};
  const auto member = [&](std::string_view key, json::reader& value) {
    if (key == "min") return detail::try_number(value, h.versions.min);
    if (key == "max") return detail::try_number(value, h.versions.max);
    if (key == "peer") return detail::try_id(value, h.peer);
    if (key == "tag") return detail::try_id(value, h.tag);
    if (key == "udp") return detail::try_number(value, h.udp);
    if (key == "tcp") return detail::try_number(value, h.tcp);
    if (key == "attempt") return detail::try_number(value, h.attempt);
    if (key == "cookie") return detail::try_id(value, h.cookie);
    if (key == "share") return detail::try_bytes(value, h.share);
    return value.skip();
  };
  return detail::read_members(text, h, member, [&] { return h.peer && h.versions.max != 0; });
}

inline std::string_view encode(const sealed_welcome& w, std::span<char> buffer) noexcept {
  json::writer out{buffer};
  out.begin_object().member("version", w.version);
  detail::write_id(out, "peer", w.peer);
  out.member("attempt", w.attempt);
  detail::write_bytes(out, "share", w.share);
  detail::write_bytes(out, "proof", w.proof);
  return out.end_object().text();
}

inline result<sealed_welcome> decode_sealed_welcome(std::string_view text) noexcept {
  sealed_welcome w;
  int both = 0;
  const auto member = [&](std::string_view key, json::reader& value) {
    if (key == "version") return detail::try_number(value, w.version);
    if (key == "peer") return detail::try_id(value, w.peer);
    if (key == "attempt") return detail::try_number(value, w.attempt);
    if (key == "share") return both |= 1, detail::try_bytes(value, w.share);
    if (key == "proof") return both |= 2, detail::try_bytes(value, w.proof);
    return value.skip();
  };
  return detail::read_members(text, w, member, [&] { return w.peer && both == 3; });
}

inline std::string_view encode(const sealed_proof& p, std::span<char> buffer) noexcept {
  json::writer out{buffer};
  out.begin_object();
  detail::write_bytes(out, "proof", p.proof);
  return out.end_object().text();
}

inline result<sealed_proof> decode_sealed_proof(std::string_view text) noexcept {
  sealed_proof p;
  bool proven = false;
  const auto member = [&](std::string_view key, json::reader& value) {
    if (key == "proof") return proven = true, detail::try_bytes(value, p.proof);
    return value.skip();
  };
  return detail::read_members(text, p, member, [&] { return proven; });
}

inline std::string_view encode(const sealed_refusal& r, std::span<char> buffer) noexcept {
  std::string_view word = "limit";
  for (const auto& known : detail::refusal_words)
    if (known.code == r.code) word = known.word;
  json::writer out{buffer};
  out.begin_object().member("code", word).member("text", to_string(r.code));
  return out.member("attempt", r.attempt).end_object().text();
}

inline result<sealed_refusal> decode_sealed_refusal(std::string_view text) noexcept {
  sealed_refusal r;
  const auto code = decode_refusal(text);
  if (!code) return code.error();
  r.code = code->code;
  const auto member = [&](std::string_view key, json::reader& value) {
    return key == "attempt" ? detail::try_number(value, r.attempt) : value.skip();
  };
  return detail::read_members(text, r, member, [] { return true; });
}

inline std::string_view encode(const room_news& r, std::span<char> buffer) noexcept {
  json::writer out{buffer};
  out.begin_object().member("epoch", r.epoch);
  if (r.epoch != 0) detail::write_bytes(out, "key", r.key);
  if (r.have) return out.member("have", true).end_object().text();
  detail::write_bytes(out, "salt", r.salt);
  out.member("counter", r.counter);
  if (r.expelled_count > 0) {
    out.key("expelled").begin_array();
    for (std::size_t i = 0; i < r.expelled_count; ++i) {
      const auto digits = to_hex(r.expelled[i]);
      out.value(std::string_view{digits.data(), digits.size()});
    }
    out.end_array();
  }
  return out.end_object().text();
}

inline result<room_news> decode_room_news(std::string_view text) noexcept {
  room_news r;
  bool keyed = false;
  const auto expelled = [&](json::reader& value) {
    if (r.expelled_count >= r.expelled.size()) return value.skip();
    return detail::try_id(value, r.expelled[r.expelled_count++]);
  };
  const auto member = [&](std::string_view key, json::reader& value) {
    if (key == "epoch") return detail::try_number(value, r.epoch, detail::seq_limit);
    if (key == "key") return keyed = true, detail::try_bytes(value, r.key);
    if (key == "salt") return detail::try_bytes(value, r.salt);
    if (key == "counter") return detail::try_number(value, r.counter, detail::seq_limit);
    if (key == "have") return value.try_bool(r.have);
    if (key == "expelled") return value.try_array(expelled);
    return value.skip();
  };
  return detail::read_members(text, r, member, [&] { return keyed == (r.epoch != 0); });
}

} // namespace jamnet::inline v0::toast
