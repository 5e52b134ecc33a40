// SPDX-License-Identifier: MIT
//
// PATH, by which two who meet at a relay look for a direct way between them. Through the relay,
// which lets nobody speak in another's name, each gives the other a key, and they agree to begin.
// With both keys they prove who they are where nobody vouches for that: each asks from wherever to
// wherever, and what is answered there is a way both there and back.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <jamnet/core/result.hpp>
#include <jamnet/core/siphash.hpp>
#include <jamnet/toast/relay_messages.hpp>

namespace jamnet::inline v0::toast {

/// The first three go through the relay, the others directly.
struct path_message {
  std::uint64_t key = 0;  ///< of the sender, for this receiver
  bool meet = false;      ///< the sender asks from now on, and the receiver should
  bool lost = false;      ///< the direct way does not pass any more
  std::uint64_t ask = 0;  ///< a number, to be answered …
  std::uint64_t echo = 0; ///< … with itself
  std::uint64_t proof = 0;
};

/// Both keys of two peers, that of the lesser id first.
using path_keys = siphash_key;

/// What proves that `sender` asks with this number, or answers it. [any-thread] [rt-safe] O(1)
[[nodiscard]] constexpr std::uint64_t path_proof(const path_keys& keys, peer_id sender,
                                                 std::uint64_t number, bool answers) noexcept {
  std::array<std::uint8_t, 17> said{};
  store_be(said.data(), sender.value);
  store_be(said.data() + 8, number);
  said[16] = answers;
  return siphash(keys, said);
}

/// Empty when it does not fit. [any-thread] [rt-safe] O(n)
[[nodiscard]] inline std::string_view encode(const path_message& m, std::span<char> out) noexcept;
/// json_* and value_range failures with their offset. [any-thread] [rt-safe] O(n)
[[nodiscard]] inline result<path_message> decode_path_message(std::string_view text) noexcept;

// ------------------------------------------------------------------------------------------------

inline std::string_view encode(const path_message& m, std::span<char> buffer) noexcept {
  json::writer out{buffer};
  out.begin_object();
  const auto word = [&](std::string_view key, std::uint64_t value) {
    if (value != 0) detail::write_id(out, key, detail::word{value});
  };
  word("key", m.key);
  if (m.meet) out.member("meet", true);
  if (m.lost) out.member("lost", true);
  word("ask", m.ask);
  word("echo", m.echo);
  word("proof", m.proof);
  return out.end_object().text();
}

inline result<path_message> decode_path_message(std::string_view text) noexcept {
  path_message m;
  const auto word = [](json::reader& value, std::uint64_t& to) {
    detail::word read;
    if (!detail::try_id(value, read)) return false;
    to = read.value;
    return true;
  };
  json::reader in{text};
  const auto member = [&](std::string_view name, json::reader& value) {
    if (name == "key") return word(value, m.key);
    if (name == "meet") return value.try_bool(m.meet);
    if (name == "lost") return value.try_bool(m.lost);
    if (name == "ask") return word(value, m.ask);
    if (name == "echo") return word(value, m.echo);
    if (name == "proof") return word(value, m.proof);
    return value.skip();
  };
  if (!in.try_object(member) || !in.finish()) return in.error();
  return m;
}

} // namespace jamnet::inline v0::toast
